import { createRequire } from "node:module";
import { checkOptions, REMOTE_OPTION_NAMES } from "../cache/options.ts";
import { CacheError } from "../contract/errors.ts";
import { Connection } from "./connection.ts";
import type { Memjs, MemjsClient } from "./memjs.ts";
import { loadOptionalPeer } from "../platform/optional-peer.ts";

const require = createRequire(import.meta.url);

/** Where the servers of a Memcached cache are, or a client of memjs that knows. */
export interface MemcachedOptions {
  /** `host:port` of each server, separated by commas; port 11211 where none is given. Default: `localhost:11211`. */
  servers?: string;
  /** For servers that want SASL authentication (plain). Default: none. */
  username?: string;
  password?: string;
  /** A client of memjs that is there already; it keeps its own time-outs, and stays open. */
  client?: object;
}

const OPTIONS: readonly string[] = [
  "servers",
  "username",
  "password",
  "client",
] satisfies (keyof MemcachedOptions)[];

/** `user:password@` (as memjs has it), then a name, an address or an IPv6 address in brackets, then a port. */
const SERVER = /^(?:([^:@]*):([^@]*)@)?(?:\[([\da-f:.]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?$/i;

/**
 * Gives the client that the options describe.
 *
 * @param timeout - milliseconds that a server may be silent
 * @throws {CacheError} `option-unknown`, `option-value`, `option-conflict` or `peer-missing`.
 */
export function clientOf(options: MemcachedOptions, timeout: number): MemjsClient {
  checkOptions("memcached()", options, [...OPTIONS, ...REMOTE_OPTION_NAMES]);
  const { servers = "localhost:11211", username, password, client } = options;
  for (const [name, value] of Object.entries({ servers, username, password })) {
    if (value === undefined || (typeof value === "string" && value !== "")) continue;
    const help = name === "servers" ? "`host:port`, several separated by commas" : "one, or leave it out";
    throw new CacheError("option-value", `memcached()'s \`${name}\` is no text; write ${help}.`);
  }
  if ((username === undefined) !== (password === undefined)) {
    throw new CacheError("option-conflict", "memcached() needs `username` and `password` both, or neither.");
  }
  if (client === undefined) return connectTo(servers, { username, password, timeout });
  if (!isClient(client)) {
    throw new CacheError(
      "option-value",
      "memcached()'s `client` is no client of memjs; write one that `Client.create()` made.",
    );
  }
  if (options.servers !== undefined || username !== undefined) {
    throw new CacheError("option-conflict", "memcached() takes a `client` or where to connect, not both.");
  }
  return client;
}

const SILENT = { log(): void {} };

function connectTo(
  servers: string,
  common: {
    readonly username: string | undefined;
    readonly password: string | undefined;
    readonly timeout: number;
  },
): MemjsClient {
  const memjs = loadOptionalPeer(
    { entry: "aotcache/memcached", name: "memjs" },
    () => require("memjs") as Memjs,
  );
  const connections = servers.split(",").map((text) => {
    const match = SERVER.exec(text.trim());
    const port = Number(match?.[5] ?? 11211);
    if (!match || port < 1 || port > 65535) {
      throw new CacheError(
        "option-value",
        `\`${text.slice(text.lastIndexOf("@") + 1)}\` is no server; write \`host:port\`, several separated by commas.`,
      );
    }
    const [, username = common.username, password = common.password, v6, name] = match;
    return new Connection({ ...common, username, password, host: v6 ?? name!, port });
  });
  return new memjs.Client(connections, { retries: 1, logger: SILENT });
}

function isClient(value: object): value is MemjsClient {
  const { servers, server, incrSeq } = value as Partial<MemjsClient>;
  return Array.isArray(servers) && typeof server === "function" && typeof incrSeq === "function";
}
