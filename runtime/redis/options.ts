import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions as ClientOptions } from "ioredis";
import { SHARED } from "../cache/options.ts";
import { CacheError } from "../contract/errors.ts";
import { suggest } from "../contract/suggest.ts";

/** One server, or the master that sentinels name, with any of ioredis's options. */
export type RedisServerOptions = ClientOptions & {
  /** `redis://user:password@host:6379/0`, `rediss://…` with TLS. Left out: `host`, `port` and so on. */
  url?: string;
  cluster?: never;
  client?: never;
};

/** A cluster. What is said of its nodes (`password`, `tls`, …) may stand here or in `redisOptions`. */
export type RedisClusterOptions = ClusterOptions &
  Omit<NonNullable<ClusterOptions["redisOptions"]>, keyof ClusterOptions> & {
    /** Some of the nodes; they tell of the others. */
    cluster: readonly ClusterNode[];
    client?: never;
  };

/** A client of ioredis. */
export type RedisClient = Redis | Cluster;

/** A client of yours: it is used as it is, and stays open when the cache is closed. */
export interface RedisClientOptions {
  client: RedisClient;
}

/**
 * Where Redis is.
 *
 * Left out: `127.0.0.1:6379`, a connection at the first command, reconnecting for ever, no command sent twice.
 *
 * @example
 * const one: RedisOptions = { url: "redis://127.0.0.1:6379" };
 * const many: RedisOptions = { cluster: [{ host: "10.0.0.1", port: 6379 }], password: "secret" };
 * const watched: RedisOptions = { sentinels: [{ host: "10.0.0.1", port: 26379 }], name: "main" };
 */
export type RedisOptions = RedisServerOptions | RedisClusterOptions | RedisClientOptions;

/** What a client is made from: options that were checked, without those that are `undefined`. */
export type RedisTarget =
  | { readonly kind: "client"; readonly client: Redis | Cluster }
  | { readonly kind: "cluster"; readonly nodes: readonly ClusterNode[]; readonly options: ClusterOptions }
  | { readonly kind: "server"; readonly url: string | undefined; readonly options: ClientOptions };

/** An entry for each name, so that the compiler says which ones a newer ioredis has. */
type OptionNames<T> = Record<keyof T, 1>;

const SERVER_NAMES: OptionNames<ClientOptions> = {
  ...{ Connector: 1, retryStrategy: 1, commandTimeout: 1, blockingTimeout: 1, blockingTimeoutGrace: 1 },
  ...{ socketTimeout: 1, keepAlive: 1, noDelay: 1, connectionName: 1, disableClientInfo: 1 },
  ...{ clientInfoTag: 1, username: 1, password: 1, db: 1, autoResubscribe: 1 },
  ...{ autoResendUnfulfilledCommands: 1, reconnectOnError: 1, readOnly: 1, stringNumbers: 1, protocol: 1 },
  ...{ replyMapping: 1, connectTimeout: 1, monitor: 1, maxRetriesPerRequest: 1, maxLoadingRetryTime: 1 },
  ...{ enableAutoPipelining: 1, autoPipeliningIgnoredCommands: 1, offlineQueue: 1, commandQueue: 1 },
  ...{ enableOfflineQueue: 1, enableReadyCheck: 1, lazyConnect: 1, scripts: 1, himportFieldsets: 1 },
  ...{ disconnectTimeout: 1, tls: 1, host: 1, port: 1, family: 1, path: 1, name: 1, role: 1 },
  ...{ sentinelUsername: 1, sentinelPassword: 1, sentinels: 1, sentinelRetryStrategy: 1 },
  ...{ sentinelReconnectStrategy: 1, preferredSlaves: 1, sentinelCommandTimeout: 1 },
  ...{ enableTLSForSentinelMode: 1, sentinelTLS: 1, natMap: 1, updateSentinels: 1 },
  ...{ sentinelMaxConnections: 1, failoverDetector: 1, keyPrefix: 1, showFriendlyErrorStack: 1 },
};

