/** A miss in memory: look up, run, store. (number, string), every key a new one. */
import { nanosecondsEach } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Misses";

const TTL = 600_000;
const CALLS = 10_000;
const BASELINE = "by hand: template key, Map, { value, expires }";

const fn = (id, name) => id + name.length;
const NAMES = Array.from({ length: 1024 }, (_, i) => `customer-${1000 + i}`);

/** Each returns the cached function and a function that empties it. */
const CONTENDERS = {
  "aotcache, compiled": async ({ fixture, full }) => {
    const { bounded, pairTtl } = await import(fixture);
    const { cacheOf } = await own("aotcache");
    const cached = full ? bounded : pairTtl;
    return { cached, clear: () => cacheOf(cached).clear() };
  },
  "aotcache, uncompiled cached()": async ({ full }) => {
    const cached = (await own("aotcache")).cached(fn, { max: full ? CALLS : 10 * CALLS, ttl: "10m" });
    return { cached, clear: () => cached.cache.clear() };
  },
  [BASELINE]: ({ full }) => {
    const entries = new Map();
    // Evicts the oldest key from a list: the Map's own order gets slower with each deleted key.
    const order = new Array(CALLS);
    let next = 0;
    const cached = (id, name) => {
      const key = `${id}:${name}`;
      const entry = entries.get(key);
      if (entry !== undefined && entry.expires > Date.now()) return entry.value;
      const value = fn(id, name);
      entries.set(key, { value, expires: Date.now() + TTL });
      if (!full) return value;
      if (entries.size > CALLS) entries.delete(order[next]);
      order[next] = key;
      next = (next + 1) % CALLS;
      return value;
    };
    return { cached, clear: () => entries.clear() };
  },
  "lru-cache": async ({ full }) => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: full ? CALLS : 10 * CALLS, ttl: TTL });
    const cached = (id, name) => {
      const key = `${id}:${name}`;
      const found = cache.get(key);
      if (found !== undefined) return found;
      const value = fn(id, name);
      cache.set(key, value);
      return value;
    };
    return { cached, clear: () => cache.clear() };
  },
  memoizee: async ({ full }) => {
    const { default: memoize } = await import("memoizee");
    const cached = memoize(fn, { primitive: true, maxAge: TTL, ...(full && { max: CALLS }) });
    return { cached, clear: () => cached.clear() };
  },
};

export async function contend(job) {
  const { cached, clear } = await CONTENDERS[job.contender](job);
  let next = 0;
  const run = (calls) => {
    let sum = 0;
    for (const last = next + calls; next < last; next++) sum += cached(next, NAMES[next & 1023]);
    return sum;
  };
  if (job.full) run(2 * CALLS);
  const before = job.full ? undefined : () => clear();
  return { value: await nanosecondsEach(run, { calls: CALLS, before }) };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const tables = [];
  for (const full of [false, true]) {
    const measure = (contender) => inChild({ suite: "misses", contender, fixture, full });
    const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
    tables.push({
      id: full ? "full" : "filling",
      title: full
        ? "Into a full cache of 10,000, which evicts one entry; by hand the oldest"
        : "10,000 into an empty cache",
      unit: "ns",
      ratioTo: "by hand",
      rows: withRatios(rows, BASELINE),
    });
  }
  return { tables, versions: versions("lru-cache", "memoizee") };
}
