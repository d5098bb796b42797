/** Keys of objects: how long a hit takes, and how much memory a key. */
import { nanoseconds } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { FORMS, KEYS, pointsOf, valuesOf } from "../lib/key-values.mjs";
import { versions } from "../lib/machine.mjs";
import { live } from "../lib/memory.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Keys of objects";

const STRINGIFY = "JSON.stringify";
const COMPILED = "aotcache, compiled";
const UNCOMPILED = "aotcache, uncompiled cached()";
const TEXT = "aotcache, the text of the key";
const BY_HAND = "by hand: JSON.stringify, Map";

/** The marked function, and one with the same result that is not compiled. */
const compiled = async ({ fixture, form }) => (await import(fixture))[form];
const uncompiled = async (job) => {
  const fn = await compiled(job);
  return (await own("aotcache")).cached((value) => fn(value), { max: 100_000, ttl: "10m" });
};

/** A hit, or what a cache by hand would make its key of; the lookup would come on top. */
const HITS = {
  [COMPILED]: compiled,
  [UNCOMPILED]: uncompiled,
  [STRINGIFY]: () => JSON.stringify,
  "fast-json-stable-stringify": async () => (await import("fast-json-stable-stringify")).default,
  "safe-stable-stringify": async () => (await import("safe-stable-stringify")).default,
  "object-hash": async () => (await import("object-hash")).default,
  ohash: async () => (await import("ohash")).hash,
  [TEXT]: async (job) => {
    const handle = (await own("aotcache")).cacheOf(await compiled(job));
    return (value) => handle.key(value);
  },
};

const COUNT = 2000;
/** Each returns a function that stores a value under a list. */
const MEMORY = {
  [COMPILED]: (job) => compiled({ ...job, form: "points" }),
  [UNCOMPILED]: (job) => uncompiled({ ...job, form: "points" }),
  [BY_HAND]: () => {
    const entries = new Map();
    return (points) => entries.set(JSON.stringify(points), points.length);
  },
};

/** The time of a call with each of the values in turn. */
function timeOf(fn, values) {
  const run = (n) => {
    let last;
    for (let i = 0; i < n; i++) last = fn(values[i & (KEYS - 1)]);
    return last;
  };
  return nanoseconds(run, { calls: KEYS });
}

async function memoryOf(store) {
  for (let i = 0; i < 100; i++) store(pointsOf(1000));
  const before = live();
  for (let i = 0; i < COUNT; i++) store(pointsOf(1000));
  const value = (live() - before) / COUNT;
  // It must stay alive until the end to be measured.
  globalThis.kept = store;
  return { value };
}

export async function contend(job) {
  const { contender, form } = job;
  if (form) return { value: await timeOf(await HITS[contender](job), valuesOf(form)) };
  return memoryOf(await MEMORY[contender](job));
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("keys");
  const job = { suite: "keys", fixture };
  const tables = [];
  for (const [form, { title }] of Object.entries(FORMS)) {
    const measure = (contender) => inChild({ ...job, contender, form });
    const rows = await race(Object.keys(HITS), measure, { rounds });
    tables.push({
      id: form,
      title: `A hit keyed by ${title}`,
      unit: "ns",
      ratioTo: STRINGIFY,
      rows: withRatios(rows, STRINGIFY),
    });
  }

  const measure = (contender) => inChild({ ...job, contender }, { flags: ["--expose-gc"] });
  const rows = await race(Object.keys(MEMORY), measure, { rounds: Math.min(rounds, 2) });
  tables.push({
    id: "memory",
    title: "Memory per entry, keyed by 2,000 lists of 1,000 points",
    unit: "bytes per entry",
    ratioTo: "by hand",
    rows: withRatios(rows, BY_HAND),
  });
  const peers = ["fast-json-stable-stringify", "safe-stable-stringify", "object-hash", "ohash"];
  return { tables, versions: versions(...peers) };
}
