/** The time to make a key text: the cost of a call with object arguments, or with a remote store. */
import { nanoseconds } from "../lib/batches.mjs";
import { template } from "../lib/by-hand.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Keys of objects";

const STATUS = ["open", "closed", "paused"];
const queries = Array.from({ length: 1024 }, (_, page) => ({
  filter: { status: STATUS[page % STATUS.length], tags: ["urgent", `customer-${page}`] },
  page,
}));

const STRINGIFY = "JSON.stringify";

const TEXTS = {
  aotcache: async () => {
    const { cached, cacheOf } = await own("aotcache");
    const handle = cacheOf(cached((query) => query, { name: "nested" }));
    return (query) => handle.key(query);
  },
  [STRINGIFY]: () => JSON.stringify,
  "safe-stable-stringify": async () => (await import("safe-stable-stringify")).default,
  "object-hash": async () => (await import("object-hash")).default,
};

const HIT_BY_HAND = "by hand: JSON.stringify, Map, Date.now()";
const fn = (query) => query.page + query.filter.tags.length;

const HITS = {
  "aotcache, compiled": async ({ fixture }) => (await import(fixture)).nested,
  "aotcache, uncompiled cached()": async () =>
    (await own("aotcache")).cached(fn, { max: 10_000, ttl: "10m" }),
  [HIT_BY_HAND]: () => template(fn, JSON.stringify),
  "fast-memoize": async () => (await import("fast-memoize")).default(fn),
};

export async function contend(job) {
  const call = await (job.hits ? HITS : TEXTS)[job.contender](job);
  const run = (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += job.hits ? call(queries[i & 1023]) : call(queries[i & 1023]).length;
    return sum;
  };
  return { value: await nanoseconds(run) };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const tables = [];
  for (const [hits, of, baseline] of [
    [false, TEXTS, STRINGIFY],
    [true, HITS, HIT_BY_HAND],
  ]) {
    const measure = (contender) => inChild({ suite: "keys", contender, fixture, hits });
    const rows = await race(Object.keys(of), measure, { rounds });
    tables.push({
      id: hits ? "hits" : "texts",
      title: hits
        ? "A hit with { filter: { status, tags: [two] }, page }"
        : "The text of { filter: { status, tags: [two] }, page }",
      unit: "ns",
      ratioTo: baseline,
      rows: withRatios(rows, baseline),
    });
  }
  return { tables, versions: versions("safe-stable-stringify", "object-hash", "fast-memoize") };
}
