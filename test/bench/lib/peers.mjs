/**
 * Libraries for async functions, used as documented: each wraps `(id, name) => …` with a ttl of ten minutes.
 */
const TTL = 600_000;
const MAX = 100_000;

/** By the name of the package and the part that is used. */
export const peersInMemory = {
  "lru-cache fetch": async (fn, key) => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({
      max: MAX,
      ttl: TTL,
      fetchMethod: (_key, _old, { context: [id, name] }) => fn(id, name),
    });
    return (id, name) => cache.fetch(key(id, name), { context: [id, name] });
  },
  "layered-loader": async (fn, key) => {
    const { Loader } = await import("layered-loader/core");
    const loader = new Loader({
      inMemoryCache: { cacheType: "lru-object", ttlInMsecs: TTL, maxItems: MAX },
      dataSourceGetOneFn: ({ id, name }) => fn(id, name),
      cacheKeyFromLoadParamsResolver: ({ id, name }) => key(id, name),
    });
    return (id, name) => loader.get({ id, name });
  },
  "memoizee promise": async (fn) => {
    const { default: memoize } = await import("memoizee");
    return memoize(fn, { promise: true, primitive: true, maxAge: TTL, length: 2 });
  },
  "p-memoize": async (fn, key) => {
    const { default: memoize } = await import("p-memoize");
    const { LRUCache } = await import("lru-cache");
    return memoize(fn, {
      cacheKey: ([id, name]) => key(id, name),
      cache: new LRUCache({ max: MAX, ttl: TTL }),
    });
  },
  "async-cache-dedupe": async (fn) => {
    const { createCache } = await import("async-cache-dedupe");
    const cache = createCache({ ttl: TTL / 1000, storage: { type: "memory", options: { size: MAX } } });
    cache.define("pair", ({ id, name }) => fn(id, name));
    return (id, name) => cache.pair({ id, name });
  },
  "cache-manager wrap": async (fn, key) => {
    const { createCache } = await import("cache-manager");
    const cache = createCache({ ttl: TTL });
    return (id, name) => cache.wrap(key(id, name), () => fn(id, name));
  },
  ocache: async (fn, key) => {
    const { defineCachedFunction } = await import("ocache");
    return defineCachedFunction(fn, {
      maxAge: TTL / 1000,
      name: "pair",
      getKey: (id, name) => key(id, name),
    });
  },
  "bentocache getOrSet": async (fn, key) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: MAX, serialize: false }));
    const bento = new BentoCache({ default: "memory", ttl: TTL, stores: { memory: store } });
    return (id, name) => bento.getOrSet({ key: key(id, name), factory: () => fn(id, name) });
  },
  "cacheable getOrSet": async (fn, key) => {
    const { Cacheable } = await import("cacheable");
    const cache = new Cacheable({ ttl: TTL });
    return (id, name) => cache.getOrSet(key(id, name), () => fn(id, name));
  },
  "cacheable wrap": async (fn) => {
    const { Cacheable } = await import("cacheable");
    return new Cacheable({ ttl: TTL }).wrap(fn, { keyPrefix: "pair", ttl: TTL });
  },
};

export const PEERS = Object.keys(peersInMemory);
