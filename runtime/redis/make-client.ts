import { createRequire } from "node:module";
/** Makes clients of ioredis that fail fast and send no command twice. */
import type { Cluster, ClusterOptions, Redis, RedisOptions as ClientOptions } from "ioredis";
import { CacheError } from "../contract/errors.ts";
import { loadOptionalPeer } from "../platform/optional-peer.ts";
import { random } from "../platform/random.ts";
import { performance } from "../platform/real-timers.ts";
import type { RedisTarget } from "./options.ts";

/** How long commands wait for the first connection. Once that attempt has failed, commands fail at once. */
export const CONNECT_TIMEOUT_MS = 2000;
/** Shortest time between two reconnections because the server turned out to be a replica. */
const MIN_REPLICA_INTERVAL_MS = 5000;

/** Milliseconds before an attempt to connect: 50, doubling up to 1000, randomised by 10% so that clients spread. */
function pauseBefore(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt - 1, 10), 1000) * (0.9 + 0.2 * random());
}

/** The options of a client with which it sends no command twice. */
export const NEVER_RESEND = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false };
export const NEVER_RESEND_CLUSTER = {
  // Commands that are pending when a node is lost are not sent again. The next command finds the new master.
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
};

/**
 * No command is sent twice, because the server may have executed it the first time: `maxRetriesPerRequest: 0` rejects
 * pending commands when a connection breaks.
 */
function serverDefaults(): ClientOptions {
  let reconnected = -Infinity;
  return {
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...NEVER_RESEND,
    retryStrategy: pauseBefore,
    sentinelRetryStrategy: pauseBefore,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    // After a failover, the name of the master may resolve to another server. The minimum interval prevents a loop on
    // a server that stays read-only.
    reconnectOnError: (error) => {
      const shouldReconnect =
        error.message.startsWith("READONLY") && performance.now() - reconnected > MIN_REPLICA_INTERVAL_MS;
      if (shouldReconnect) reconnected = performance.now();
      return shouldReconnect;
    },
  };
}

const CLUSTER_DEFAULTS: ClusterOptions = {
  clusterRetryStrategy: pauseBefore,
  ...NEVER_RESEND_CLUSTER,
  maxRedirections: 8,
};

/** ioredis types a client by its `replyMapping`, which makes no difference for the commands used here. */
type WithoutMapping<T> = Omit<T, "replyMapping">;
export type NodeOptions = WithoutMapping<NonNullable<ClusterOptions["redisOptions"]>>;

function nodeDefaults(): NodeOptions {
  return { connectTimeout: CONNECT_TIMEOUT_MS, enableReadyCheck: false };
}

function loadIoredis(): typeof import("ioredis") {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an `import` would be needed by every user
    return require("ioredis") as typeof import("ioredis");
  } catch (cause) {
    const peer = { entry: "aotcache/redis", name: "ioredis" };
    return loadOptionalPeer(
      peer,
      cause,
      () => createRequire(import.meta.url)("ioredis") as typeof import("ioredis"),
    );
  }
}

export function makeClient(target: Exclude<RedisTarget, { kind: "client" }>): Redis | Cluster {
  const ioredis = loadIoredis();
  try {
    if (target.kind === "cluster") {
      return new ioredis.Cluster([...target.nodes], {
        ...CLUSTER_DEFAULTS,
        ...target.options,
        lazyConnect: target.options.lazyConnect ?? true,
        // No ready check: a node that is loading its data answers each command with an error.
        redisOptions: { ...nodeDefaults(), ...(target.options.redisOptions as NodeOptions) },
      });
    }
    const options: WithoutMapping<ClientOptions> = {
      ...serverDefaults(),
      // A server that is loading its data answers each command with an error. With sentinels, the ready check also
      // verifies that the server is the master.
      enableReadyCheck: target.options.sentinels !== undefined,
      lazyConnect: true,
      ...target.options,
    };
    const client =
      target.url === undefined ? new ioredis.Redis(options) : new ioredis.Redis(target.url, options);
    checkNumbers(client);
    return client;
  } catch (cause) {
    if (cause instanceof CacheError) throw cause;
    const help =
      target.kind === "server" && target.url !== undefined
        ? '; write `url` like `"redis://user:password@host:6379/0"`, with the password percent-encoded.'
        : "";
    throw new CacheError("option-value", `redis(): ${(cause as Error).message}${help}`, { cause });
  }
}

/**
 * Checks `port` and `db` as ioredis read them from the options or the URL. With a `db` that is not a number, ioredis
 * would use the first database and end the process with an unhandled rejection.
 */
function checkNumbers(client: Redis): void {
  const { port = 6379, db = 0 } = client.options;
  const isPort = Number.isInteger(port) && port > 0 && port < 65536;
  if (isPort && Number.isInteger(db) && db >= 0) return;
  client.disconnect();
  throw new CacheError(
    "option-value",
    isPort
      ? `redis(): \`db\` cannot be ${db}; write a whole number, like \`0\`.`
      : `redis(): \`port\` cannot be ${port}; write a whole number from 1 to 65535.`,
  );
}
