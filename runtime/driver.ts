/** `aotcache/driver`: a cache on your own store. */
import { checkOptions, REMOTE_OPTION_NAMES, type RemoteCacheOptions } from "./cache/options.ts";
import type { Cache } from "./contract/cache.ts";
import type { Driver } from "./contract/driver.ts";
import { CacheError } from "./contract/errors.ts";
import { RemoteCache } from "./remote/cache.ts";
import { readRemoteOptions } from "./remote/options.ts";

export type { RemoteCacheOptions } from "./cache/options.ts";
export type { NearOptions } from "./cache/near-options.ts";
export type { Data, Driver, Following, FollowOptions, Item, Limits } from "./contract/driver.ts";

const DRIVER_METHODS: readonly (keyof Driver)[] = [
  "get",
  "set",
  "add",
  "delete",
  "exists",
  "increment",
  "expire",
  "ttl",
  "clear",
  "setIf",
  "replaceStart",
  "deleteIf",
  "expireIf",
  "close",
];

/**
 * Makes a cache on your own store, by a driver for it. Test the driver with `driverSuite` of `aotcache/testing`.
 *
 * The cache handles namespaces, serializers, time-outs and failures. The driver throws the errors of its client.
 *
 * Defaults: no namespace, values without expiry, 250 ms for each operation, serializer `generic`, lease 10 s.
 *
 * @throws {CacheError} `option-value` (also for an incomplete driver), `option-unknown`, `ttl-invalid`, or
 * `unavailable` for the serializer `v8` without `node:v8`.
 * @example
 * const cache = createCache(createMyDriver({ url }), { namespace: "main", ttl: "1h" });
 * configure({ default: cache });
 */
export function createCache(driver: Driver, options: RemoteCacheOptions = {}): Cache {
  checkDriver(driver);
  checkOptions("createCache()", options, REMOTE_OPTION_NAMES);
  const read = readRemoteOptions("createCache()", options);
  return new RemoteCache(driver, read);
}

/** Refuses an incomplete driver. At the first call, it would look like a temporary failure of the store. */
function checkDriver(driver: unknown): void {
  const given = (driver ?? {}) as Partial<Driver>;
  const { keyBytes, plainKeys, ttlGranularity } = (given.limits ?? {}) as Partial<Driver["limits"]>;
  const missing = DRIVER_METHODS.find((method) => typeof given[method] !== "function");
  let problem: string | undefined;
  if (missing) problem = `no method \`${missing}\``;
  else if (typeof given.name !== "string") problem = "no `name`";
  else if (typeof keyBytes !== "number") problem = "no number `limits.keyBytes`";
  else if (typeof ttlGranularity !== "number") problem = "no number `limits.ttlGranularity`";
  else if (typeof plainKeys !== "boolean") problem = "no boolean `limits.plainKeys`";
  if (problem === undefined) return;
  throw new CacheError(
    "option-value",
    `createCache()'s driver has ${problem}; write one as \`Driver\` of aotcache/driver describes, and run driverSuite() of aotcache/testing over it.`,
  );
}
