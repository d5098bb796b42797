import { createRequire } from "node:module";
import { checkOptions, REMOTE_OPTION_NAMES } from "../cache/options.ts";
import { CacheError } from "../contract/errors.ts";
import { loadOptionalPeer } from "../platform/optional-peer.ts";
import { Connection } from "./connection.ts";
import type { Memjs, MemjsClient } from "./memjs.ts";

/** The servers of a Memcached cache, or a client of memjs. */
export interface MemcachedOptions {
  /** `host:port` of each server, separated by commas. The default port is 11211. Default: `localhost:11211`. */
  servers?: string;
  /** User name for SASL authentication (mechanism PLAIN); needs `password`. Default: no authentication. */
  username?: string;
  /** Password for SASL authentication; needs `username`. */
  password?: string;
  /** A client of memjs that you made. It has its own timeouts, and stays open when the cache is closed. */
  client?: object;
}

const MEMCACHED_OPTIONS: readonly string[] = [
  "servers",
  "username",
  "password",
  "client",
] satisfies (keyof MemcachedOptions)[];

/** `user:password@` as in memjs, then a name, an IPv4 address, or an IPv6 address in brackets, then a port. */
const SERVER_PATTERN = /^(?:([^:@]*):([^@]*)@)?(?:\[([\da-f:.]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?$/i;

/**
 * Returns the client that the options describe.
 *
 * @param timeout - milliseconds that a server may be silent before it counts as lost
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict` or `peer-missing`.
 */
export function createClient(options: MemcachedOptions, timeout: number): MemjsClient {
  checkOptions("memcached()", options, [...MEMCACHED_OPTIONS, ...REMOTE_OPTION_NAMES]);
  const { servers = "localhost:11211", username, password, client } = options;
  for (const [name, value] of Object.entries({ servers, username, password })) {
    if (value === undefined || (typeof value === "string" && value !== "")) continue;
    const help = name === "servers" ? "`host:port`, several separated by commas" : "one, or leave it out";
    throw new CacheError(
      "option-value",
      `memcached()'s \`${name}\` must be a non-empty string; write ${help}.`,
    );
  }
  if ((username === undefined) !== (password === undefined)) {
    throw new CacheError(
      "option-conflict",
      "memcached() has only one of `username` and `password`; write both, or neither.",
    );
  }
  if (client === undefined) return connectTo(servers, { username, password, timeout });
  if (!isClient(client)) {
    throw new CacheError(
      "option-value",
      "memcached()'s `client` is not a client of memjs; write one that `Client.create()` returned.",
    );
  }
  if (options.servers !== undefined || username !== undefined) {
    throw new CacheError(
      "option-conflict",
      "memcached() takes either a `client` or `servers`, `username` and `password`; leave out the others.",
    );
  }
  return client;
}

const SILENT_LOGGER = { log(): void {} };

function loadMemjs(): Memjs {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an `import` would be needed by every user
    return require("memjs") as Memjs;
  } catch (cause) {
    const peer = { entry: "aotcache/memcached", name: "memjs" };
    return loadOptionalPeer(peer, cause, () => createRequire(import.meta.url)("memjs") as Memjs);
  }
}

function connectTo(
  servers: string,
  common: {
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly timeout: number;
  },
): MemjsClient {
  const memjs = loadMemjs();
  const connections = servers.split(",").map((text) => {
    const match = SERVER_PATTERN.exec(text.trim());
    const port = Number(match?.[5] ?? 11211);
    if (!match || port < 1 || port > 65535) {
      throw new CacheError(
        "option-value",
        `\`${text.slice(text.lastIndexOf("@") + 1)}\` is not a server; write \`host:port\`, several separated by commas.`,
      );
    }
    const [, username = common.username, password = common.password, v6, name] = match;
    return new Connection({ ...common, username, password, host: v6 ?? name!, port });
  });
  return new memjs.Client(connections, { retries: 1, logger: SILENT_LOGGER });
}

function isClient(value: object): value is MemjsClient {
  const { servers, server, incrSeq } = value as Partial<MemjsClient>;
  return Array.isArray(servers) && typeof server === "function" && typeof incrSeq === "function";
}
