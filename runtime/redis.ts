/** `aotcache/redis`: a cache on Redis, through ioredis. */
import type { RemoteCacheOptions } from "./cache/options.ts";
import type { Cache } from "./contract/cache.ts";
import { createRedisDriver } from "./redis/driver.ts";
import type { RedisClient, RedisOptions } from "./redis/options.ts";
import { RemoteCache } from "./remote/cache.ts";
import { readRemoteOptions } from "./remote/options.ts";

export type { NearOptions } from "./cache/near-options.ts";
export type { RemoteCacheOptions } from "./cache/options.ts";
export type {
  RedisClient,
  RedisClientOptions,
  RedisClusterOptions,
  RedisOptions,
  RedisServerOptions,
} from "./redis/options.ts";

/** The server, cluster or client, and the options of every cache outside of this process. */
export type RedisCacheOptions = RedisOptions & RemoteCacheOptions;

/** A cache on Redis. `raw` is the ioredis client. */
export interface RedisCache extends Cache {
  readonly raw: RedisClient;
}

/**
 * Makes a cache on Redis 6 or later: one server, a master behind sentinels, or a cluster.
 *
 * Defaults: `127.0.0.1:6379`, no namespace, values without expiry, 250 ms for each operation, serializer `generic`,
 * lease 10 s. It connects on first use and reconnects by itself. `close()` closes the connections that it made.
 *
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict`, `ttl-invalid`, or `peer-missing`
 * without ioredis.
 * @example
 * const cache = redis({ url: "redis://127.0.0.1:6379", namespace: "main", ttl: "1h" });
 * await cache.set("greeting", "hello");
 * await cache.get("greeting"); // "hello"
 */
export function redis(options: RedisCacheOptions = {}): RedisCache {
  const read = readRemoteOptions("redis()", options, '{ url: "redis://127.0.0.1:6379" }');
  return new RemoteCache(createRedisDriver(options), read) as RemoteCache & RedisCache;
}
