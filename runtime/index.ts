/** `aotcache`: the runtime that applications import. It imports no `node:` module, so it runs in browsers and workers. */
export type {
  Cache,
  CacheStats,
  SetOptions,
  CacheEvent,
  CacheEventName,
  CacheListener,
} from "./contract/cache.ts";
export { cached, type Cached, type CachedDecorator } from "./functions/cached.ts";
export { invalidateTags } from "./cache/invalidate-tags.ts";
export { resetAll } from "./cache/reset-all.ts";
export { configure, type Configuration } from "./cache/configure.ts";
export type { LogDetails, LogFunction, LogLevel, Logger } from "./call/log.ts";
export type { ClassCodec } from "./contract/class-codec.ts";
export type { Duration } from "./contract/duration.ts";
export { CacheError, type CacheErrorCode } from "./contract/errors.ts";
export { cacheOf, type CacheHandle, type Explanation, type FunctionStats } from "./functions/handle.ts";
export { cacheKey } from "./key/encode.ts";
export { memory, type MemoryCache, type MemoryOptions } from "./cache/memory.ts";
export type { CachedOptions, SkipFunction, TagFunction, TtlFunction } from "./contract/options.ts";
export type { Serializer } from "./contract/serializer.ts";
