/** The longest pauses of calls while a cache grows to a million entries, is full, and is cleared. */
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";
import { median, quantile, summary } from "../lib/stats.mjs";

export const title = "Pauses";

const COUNT = 1_000_000;
const TTL = 600_000;
const BASELINE = "Map to { value, expires }";
/** Calls that are timed together: one call is shorter than reading the clock. */
const TOGETHER = 100;

const CONTENDERS = {
  aotcache: async ({ fixture }) => {
    const { cacheOf, configure, memory } = await own("aotcache");
    configure({ default: memory({ max: COUNT }) });
    const { byDefault } = await import(fixture);
    return { ask: byDefault, clear: () => cacheOf(byDefault).clear() };
  },
  [BASELINE]: () => {
    const map = new Map();
    // The insertion order: the Map's own order gets slower with each deleted key.
    const order = new Array(COUNT);
    let next = 0;
    const ask = (key) => {
      if (map.has(key)) return;
      if (map.size >= COUNT) map.delete(order[next]);
      order[next] = key;
      next = (next + 1) % COUNT;
      map.set(key, { value: key, expires: Date.now() + TTL });
    };
    return { ask, clear: () => map.clear() };
  },
  "lru-cache": async () => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: COUNT, ttl: TTL });
    const ask = (key) => {
      if (cache.get(key) === undefined) cache.set(key, key);
    };
    return { ask, clear: () => cache.clear() };
  },
};

function pausesOf(ask, from) {
  const pauses = new Float64Array(COUNT / TOGETHER);
  for (let i = 0; i < pauses.length; i++) {
    const start = performance.now();
    for (let j = 0; j < TOGETHER; j++) ask(from + i * TOGETHER + j);
    pauses[i] = performance.now() - start;
  }
  return pauses;
}

export async function contend(job) {
  const { ask, clear } = await CONTENDERS[job.contender](job);
  const growing = pausesOf(ask, 0);
  const full = pausesOf(ask, COUNT);
  const start = performance.now();
  await clear();
  const cleared = performance.now() - start;
  const longest = (pauses) => Number(Math.max(...pauses).toFixed(2));
  return {
    growing: { value: longest(growing), rare: Number(quantile(growing, 0.999).toFixed(3)) },
    full: { value: longest(full), rare: Number(quantile(full, 0.999).toFixed(3)) },
    cleared: { value: Number(cleared.toFixed(2)) },
  };
}

const TITLES = {
  growing: "From nothing to a million entries: the longest batch of 100 calls",
  full: "A million more into a full cache: the longest batch of 100 calls",
  cleared: "Cleared",
};

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const names = Object.keys(CONTENDERS);
  const found = Object.fromEntries(names.map((name) => [name, []]));
  const measure = async (contender) => {
    const flags = ["--max-old-space-size=4096"];
    found[contender].push(await inChild({ suite: "pauses", contender, fixture }, { flags }));
    return 0;
  };
  await race(names, measure, { rounds: Math.min(rounds, 5) });
  const tables = Object.entries(TITLES).map(([id, title]) => {
    const rows = names.map((name) => {
      const values = found[name].map((each) => each[id].value);
      const rare = id === "cleared" ? {} : { rare: median(found[name].map((each) => each[id].rare)) };
      return { name, ...summary(values), least: Math.min(...values), ...rare, values };
    });
    const extras = [
      { of: "least", title: "minimum of all rounds" },
      ...(id === "cleared" ? [] : [{ of: "rare", title: "1 in 1,000" }]),
    ];
    return { id, title, unit: "ms", ratioTo: "Map", extras, rows: withRatios(rows, BASELINE) };
  });
  return { tables, versions: versions("lru-cache") };
}
