/** The hit ratio of a bounded cache, by eviction policy. */
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { fifo, s3fifo, sieve, wTinyLfu } from "../lib/policies.mjs";
import { inChild } from "../lib/race.mjs";
import { TRACES } from "../lib/traces.mjs";

export const title = "Hit ratio";

const POLICIES = {
  aotcache: async (room, fixture) => {
    const { cacheOf, configure, memory } = await own("aotcache");
    configure({ default: memory({ max: room }) });
    const { byDefault } = await import(fixture);
    const handle = cacheOf(byDefault);
    return { ask: byDefault, hits: () => handle.stats().hits };
  },
  "lru-cache": async (room) => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: room });
    return (key) => {
      if (cache.get(key)) return true;
      cache.set(key, true);
      return false;
    };
  },
  FIFO: fifo,
  SIEVE: sieve,
  "S3-FIFO": s3fifo,
  "W-TinyLFU": wTinyLfu,
};

/** All policies on one trace. */
export async function contend({ trace, fixture }) {
  const { keys, room } = TRACES[trace];
  const list = keys();
  const ratios = {};
  for (const [name, make] of Object.entries(POLICIES)) {
    const policy = await make(room, fixture);
    let hits = 0;
    if (typeof policy === "function") for (const key of list) hits += policy(key) ? 1 : 0;
    else {
      for (const key of list) policy.ask(key);
      hits = policy.hits();
    }
    ratios[name] = Number(((100 * hits) / list.length).toFixed(2));
  }
  return { ...ratios, calls: list.length, keys: new Set(list).size, room };
}

export async function suite() {
  const fixture = await compileFixture("hits");
  const rows = [];
  for (const trace of Object.keys(TRACES)) {
    const found = await inChild({ suite: "ratio", trace, fixture });
    rows.push({
      name: trace,
      ...found,
      isScan: TRACES[trace].isScan === true,
      median: found.aotcache,
      rounds: 1,
    });
  }
  const others = Object.keys(POLICIES).filter((name) => name !== "aotcache");
  const extras = [...others, "room", "keys", "calls"].map((of) => ({ of, title: of }));
  const table = { id: "ratio", title, unit: "aotcache, % hits", extras, rows };
  return { tables: [table], versions: versions("lru-cache") };
}
