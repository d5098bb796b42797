/** `aotcache/memcached`: a cache on Memcached, through memjs. */
import { readCacheOptions, readLease, type RemoteCacheOptions } from "./cache/options.ts";
import { codecOf } from "./cache/serializer.ts";
import type { Cache } from "./contract/cache.ts";
import { createMemcachedDriver, type MemcachedOptions } from "./memcached/driver.ts";
import { MAX_TIMER_MS } from "./platform/timer.ts";
import { RemoteCache } from "./remote/cache.ts";

export type { RemoteCacheOptions } from "./cache/options.ts";
export type { MemcachedOptions } from "./memcached/driver.ts";

/** Where the servers are, and the options of every cache. */
export interface MemcachedCacheOptions extends MemcachedOptions, RemoteCacheOptions {}

/** The part of the cache's time-out after which a silent server is lost, so that its keys are misses in time. */
const PATIENCE = 0.8;

/**
 * Makes a cache on Memcached 1.4 or later: one server, or several that share the keys.
 *
 * Left out: `localhost:11211`, no namespace, values without expiry, 250 ms for each operation. It connects at its
 * first use, and again by itself whenever a connection is lost; `close()` ends connections that it made.
 *
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict`, `ttl-invalid`, or `peer-missing`
 * without memjs.
 * @example
 * const cache = memcached({ servers: "127.0.0.1:11211", namespace: "main", ttl: "1h" });
 * await cache.set("greeting", "hello");
 * await cache.get("greeting"); // "hello"
 */
export function memcached(options: MemcachedCacheOptions = {}): Cache {
  const read = readCacheOptions("memcached()", options, '{ servers: "127.0.0.1:11211" }');
  const lease = readLease("memcached()", options);
  const codec = codecOf("memcached()", options.serializer);
  const patience = Math.min(PATIENCE * read.timeout, MAX_TIMER_MS);
  return new RemoteCache(createMemcachedDriver(options, patience), { ...read, lease, codec });
}
