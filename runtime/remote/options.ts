/** The options of caches outside of this process, as every entry reads them. */
import { readNear, type ResolvedNear } from "../cache/near-options.ts";
import { readCacheOptions, readLease, type RemoteCacheOptions } from "../cache/options.ts";
import { codecOf } from "../cache/serializer.ts";
import type { Codec } from "../codec/codec.ts";

/** The options of a cache outside the process, resolved: all times are milliseconds. */
export interface RemoteOptions {
  readonly namespace: string | undefined;
  readonly ttl: number;
  /** Longest wait for one reply of the store. */
  readonly timeout: number;
  /** How long a process may run a key under `lock: distributed` before it must renew. */
  readonly lease: number;
  readonly codec: Codec | Promise<Codec>;
  /** Copies of entries in memory. Left out: none. */
  readonly near?: ResolvedNear | undefined;
}

/**
 * Resolves the options of a cache. Ignores other options.
 *
 * @param what the function for messages, `redis()`
 * @param like an example of options, for messages
 * @throws {CacheError} `option-value`, `option-unknown`, `ttl-invalid` or `unavailable`.
 */
export function readRemoteOptions(what: string, options: RemoteCacheOptions, like?: string): RemoteOptions {
  return {
    ...readCacheOptions(what, options, like),
    lease: readLease(what, options),
    codec: codecOf(what, options.serializer),
    near: readNear(what, options.near),
  };
}
