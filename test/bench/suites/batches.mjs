/** Calls with 100 ids, of which each has an entry: hits and misses, in memory, near, and on a real Redis. */
import { createRequire } from "node:module";
import { nanosecondsEach } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Batches";

const TTL = 600_000;
const IDS = 100;
const LISTS = 10;
const CALLS = 20;
const BASELINE = "dataloader";
const OWN = "aotcache, compiled";

const require = createRequire(import.meta.url);
const range = (from) => Array.from({ length: IDS }, (_, index) => from + index);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The function of the fixture, which {@link CONTENDERS} of libraries wrap. */
const origin = async (fixture) => (await import(fixture)).origin;
const ioredis = async (port) => new (await import("ioredis")).Redis({ host: "127.0.0.1", port });

async function compiled({ fixture, port, near }) {
  const { configure, memory } = await own("aotcache");
  const { redis } = await own("aotcache/redis");
  const options = { namespace: "batches", timeout: "5s", ...(near && { near: { max: 1_000_000 } }) };
  configure({
    default: port ? redis({ host: "127.0.0.1", port, ...options }) : memory({ max: 1_000_000 }),
  });
  return (await import(fixture)).users;
}

/** Libraries, by where they keep results. */
const IN_MEMORY = {
  [OWN]: compiled,
  [BASELINE]: async ({ fixture }) => {
    const loader = new (require("dataloader"))(await origin(fixture));
    return (ids) => loader.loadMany(ids);
  },
  "dataloader over lru-cache": async ({ fixture }) => {
    const { LRUCache } = await import("lru-cache");
    const cacheMap = new LRUCache({ max: 1_000_000, ttl: TTL });
    const loader = new (require("dataloader"))(await origin(fixture), { cacheMap });
    return (ids) => loader.loadMany(ids);
  },
};

/** Reads texts by one MGET, and stores what is missing in one pipeline. */
async function throughRedis(port, fixture) {
  const [client, run] = [await ioredis(port), await origin(fixture)];
  return async (ids) => {
    const keys = ids.map((id) => `bare:user:${id}`);
    const found = (await client.mget(keys)).map((text) => (text === null ? undefined : JSON.parse(text)));
    const missing = ids.filter((_, index) => found[index] === undefined);
    if (missing.length === 0) return found;
    const results = new Map((await run(missing)).map((user) => [user.id, user]));
    const pipeline = client.pipeline();
    for (const [id, user] of results) pipeline.set(`bare:user:${id}`, JSON.stringify(user), "PX", TTL);
    pipeline.exec();
    return ids.map((id, index) => found[index] ?? results.get(id));
  };
}

const ON_REDIS = {
  [OWN]: compiled,
  [BASELINE]: async ({ port, fixture }) => {
    const loader = new (require("dataloader"))(await throughRedis(port, fixture), { cache: false });
    return (ids) => loader.loadMany(ids);
  },
  "by hand: MGET, JSON.parse": ({ port, fixture }) => throughRedis(port, fixture),
  bentocache: async ({ port, fixture }) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { redisDriver } = await import("bentocache/drivers/redis");
    const store = bentostore().useL2Layer(redisDriver({ connection: { host: "127.0.0.1", port } }));
    const bento = new BentoCache({ default: "redis", ttl: TTL, stores: { redis: store } });
    const run = await origin(fixture);
    const one = (id) => bento.getOrSet({ key: `user:${id}`, factory: async () => (await run([id]))[0] });
    return (ids) => Promise.all(ids.map(one));
  },
  cacheable: async ({ port, fixture }) => {
    const { Cacheable } = await import("cacheable");
    const { default: KeyvRedis, Keyv } = await import("@keyv/redis");
    const primary = new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${port}`), namespace: "cacheable" });
    const cache = new Cacheable({ primary, ttl: TTL });
    const run = await origin(fixture);
    return async (ids) => {
      const found = await cache.getMany(ids.map((id) => `user:${id}`));
      const missing = ids.filter((_, index) => found[index] === undefined);
      if (missing.length === 0) return found;
      const results = await run(missing);
      await cache.setMany(results.map((value) => ({ key: `user:${value.id}`, value })));
      const byId = new Map(results.map((user) => [user.id, user]));
      return ids.map((id, index) => found[index] ?? byId.get(id));
    };
  },
  "async-cache-dedupe": async ({ port, fixture }) => {
    const { createCache } = await import("async-cache-dedupe");
    const storage = { type: "redis", options: { client: await ioredis(port) } };
    const cache = createCache({ ttl: TTL / 1000, storage });
    const run = await origin(fixture);
    cache.define("user", async (id) => (await run([id]))[0]);
    return (ids) => Promise.all(ids.map((id) => cache.user(id)));
  },
};

const NEAR = {
  [OWN]: (job) => compiled({ ...job, near: true }),
  [BASELINE]: IN_MEMORY[BASELINE],
};

const PLACES = { memory: IN_MEMORY, redis: ON_REDIS, near: NEAR };

export async function contend({ place, contender, isMiss, ...job }) {
  const call = await PLACES[place][contender](job);
  let next = 0;
  const check = (ids, users) => {
    if (users.length !== IDS || users.some((user, index) => user.id !== ids[index]))
      throw new Error("wrong results");
  };
  // The second time, the store has all of them, and the third time they are near.
  for (let time = 0; time < 3 && !isMiss; time++) {
    for (let list = 0; list < LISTS; list++) check(range(list * IDS), await call(range(list * IDS)));
    await pause(300);
  }
  const run = async (calls) => {
    for (let i = 0; i < calls; i++) {
      const ids = range(isMiss ? (next += IDS) : (i % LISTS) * IDS);
      check(ids, await call(ids));
    }
    // Writes behind the calls count.
    if (isMiss && place !== "memory") await pause(20);
  };
  return { value: (await nanosecondsEach(run, { calls: CALLS, batches: 60, warmUp: 60 })) / 1000 };
}

const TABLES = [
  ["memory", false, "100 hits in memory"],
  ["memory", true, "100 misses in memory"],
  ["near", false, "100 hits near, beside a loader in memory"],
  ["redis", false, "100 hits on Redis, processor time of this process"],
  ["redis", true, "100 misses on Redis, processor time of this process"],
];

export async function suite({ rounds }) {
  const fixture = await compileFixture("batches");
  const { loadServers } = await import(new URL("../../support/servers/load.mjs", import.meta.url).href);
  const { ensurePrograms, startRedis } = await loadServers();
  await ensurePrograms(["redis-server"]);
  const tables = [];
  for (const [place, isMiss, caption] of TABLES) {
    const measure = async (contender) => {
      const server = place === "memory" ? undefined : await startRedis();
      try {
        return await inChild({ suite: "batches", place, contender, isMiss, fixture, port: server?.port });
      } finally {
        await server?.stop();
      }
    };
    const rows = await race(Object.keys(PLACES[place]), measure, { rounds });
    tables.push({
      id: `${place}-${isMiss ? "misses" : "hits"}`,
      title: caption,
      unit: "µs per call",
      ratioTo: BASELINE,
      rows: withRatios(rows, BASELINE),
    });
  }
  return {
    tables,
    versions: versions("dataloader", "ioredis", "lru-cache", "bentocache", "cacheable", "async-cache-dedupe"),
  };
}