const CLUSTER_NAMES: OptionNames<ClusterOptions> = {
  ...{ clusterRetryStrategy: 1, enableOfflineQueue: 1, enableReadyCheck: 1, scaleReads: 1 },
  ...{ maxRedirections: 1, retryDelayOnFailover: 1, retryDelayOnClusterDown: 1, retryDelayOnTryAgain: 1 },
  ...{ retryDelayOnMoved: 1, slotsRefreshTimeout: 1, slotsRefreshInterval: 1, shardedSubscribers: 1 },
  ...{ clusterNodeRetryStrategy: 1, redisOptions: 1, lazyConnect: 1, useSRVRecords: 1, resolveSrv: 1 },
  ...{ dnsLookup: 1, natMap: 1, enableAutoPipelining: 1, autoPipeliningIgnoredCommands: 1, scripts: 1 },
  ...{ himportFieldsets: 1, keyPrefix: 1, showFriendlyErrorStack: 1 },
};

/** Options each of which says where Redis is. */
const PLACES = ["client", "cluster", "sentinels", "url", "host", "path"] as const;
const KNOWN: readonly string[] = [
  ...new Set([...SHARED, ...PLACES, ...Object.keys(SERVER_NAMES), ...Object.keys(CLUSTER_NAMES)]),
];

/** What names no other protocol: ioredis would take that for the path of a socket. */
const URL_LIKE = /^(?:rediss?:\/\/|(?![a-z][a-z\d+.-]*:\/\/).)/is;

type Given = Readonly<Record<string, unknown>>;

/**
 * Checks options, and tells apart a client, a cluster and a server.
 *
 * @throws {CacheError} `option-unknown`, `option-value`, or `option-conflict`.
 */
export function readRedisOptions(options: RedisOptions): RedisTarget {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw new CacheError(
      "option-value",
      'redis() takes an object, like `{ url: "redis://127.0.0.1:6379" }`.',
    );
  }
  const given: Given = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== undefined && !SHARED.includes(name)),
  );
  const place = PLACES.find((name) => name in given);
  for (const name of Object.keys(given)) checkName(name, place);
  if (place === "client") return { kind: "client", client: givenClient(given["client"]) };
  if (place === "cluster") return clusterTarget(given);
  const { url, ...rest } = given;
  if (url !== undefined && (typeof url !== "string" || !URL_LIKE.test(url))) {
    throw new CacheError("option-value", '`url` is a text, like `"redis://127.0.0.1:6379"`.');
  }
  return { kind: "server", url, options: rest };
}

function checkName(name: string, place: (typeof PLACES)[number] | undefined): void {
  if (!KNOWN.includes(name)) {
    const nearest = suggest(name, KNOWN);
    const help = nearest
      ? `Write \`${nearest}\`.`
      : "It takes `url`, `host`, `cluster`, `client` and ioredis's.";
    throw new CacheError("option-unknown", `\`${name}\` is not an option of redis(). ${help}`);
  }
  if (name === place || (fits(name, place) && !(place && isPlace(name)))) return;
  const because = place ? `next to \`${place}\`` : "without `cluster`";
  throw new CacheError("option-conflict", `\`${name}\` has no effect ${because}. Remove one of them.`);
}

/** Whether an option is about what a place stands for: a cluster, a server, or a client that is there already. */
function fits(name: string, place: (typeof PLACES)[number] | undefined): boolean {
  if (place === "client") return false;
  if (place !== "cluster") return name in SERVER_NAMES;
  return name in CLUSTER_NAMES || (name in SERVER_NAMES && !["port", "name", "db"].includes(name));
}

const isPlace = (name: string): boolean => (PLACES as readonly string[]).includes(name);

/** The client may come from another copy of ioredis, so its class tells nothing. */
function givenClient(client: unknown): Redis | Cluster {
  if (typeof (client as Partial<Redis> | null)?.mgetBuffer === "function") return client as Redis | Cluster;
  throw new CacheError(
    "option-value",
    "`client` is a client of ioredis: `new Redis(…)` or `new Cluster(…)`.",
  );
}

function clusterTarget({ cluster, redisOptions, ...rest }: Given): RedisTarget {
  if (!Array.isArray(cluster) || cluster.length === 0) {
    throw new CacheError(
      "option-value",
      '`cluster` is a list of nodes, like `[{ host: "10.0.0.1", port: 6379 }]`.',
    );
  }
  const entries = Object.entries(rest);
  const ofCluster = Object.fromEntries(entries.filter(([name]) => name in CLUSTER_NAMES));
  const ofNodes = Object.fromEntries(entries.filter(([name]) => !(name in CLUSTER_NAMES)));
  const options = { ...ofCluster, redisOptions: { ...ofNodes, ...(redisOptions as object | undefined) } };
  return { kind: "cluster", nodes: cluster as readonly ClusterNode[], options };
}
