/** Redis and Memcached servers for tests. */
export { startCluster } from "./cluster.ts";
export { startMemcached } from "./memcached.ts";
export { ensurePrograms, findProgram } from "./programs.ts";
export { startRedis } from "./redis.ts";
export { startSentinel } from "./sentinel.ts";
export type * from "./types.ts";
export { until } from "./until.ts";
