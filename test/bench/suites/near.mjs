/** An awaited hit of a near tier in front of Redis: 1,024 entries that the memory of the process has, too. */
import { bytes, nanoseconds, promises, ROOM } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";
import { compiledUser, countRuns, user, written } from "../lib/user.mjs";

export const title = "Near hits";

const TTL = 600_000;
const ENTRIES = 1024;
const BASELINE = "aotcache, compiled, in memory";
const NEAR = "aotcache, compiled, near";

const CONTENDERS = {
  [BASELINE]: ({ fixture }) => compiledUser(fixture),
  [NEAR]: async ({ port, fixture }) => {
    const { configure } = await own("aotcache");
    const { redis } = await own("aotcache/redis");
    configure({
      default: redis({ host: "127.0.0.1", port, namespace: "near", near: true, timeout: "5s" }),
    });
    return compiledUser(fixture);
  },
  bentocache: async ({ port }) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const { redisBusDriver, redisDriver } = await import("bentocache/drivers/redis");
    const connection = { host: "127.0.0.1", port };
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false }))
      .useL2Layer(redisDriver({ connection }))
      .useBus(redisBusDriver({ connection }));
    // Without `serialize`, it cannot read what another process has stored.
    const prefix = `bentocache-${process.pid}`;
    const bento = new BentoCache({ default: "both", ttl: TTL, prefix, stores: { both: store } });
    return (id) => bento.getOrSet({ key: `user:${id}`, factory: () => user(id) });
  },
  cacheable: async ({ port }) => {
    const { Cacheable } = await import("cacheable");
    const { default: KeyvRedis, Keyv } = await import("@keyv/redis");
    const secondary = new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${port}`), namespace: "cacheable" });
    const cache = new Cacheable({ secondary, ttl: TTL });
    return (id) => cache.getOrSet(`user:${id}`, () => user(id));
  },
  "layered-loader": async ({ port }) => {
    const { Loader } = await import("layered-loader/core");
    const { RedisCache } = await import("layered-loader/redis");
    const { Redis } = await import("ioredis");
    const asyncCache = new RedisCache(new Redis({ host: "127.0.0.1", port }), {
      ...{ prefix: "layered", ttlInMsecs: TTL, json: true },
    });
    const loader = new Loader({
      inMemoryCache: { cacheType: "lru-object", ttlInMsecs: TTL, maxItems: 10_000 },
      ...{ asyncCache, dataSourceGetOneFn: (id) => user(Number(id)) },
    });
    return (id) => loader.get(`${id}`);
  },
};

const PEERS = Object.keys(CONTENDERS).filter((name) => !name.startsWith("aotcache"));

export async function contend({ contender, fixture, port, allocation }) {
  const call = await CONTENDERS[contender]({ fixture, port });
  const run = async (calls) => {
    let sum = 0;
    for (let i = 0; i < calls; i++) sum += (await call(i % ENTRIES)).name.length;
    return sum;
  };
  // The second time, the store has all of them, and the third time they are near.
  for (let time = 0; time < 3; time++) {
    await run(ENTRIES);
    if (contender === NEAR) await written();
  }
  const before = countRuns();
  const value = await nanoseconds(run, allocation ? { measured: 20 } : {});
  if (countRuns() > before) throw new Error(`${countRuns() - before} calls were not hits`);
  return allocation ? { bytes: await bytes(run, value), promises: await promises(run) } : { value };
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("remote");
  const { loadServers } = await import(new URL("../../support/servers/load.mjs", import.meta.url).href);
  const { ensurePrograms, startRedis } = await loadServers();
  await ensurePrograms(["redis-server"]);
  const server = await startRedis();
  try {
    const { port } = server;
    const measure = (contender) => inChild({ suite: "near", contender, fixture, port });
    const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
    for (const row of rows) {
      const job = { suite: "near", contender: row.name, fixture, port, allocation: true };
      Object.assign(row, await inChild(job, { flags: ROOM }));
    }
    const table = {
      id: "near",
      title: "A result that the memory of the process has, awaited",
      unit: "ns",
      ratioTo: "in memory",
      extras: [
        { of: "promises", title: "promises made" },
        { of: "bytes", title: "bytes allocated" },
      ],
      rows: withRatios(rows, BASELINE),
    };
    return { tables: [table], versions: versions("ioredis", "@keyv/redis", ...PEERS) };
  } finally {
    await server.stop();
  }
}
