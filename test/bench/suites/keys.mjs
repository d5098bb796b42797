/** Keys of objects: how long a hit takes, and how much memory a key. */
import { nanoseconds } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { argumentsOf, CALLS, FORMS, KEYS, pointsOf, valuesOf } from "../lib/key-values.mjs";
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
const PLAIN = "without a cache";

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

const WORTH = {
  [PLAIN]: async ({ fixture, fn }) => (await import(fixture))[fn],
  [COMPILED]: async ({ fixture, fn }) => (await import(fixture))[`${fn}Cached`],
  [UNCOMPILED]: async ({ fixture, fn }) => {
    const plain = (await import(fixture))[fn];
    return (await own("aotcache")).cached(plain, { max: 100_000 });
  },
};

/** The time of a call with each of the arguments in turn. Written out, because a spread takes as long as a short hit. */
function timeOf(fn, all) {
  const firsts = all.map(([first]) => first);
  const one = (n) => {
    let last;
    for (let i = 0; i < n; i++) last = fn(firsts[i & (KEYS - 1)]);
    return last;
  };
  const three = (n) => {
    let last;
    for (let i = 0; i < n; i++) {
      const args = all[i & (KEYS - 1)];
      last = fn(args[0], args[1], args[2]);
    }
    return last;
  };
  return nanoseconds(all[0].length === 1 ? one : three, { calls: KEYS });
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
  const { contender, form, call } = job;
  if (form) {
    const values = valuesOf(form).map((value) => [value]);
    return { value: await timeOf(await HITS[contender](job), values) };
  }
  if (call) {
    const fn = await WORTH[contender]({ ...job, fn: CALLS[call].fn });
    return { value: await timeOf(fn, argumentsOf(call)) };
  }
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

  const worth = [];
  for (const call of Object.keys(CALLS)) {
    const measure = (contender) => inChild({ ...job, contender, call });
    const rows = withRatios(await race(Object.keys(WORTH), measure, { rounds }), PLAIN);
    worth.push(...rows.map((row) => ({ ...row, name: `${call}: ${row.name}` })));
  }
  tables.push({
    id: "worth",
    title: "A hit beside a run of the function",
    unit: "ns",
    ratioTo: PLAIN,
    rows: worth,
  });
  const peers = ["fast-json-stable-stringify", "safe-stable-stringify", "object-hash", "ohash"];
  return { tables, versions: versions(...peers) };
}
