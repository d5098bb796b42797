/** Memory per entry: a million entries, keys of 20 characters, small integers as values. */
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { live } from "../lib/memory.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Memory per entry";

const COUNT = 1_000_000;
const TTL = 600_000;
const BASELINE = "lru-cache with max and ttl";

/** A text that is flat in memory: neither a rope nor a slice of a longer text. */
const keyOf = (i) => Buffer.from(`customer-${10_000_000_000 + i}`, "latin1").toString("latin1");

/** Each fills a store and returns it. */
const CONTENDERS = {
  "Map to value": () => {
    const map = new Map();
    for (let i = 0; i < COUNT; i++) map.set(keyOf(i), i);
    return map;
  },
  "Map to { value, expires }": () => {
    const map = new Map();
    for (let i = 0; i < COUNT; i++) map.set(keyOf(i), { value: i, expires: Date.now() + TTL });
    return map;
  },
  "aotcache, compiled function of a string": async ({ fixture }) => {
    const { configure, memory } = await own("aotcache");
    configure({ default: memory({ max: COUNT }) });
    const { byText } = await import(fixture);
    for (let i = 0; i < COUNT; i++) byText(keyOf(i));
    return byText;
  },
  "aotcache, compiled function of (number, string)": async ({ fixture }) => {
    const { configure, memory } = await own("aotcache");
    configure({ default: memory({ max: COUNT }) });
    const { pairByDefault } = await import(fixture);
    for (let i = 0; i < COUNT; i++) pairByDefault(i, keyOf(i));
    return pairByDefault;
  },
  "aotcache, memory({ max, ttl }).set": async () => {
    const cache = (await own("aotcache")).memory({ max: COUNT, ttl: "10m" });
    for (let i = 0; i < COUNT; i++) await cache.set(keyOf(i), i);
    return cache;
  },
  [BASELINE]: async () => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: COUNT, ttl: TTL });
    for (let i = 0; i < COUNT; i++) cache.set(keyOf(i), i);
    return cache;
  },
  "quick-lru": async () => {
    const { default: QuickLRU } = await import("quick-lru");
    const cache = new QuickLRU({ maxSize: COUNT, maxAge: TTL });
    for (let i = 0; i < COUNT; i++) cache.set(keyOf(i), i);
    return cache;
  },
  "@isaacs/ttlcache": async () => {
    const { TTLCache } = await import("@isaacs/ttlcache");
    const cache = new TTLCache({ max: COUNT, ttl: TTL });
    for (let i = 0; i < COUNT; i++) cache.set(keyOf(i), i);
    return cache;
  },
  cacheable: async () => {
    const { CacheableMemory } = await import("cacheable");
    const cache = new CacheableMemory({ ttl: TTL });
    for (let i = 0; i < COUNT; i++) cache.set(keyOf(i), i);
    return cache;
  },
  bentocache: async () => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: COUNT, serialize: false }));
    const bento = new BentoCache({ default: "memory", ttl: TTL, stores: { memory: store } });
    for (let i = 0; i < COUNT; i++) await bento.set({ key: keyOf(i), value: i });
    return bento;
  },
};

export async function contend(job) {
  const fill = CONTENDERS[job.contender];
  const before = live();
  const kept = await fill(job);
  const value = (live() - before) / COUNT;
  // It must stay alive until the end to be measured.
  globalThis.kept = kept;
  return { value };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("hits");
  const measure = (contender) =>
    inChild(
      { suite: "entries", contender, fixture },
      { flags: ["--expose-gc", "--max-old-space-size=4096"] },
    );
  // Counts are the same in each round.
  const rows = await race(Object.keys(CONTENDERS), measure, { rounds: Math.min(rounds, 2) });
  const table = {
    id: "entries",
    title: "A million entries, keys of 20 characters",
    unit: "bytes per entry",
    ratioTo: "lru-cache",
    rows: withRatios(rows, BASELINE),
  };
  const peers = ["lru-cache", "quick-lru", "@isaacs/ttlcache", "cacheable", "bentocache"];
  return { tables: [table], versions: versions(...peers) };
}
