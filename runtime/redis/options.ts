import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions as ClientOptions } from "ioredis";
import { MEMORY_OPTION_NAMES, REMOTE_OPTION_NAMES } from "../cache/options.ts";
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

/** Options that say where Redis is. ioredis takes one of them and ignores the others. */
const PLACES = ["client", "cluster", "sentinels", "url", "host", "path"] as const;
type Place = (typeof PLACES)[number];

/** aotcache's own options, which are checked for misspelling. Every other name goes to ioredis unchanged. */
const OWN: readonly string[] = [...REMOTE_OPTION_NAMES, "client", "cluster", "url"];

/** Options of one server that mean nothing to a cluster. */
const OF_ONE_SERVER: readonly string[] = ["port", "name", "db"];

/**
 * Options that both a cluster and its nodes have: beside `cluster` they are meant for the cluster, and the nodes take
 * theirs from `redisOptions`. The type makes a newer ioredis with more of them a compile error.
 */
const CLUSTER_FIRST: Record<keyof ClusterOptions & keyof ClientOptions, 1> = {
  ...{ enableOfflineQueue: 1, enableReadyCheck: 1, lazyConnect: 1, natMap: 1, enableAutoPipelining: 1 },
  ...{ autoPipeliningIgnoredCommands: 1, scripts: 1, himportFieldsets: 1, keyPrefix: 1 },
  ...{ showFriendlyErrorStack: 1 },
};

/** What names no other protocol: ioredis would take that for the path of a socket. */
const URL_LIKE = /^(?:rediss?:\/\/|(?![a-z][a-z\d+.-]*:\/\/).)/is;

type Given = Readonly<Record<string, unknown>>;

/**
 * Reads options: aotcache's own are checked, and all others are left to ioredis.
 *
 * @throws {CacheError} `option-unknown` for a misspelt option of aotcache, `option-value`, or `option-conflict`.
 */
export function readRedisOptions(options: RedisOptions): RedisTarget {
  if (typeof options !== "object" || (options as unknown) === null) {
    throw new CacheError(
      "option-value",
      'redis() takes an object, like `{ url: "redis://127.0.0.1:6379" }`.',
    );
  }
  const given: Given = Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !REMOTE_OPTION_NAMES.includes(name),
    ),
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

function checkName(name: string, place: Place | undefined): void {
  if (name === place) return;
  const isPlace = (PLACES as readonly string[]).includes(name);
  const nearest = isPlace ? undefined : suggest(name, OWN);
  if (nearest || MEMORY_OPTION_NAMES.includes(name)) {
    const problem = nearest ? "is not an option of redis()" : "is an option of memory(), not of redis()";
    const help = nearest ? `Write \`${nearest}\`` : "Remove it";
    throw new CacheError("option-unknown", `\`${name}\` ${problem}. ${help}.`);
  }
  if (isPlace || place === "client" || (place === "cluster" && OF_ONE_SERVER.includes(name))) {
    throw new CacheError(
      "option-conflict",
      `\`${name}\` has no effect next to \`${place!}\`. Remove one of them.`,
    );
  }
}

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
  // All other options go to both: each ignores those of the other, so a new option works whichever it is for.
  const ofNodes = Object.fromEntries(Object.entries(rest).filter(([name]) => !(name in CLUSTER_FIRST)));
  const options = { ...rest, redisOptions: { ...ofNodes, ...(redisOptions as object | undefined) } };
  return { kind: "cluster", nodes: cluster as readonly ClusterNode[], options };
}
