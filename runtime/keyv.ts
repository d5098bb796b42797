/** `aotcache/keyv`: a cache on any Keyv store. */
import { checkOptions, UNLEASED_OPTION_NAMES, type RemoteCacheOptions } from "./cache/options.ts";
import type { Cache } from "./contract/cache.ts";
import type { KeyvAdapter, KeyvInstance } from "./keyv/adapter.ts";
import { createKeyvDriver } from "./keyv/driver.ts";
import { RemoteCache } from "./remote/cache.ts";
import { readRemoteOptions } from "./remote/options.ts";

export type { NearOptions } from "./cache/near-options.ts";
export type { RemoteCacheOptions } from "./cache/options.ts";
export type { KeyvAdapter, KeyvInstance } from "./keyv/adapter.ts";

/**
 * Makes a cache on a store of Keyv 5: SQLite, Postgres, MySQL, MongoDB, etcd, files, …
 *
 * Keyv has no atomic operations, so `add` and `increment` are atomic within this process only, and a function with
 * `lock: "distributed"` is refused. `clear()` goes through all entries of the store; without an adapter that can list
 * them (`iterator`), it rejects with `clear-refused`. Other programs' entries stay. `close()` leaves the store open:
 * call `disconnect()` yourself.
 *
 * Defaults: no namespace, values without expiry, 250 ms for each operation, serializer `generic`.
 *
 * @param store a `Keyv`, whose serializer and compression apply, one of its storage adapters, or a `Map`
 * @throws {CacheError} `option-unknown`, `option-value`, `ttl-invalid`, or `unavailable` for the serializer `v8` without
 * `node:v8`.
 * @example
 * import KeyvSqlite from "@keyv/sqlite";
 *
 * const cache = keyv(new KeyvSqlite("sqlite://cache.sqlite"), { namespace: "main", ttl: "1h" });
 */
export function keyv(
  store: KeyvInstance | KeyvAdapter,
  options: Omit<RemoteCacheOptions, "lease"> = {},
): Cache {
  checkOptions("keyv()", options, UNLEASED_OPTION_NAMES);
  const read = readRemoteOptions("keyv()", options);
  return new RemoteCache(createKeyvDriver(store), read);
}
