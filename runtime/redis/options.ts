/** The options of `redis()` that say where Redis is, and how they are read. */
import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions as ClientOptions } from "ioredis";
import { MEMORY_OPTION_NAMES, REMOTE_OPTION_NAMES } from "../cache/options.ts";
import { CacheError } from "../contract/errors.ts";
import { suggest } from "../contract/suggest.ts";

/** One server, or the master behind sentinels, with any option of ioredis. */
export type RedisServerOptions = ClientOptions & {
  /** `redis://user:password@host:6379/0`, or `rediss://…` with TLS. Default: `host`, `port` and so on are used. */
  url?: string;
  cluster?: never;
  client?: never;
};

/** A cluster. Options of its nodes (`password`, `tls`, …) can be set here or in `redisOptions`. */
export type RedisClusterOptions = ClusterOptions &
  Omit<NonNullable<ClusterOptions["redisOptions"]>, keyof ClusterOptions> & {
    /** List a few nodes; the rest are discovered. */
    cluster: readonly ClusterNode[];
    client?: never;
  };

/** A client of ioredis. */
export type RedisClient = Redis | Cluster;

/** A client that you made. */
export interface RedisClientOptions {
  /** It is used as it is, and stays open when the cache is closed. */
  client: RedisClient;
}

/**
 * Where Redis is. Default: `127.0.0.1:6379`.
 *
 * The client connects at the first command, reconnects without a limit, and sends no command twice.
 *
 * @example
 * const one: RedisOptions = { url: "redis://127.0.0.1:6379" };
 * const many: RedisOptions = { cluster: [{ host: "10.0.0.1", port: 6379 }], password: "secret" };
 * const watched: RedisOptions = { sentinels: [{ host: "10.0.0.1", port: 26379 }], name: "main" };
 */
export type RedisOptions = RedisServerOptions | RedisClusterOptions | RedisClientOptions;

/** The checked options for a client, without those that are `undefined`. */
export type RedisTarget =
  | { readonly kind: "client"; readonly client: Redis | Cluster }
  | { readonly kind: "cluster"; readonly nodes: readonly ClusterNode[]; readonly options: ClusterOptions }
  | { readonly kind: "server"; readonly url: string | undefined; readonly options: ClientOptions };

/** Options that say where Redis is, in order of precedence. ioredis uses one of them and ignores the others. */
const ADDRESS_OPTIONS = ["client", "cluster", "sentinels", "url", "host", "path"] as const;
type AddressOption = (typeof ADDRESS_OPTIONS)[number];

/** aotcache's own options, which are checked for misspelling. All other options are passed to ioredis unchanged. */
const OWN_OPTIONS: readonly string[] = [...REMOTE_OPTION_NAMES, "client", "cluster", "url"];

/** Options of one server that have no effect on a cluster. */
const SINGLE_SERVER_OPTIONS: readonly string[] = ["port", "name", "db"];

/**
 * Options that exist for a cluster and for its nodes. Next to `cluster` they are set on the cluster only; those of the
 * nodes come from `redisOptions`. If a newer ioredis has more such options, the type makes that a compile error.
 */
const SHARED_WITH_NODES: Record<keyof ClusterOptions & keyof ClientOptions, 1> = {
  ...{ enableOfflineQueue: 1, enableReadyCheck: 1, lazyConnect: 1, natMap: 1, enableAutoPipelining: 1 },
  ...{ autoPipeliningIgnoredCommands: 1, scripts: 1, himportFieldsets: 1, keyPrefix: 1 },
  ...{ showFriendlyErrorStack: 1 },
};

/** Matches Redis URLs and texts without a protocol. ioredis takes a URL of another protocol for the path of a socket. */
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
      'redis() takes an object of options, like `{ url: "redis://127.0.0.1:6379" }`.',
    );
  }
  const given: Given = Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !REMOTE_OPTION_NAMES.includes(name),
    ),
  );
  const address = ADDRESS_OPTIONS.find((name) => name in given);
  for (const name of Object.keys(given)) checkName(name, address);
  if (address === "client") return { kind: "client", client: checkClient(given["client"]) };
  if (address === "cluster") return clusterTarget(given);
  const { url, ...rest } = given;
  if (url !== undefined && (typeof url !== "string" || !URL_LIKE.test(url))) {
    throw new CacheError(
      "option-value",
      '`url` is not a Redis URL. Write a string like `"redis://127.0.0.1:6379"`.',
    );
  }
  return { kind: "server", url, options: rest };
}

function checkName(name: string, address: AddressOption | undefined): void {
  if (name === address) return;
  const isAddress = (ADDRESS_OPTIONS as readonly string[]).includes(name);
  const nearest = isAddress ? undefined : suggest(name, OWN_OPTIONS);
  if (nearest || MEMORY_OPTION_NAMES.includes(name)) {
    const problem = nearest ? "is not an option of redis()" : "is an option of memory(), not of redis()";
    const help = nearest ? `Write \`${nearest}\`` : "Remove it";
    throw new CacheError("option-unknown", `\`${name}\` ${problem}. ${help}.`);
  }
  if (isAddress || address === "client" || (address === "cluster" && SINGLE_SERVER_OPTIONS.includes(name))) {
    throw new CacheError(
      "option-conflict",
      `\`${name}\` has no effect next to \`${address!}\`. Remove one of them.`,
    );
  }
}

/** Checks for a method instead of a class, because the client may come from another copy of ioredis. */
function checkClient(client: unknown): Redis | Cluster {
  if (typeof (client as Partial<Redis> | null)?.mgetBuffer === "function") return client as Redis | Cluster;
  throw new CacheError(
    "option-value",
    "`client` is not a client of ioredis. Write `new Redis(…)` or `new Cluster(…)`.",
  );
}

function clusterTarget({ cluster, redisOptions, ...rest }: Given): RedisTarget {
  if (!Array.isArray(cluster) || cluster.length === 0) {
    throw new CacheError(
      "option-value",
      '`cluster` is not a list of nodes. Write one like `[{ host: "10.0.0.1", port: 6379 }]`.',
    );
  }
  // All other options go to both, because each ignores those of the other. So new options of ioredis work, too.
  const nodeOptions = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !(name in SHARED_WITH_NODES)),
  );
  const options = { ...rest, redisOptions: { ...nodeOptions, ...(redisOptions as object | undefined) } };
  return { kind: "cluster", nodes: cluster as readonly ClusterNode[], options };
}
