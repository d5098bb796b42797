/** The runtime of aotcache: what an application imports. No `node:` import; runs wherever JavaScript does. */
export type { Cache, CacheStats, SetOptions } from "./cache.ts";
export { cached, type Cached, type CachedDecorator } from "./cached.ts";
export { configure, type Configuration } from "./config.ts";
export type { Duration } from "./duration.ts";
export { CacheError, type CacheErrorCode } from "./errors.ts";
export type { CacheEvent, CacheEventName, CacheListener } from "./events.ts";
export { cacheOf, type CacheHandle, type Explanation, type FunctionStats } from "./handle.ts";
export { cacheKey } from "./key-text.ts";
export { memory, type MemoryCache, type MemoryOptions } from "./memory-cache.ts";
export type { CachedOptions, Serializer, SkipFunction } from "./options.ts";
