/** `aotcache/driver`: a cache on a store of one's own. */
import {
  checkOptions,
  readCacheOptions,
  readLease,
  REMOTE_OPTION_NAMES,
  type RemoteCacheOptions,
} from "./cache/options.ts";
import { codecOf } from "./cache/serializer.ts";
import type { Cache } from "./contract/cache.ts";
import type { Driver } from "./contract/driver.ts";
import { CacheError } from "./contract/errors.ts";
import { RemoteCache } from "./remote/cache.ts";

export type { RemoteCacheOptions } from "./cache/options.ts";
export { INVALIDATION_TTL_MS, type Data, type Driver, type Item, type Limits } from "./contract/driver.ts";

const METHODS: readonly (keyof Driver)[] = [
  "get",
  "set",
  "add",
  "delete",
  "exists",
  "increment",
  "expire",
  "ttl",
  "clear",
  "invalidate",
  "setIfCurrent",
  "acquire",
  "renew",
  "release",
  "close",
];

/**
 * Makes a cache on any store, by a driver for it; `aotcache/testing` has the tests that a driver passes.
 *
 * Namespaces, serializers, time-outs and what happens while the store is down are the cache's business: a driver
 * does what it is asked, and throws what its client throws.
 *
 * @throws {CacheError} `option-value` if the driver lacks something, `option-unknown`, or `ttl-invalid`.
 * @example
 * const cache = createCache(createMyDriver({ url }), { namespace: "main", ttl: "1h" });
 * configure({ default: cache });
 */
export function createCache(driver: Driver, options: RemoteCacheOptions = {}): Cache {
  checkDriver(driver);
  checkOptions("createCache()", options, REMOTE_OPTION_NAMES);
  const read = readCacheOptions("createCache()", options);
  const lease = readLease("createCache()", options);
  return new RemoteCache(driver, { ...read, lease, codec: codecOf("createCache()", options.serializer) });
}

/** Says at once what would be a failure of the store at the first call, and be taken for one that passes. */
function checkDriver(driver: unknown): void {
  const given = (driver ?? {}) as Partial<Driver>;
  const { keyBytes, plainKeys, ttlGranularity } = (given.limits ?? {}) as Partial<Driver["limits"]>;
  const missing = METHODS.find((method) => typeof given[method] !== "function");
  let problem: string | undefined;
  if (missing) problem = `no method \`${missing}\``;
  else if (typeof given.name !== "string") problem = "no `name`";
  else if (typeof keyBytes !== "number") problem = "no number `limits.keyBytes`";
  else if (typeof ttlGranularity !== "number") problem = "no number `limits.ttlGranularity`";
  else if (typeof plainKeys !== "boolean") problem = "no `limits.plainKeys` of true or false";
  if (problem === undefined) return;
  throw new CacheError(
    "option-value",
    `createCache()'s driver has ${problem}; write one as \`Driver\` of aotcache/driver describes, and run driverSuite() of aotcache/testing over it.`,
  );
}
