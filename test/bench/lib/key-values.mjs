/** The arguments of the suite of keys: 16 values of each form, which are alike and not equal. */
import { random } from "./stats.mjs";

export const KEYS = 16;

const next = random(5);
const whole = (below) => Math.floor(next() * below);
const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const coordinate = () => whole(1e9) / 1e6;

const CITIES = ["Prague", "Lisbon", "Tallinn", "Valletta"];
export const customer = (id) => ({
  id,
  name: `Ada Lovelace ${id}`,
  city: CITIES[whole(4)],
  plan: "professional",
  age: whole(100),
  score: whole(1000) / 10,
  active: next() < 0.5,
});

const query = (page) => ({ filter: { status: "open", tags: ["urgent", `customer-${page}`] }, page });

/** A tree of that many nodes, each with three children at most. */
function tree(count) {
  const nodes = list(count, (at) => ({ value: whole(1000), label: `node ${at}`, children: [] }));
  for (let at = 1; at < count; at++) nodes[Math.floor((at - 1) / 3)].children.push(nodes[at]);
  return nodes[0];
}

export const pointsOf = (length) => list(length, () => [coordinate(), coordinate()]);

/** By the name of the function in `fixtures/keys.ts`. */
export const FORMS = {
  record: { title: "a record of seven properties", make: customer },
  query: { title: "a record with a list, { filter: { status, tags: [two] }, page }", make: query },
  points: { title: "a list of 1,000 points, [x, y]", make: () => pointsOf(1000) },
  pointRecords: {
    title: "a list of 1,000 points, { x, y }",
    make: () => pointsOf(1000).map(([x, y]) => ({ x, y })),
  },
  numbers: { title: "a list of 2,000 numbers", make: () => list(2000, coordinate) },
  tree: { title: "a tree of 40 nodes, { value, label, children }", make: () => tree(40) },
  bytes: { title: "64 kB of bytes", make: () => Uint8Array.from({ length: 2 ** 16 }, () => whole(256)) },
};

export const valuesOf = (form) => list(KEYS, FORMS[form].make);
