/** `aotcache/unstorage`: a cache on any storage of unstorage. */
import { checkOptions, UNLEASED_OPTION_NAMES, type RemoteCacheOptions } from "./cache/options.ts";
import type { Cache } from "./contract/cache.ts";
import { RemoteCache } from "./remote/cache.ts";
import { readRemoteOptions } from "./remote/options.ts";
import type { UnstorageInstance } from "./unstorage/adapter.ts";
import { createUnstorageDriver } from "./unstorage/driver.ts";

export type { NearOptions } from "./cache/near-options.ts";
export type { RemoteCacheOptions } from "./cache/options.ts";
export type { UnstorageDriver, UnstorageInstance } from "./unstorage/adapter.ts";

/**
 * Makes a cache on a storage of unstorage 1: Nitro's, Cloudflare KV, Deno KV, Netlify Blobs, files, memory, …
 *
 * unstorage has no atomic operations, so `add` and `increment` are atomic within this process only, and a function with
 * `lock: "distributed"` is refused. All items are below `aotcache:` in the storage, and `clear()` goes through them; where
 * the driver cannot list them, it rejects with `clear-refused`. `close()` leaves the storage open: call `dispose()`
 * yourself.
 *
 * On a driver that is eventually consistent, such as Cloudflare KV, another process may read for a while what this one has
 * removed.
 *
 * Defaults: no namespace, values without expiry, 250 ms for each operation, serializer `generic`.
 *
 * @param storage what `createStorage`, `prefixStorage` or Nitro's `useStorage` returns
 * @throws {CacheError} `option-unknown`, `option-value` (also for a driver that only reads), `ttl-invalid`, or
 * `unavailable` for the serializer `v8` without `node:v8`.
 * @example
 * import { createStorage } from "unstorage";
 * import fsLite from "unstorage/drivers/fs-lite";
 *
 * const cache = unstorage(createStorage({ driver: fsLite({ base: ".cache" }) }), { namespace: "main", ttl: "1h" });
 */
export function unstorage(
  storage: UnstorageInstance,
  options: Omit<RemoteCacheOptions, "lease"> = {},
): Cache {
  checkOptions("unstorage()", options, UNLEASED_OPTION_NAMES);
  const read = readRemoteOptions("unstorage()", options);
  return new RemoteCache(createUnstorageDriver(storage), read);
}
