/**
 * Hits of cached functions on a real Redis, compared with its bare clients. Every contender has its own key
 * space.
 */
import { compileFixture } from "../lib/compile.mjs";
import { EXTRAS, fill, latency, throughput } from "../lib/callers.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withOwnRatios } from "../lib/race.mjs";
import { compiledUser, countRuns, throughCache, user } from "../lib/user.mjs";

export const title = "Redis";

const TTL = 600_000;
const BASELINE = "ioredis GET";
const AUTOPIPELINED = "ioredis GET, autopipelining";
const BESIDE = `${BASELINE} beside it`;
const BATCH = 100;

const PEERS = ["async-cache-dedupe", "bentocache", "cache-manager", "cacheable", "layered-loader"];

const ioredis = async (options) => new (await import("ioredis")).Redis({ host: "127.0.0.1", ...options });

/** The bare clients: they read the text that the others decode into a value. */
const bare = (prefix, client) => async (id) => {
  const key = `${prefix}:user:${id}`;
  const found = await client.get(key);
  if (found !== null) return found;
  await client.set(key, JSON.stringify(await user(id)), "PX", TTL);
  return "";
};

const CONTENDERS = {
  "aotcache, compiled": async ({ port, fixture }) => {
    const { configure } = await own("aotcache");
    const { redis } = await own("aotcache/redis");
    // Long enough that a busy machine does not cause timeouts.
    configure({ default: redis({ host: "127.0.0.1", port, namespace: "bench", timeout: "5s" }) });
    return compiledUser(fixture);
  },
  "aotcache, cache.get": async ({ port }) => {
    const cache = (await own("aotcache/redis")).redis({
      host: "127.0.0.1",
      port,
      namespace: "get",
      ttl: "10m",
      timeout: "5s",
    });
    return throughCache(cache);
  },
  [BASELINE]: async ({ port }) => bare("bare", await ioredis({ port })),
  [AUTOPIPELINED]: async ({ port }) => bare("auto", await ioredis({ port, enableAutoPipelining: true })),
  [`ioredis MGET of ${BATCH}`]: async ({ port }) => {
    const client = await ioredis({ port });
    const one = bare("many", client);
    const keys = Array.from({ length: 1000 }, (_, id) => `many:user:${id}`);
    let filled = 0;
    return (id) => {
      if (filled++ < keys.length) return one(id);
      const from = id % (keys.length - BATCH);
      return client.mget(keys.slice(from, from + BATCH));
    };
  },
  "node-redis GET": async ({ port }) => {
    const client = (await import("redis")).createClient({ socket: { host: "127.0.0.1", port } });
    await client.connect();
    return async (id) => {
      const key = `node:user:${id}`;
      const found = await client.get(key);
      if (found !== null) return found;
      await client.set(key, JSON.stringify(await user(id)), { expiration: { type: "PX", value: TTL } });
      return "";
    };
  },
  "async-cache-dedupe": async ({ port }) => {
    const { createCache } = await import("async-cache-dedupe");
    const storage = { type: "redis", options: { client: await ioredis({ port }) } };
    const cache = createCache({ ttl: TTL / 1000, storage });
    cache.define("user", user);
    return (id) => cache.user(id);
  },
  bentocache: async ({ port }) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { redisDriver } = await import("bentocache/drivers/redis");
    const store = bentostore().useL2Layer(redisDriver({ connection: { host: "127.0.0.1", port } }));
    const bento = new BentoCache({ default: "redis", ttl: TTL, stores: { redis: store } });
    return (id) => bento.getOrSet({ key: `user:${id}`, factory: () => user(id) });
  },
  "cache-manager": async ({ port }) => {
    const { createCache } = await import("cache-manager");
    const cache = createCache({ stores: [await keyv(port, "manager")], ttl: TTL });
    return (id) => cache.wrap(`user:${id}`, () => user(id));
  },
  cacheable: async ({ port }) => {
    const { Cacheable } = await import("cacheable");
    const cache = new Cacheable({ primary: await keyv(port, "cacheable"), ttl: TTL });
    return (id) => cache.getOrSet(`user:${id}`, () => user(id));
  },
  "layered-loader": async ({ port }) => {
    const { Loader } = await import("layered-loader/core");
    const { RedisCache } = await import("layered-loader/redis");
    const asyncCache = new RedisCache(await ioredis({ port }), {
      prefix: "layered",
      ttlInMsecs: TTL,
      json: true,
    });
    const loader = new Loader({ asyncCache, dataSourceGetOneFn: (id) => user(Number(id)) });
    return (id) => loader.get(`${id}`);
  },
};

async function keyv(port, namespace) {
  const { default: KeyvRedis, Keyv } = await import("@keyv/redis");
  return new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${port}`), namespace, useKeyPrefix: false });
}

export async function contend(job) {
  const call = await CONTENDERS[job.contender](job);
  await fill(call);
  const base = await CONTENDERS[BASELINE](job);
  await fill(base);
  const before = countRuns();
  const { callers } = job;
  const weight = job.contender.includes("MGET") ? BATCH : 1;
  const result = callers > 1 ? await throughput(call, base, { callers, weight }) : await latency(call, base);
  if (countRuns() > before) throw new Error(`${countRuns() - before} calls were not hits`);
  return result;
}

export async function suite({ rounds: most }) {
  // Within a round, each contender also alternates with the bare client.
  const rounds = Math.min(most, 3);
  const fixture = await compileFixture("remote");
  const { loadServers } = await import(new URL("../../support/servers/load.mjs", import.meta.url).href);
  const { ensurePrograms, startRedis } = await loadServers();
  await ensurePrograms(["redis-server"]);
  const server = await startRedis();
  try {
    const { port } = server;
    const measure = (callers) => (contender) =>
      inChild({ suite: "redis", contender, callers, port, fixture });
    const tables = [];
    for (const callers of [16, 256]) {
      const rows = await race(Object.keys(CONTENDERS), measure(callers), { rounds });
      tables.push({
        id: `callers-${callers}`,
        title: `${callers} callers`,
        unit: "hits per second",
        ratioTo: BESIDE,
        extras: EXTRAS,
        rows: withOwnRatios(rows),
      });
    }
    const alone = Object.keys(CONTENDERS).filter((name) => !name.includes("MGET"));
    tables.push({
      id: "alone",
      title: "One caller at a time",
      unit: "µs per hit",
      ratioTo: BESIDE,
      rows: withOwnRatios(await race(alone, measure(1), { rounds })),
    });
    return { tables, versions: versions("ioredis", "redis", "@keyv/redis", ...PEERS) };
  } finally {
    await server.stop();
  }
}
