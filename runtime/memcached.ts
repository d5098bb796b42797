/** `aotcache/memcached`: a cache on Memcached, through memjs. */
import type { RemoteCacheOptions } from "./cache/options.ts";
import type { Cache } from "./contract/cache.ts";
import { createMemcachedDriver, type MemcachedOptions } from "./memcached/driver.ts";
import { MAX_TIMER_MS } from "./platform/timer.ts";
import { RemoteCache } from "./remote/cache.ts";
import { readRemoteOptions } from "./remote/options.ts";

export type { NearOptions } from "./cache/near-options.ts";
export type { RemoteCacheOptions } from "./cache/options.ts";
export type { MemcachedOptions } from "./memcached/driver.ts";

/** The servers or the client, and the options of every cache outside of this process. */
export interface MemcachedCacheOptions extends MemcachedOptions, RemoteCacheOptions {}

/** Share of the cache's timeout after which a silent server counts as lost, so that its keys are misses in time. */
const SERVER_TIMEOUT_SHARE = 0.8;

/**
 * Makes a cache on Memcached 1.4 or later: one server, or several that share the keys.
 *
 * Defaults: `localhost:11211`, no namespace, values without expiry, 250 ms for each operation, serializer `generic`,
 * lease 10 s. It connects on first use and reconnects by itself. `close()` closes the connections that it made.
 *
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict`, `ttl-invalid`, or `peer-missing`
 * without memjs.
 * @example
 * const cache = memcached({ servers: "127.0.0.1:11211", namespace: "main", ttl: "1h" });
 * await cache.set("greeting", "hello");
 * await cache.get("greeting"); // "hello"
 */
export function memcached(options: MemcachedCacheOptions = {}): Cache {
  const read = readRemoteOptions("memcached()", options, '{ servers: "127.0.0.1:11211" }');
  const serverTimeout = Math.min(SERVER_TIMEOUT_SHARE * read.timeout, MAX_TIMER_MS);
  return new RemoteCache(createMemcachedDriver(options, serverTimeout), read);
}
