/** `aotcache/keyv`: a cache on any store of Keyv. */
import {
  checkOptions,
  CACHE_OPTION_NAMES,
  readCacheOptions,
  readLease,
  type CacheOptions,
} from "./cache/options.ts";
import { codecOf } from "./cache/serializer.ts";
import type { Cache } from "./contract/cache.ts";
import type { KeyvAdapter, KeyvInstance } from "./keyv/adapter.ts";
import { createKeyvDriver } from "./keyv/driver.ts";
import { RemoteCache } from "./remote/cache.ts";

export type { CacheOptions } from "./cache/options.ts";
export type { KeyvAdapter, KeyvInstance } from "./keyv/adapter.ts";

/**
 * Makes a cache on a store of Keyv 5: SQLite, Postgres, MySQL, MongoDB, etcd, files, …
 *
 * Keyv has no atomic operation, so `add` and `increment` are atomic among the callers of this process only, and
 * `lock: "distributed"` is refused. `clear()` goes through all entries of the store, and needs an adapter that can
 * list them (`iterator`). Entries of others in the same store are never touched. `close()` leaves the store open:
 * it is yours, as is `disconnect()`.
 *
 * @param store a `Keyv`, whose serializer and compression are kept to, one of its storage adapters, or a `Map`
 * @throws {CacheError} `option-unknown`, `option-value` or `ttl-invalid`.
 * @example
 * import KeyvSqlite from "@keyv/sqlite";
 *
 * const cache = keyv(new KeyvSqlite("sqlite://cache.sqlite"), { namespace: "main", ttl: "1h" });
 */
export function keyv(store: KeyvInstance | KeyvAdapter, options: CacheOptions = {}): Cache {
  checkOptions("keyv()", options, CACHE_OPTION_NAMES);
  const read = readCacheOptions("keyv()", options);
  const codec = codecOf("keyv()", options.serializer);
  return new RemoteCache(createKeyvDriver(store), { ...read, lease: readLease("keyv()", {}), codec });
}
