import { createRequire } from "node:module";
import type { Writable } from "node:stream";
import type { Cluster, ClusterOptions, Redis, RedisOptions as ClientOptions } from "ioredis";
import { afterTick } from "../platform/after-tick.ts";
import { CacheError } from "../contract/errors.ts";
import { loadOptionalPeer } from "../platform/optional-peer.ts";
import type { RedisTarget } from "./options.ts";

/** Milliseconds that a command waits for a connection; those that come later fail at once until there is one. */
const PATIENCE = 2000;
/** Milliseconds between two reconnections because a server turned out to be a replica. */
const REPLICA_PAUSE = 5000;

/** A server that is well and does not take this, most often a write: what it has, it still gives. */
const REFUSAL = /^(?:OOM|READONLY|NOREPLICAS|MISCONF|NOPERM|WRONGTYPE) /;

/** Milliseconds between two new connections because answers were in disorder. */
const RENEWAL_PAUSE = 1000;

const require = createRequire(import.meta.url);

/**
 * A client that never makes anybody wait for long, and tells why it fails.
 *
 * ioredis keeps commands in a queue while it has no connection, for as long as that takes. Here they wait for the
 * first attempt only; once that failed, they fail at once, until a connection stands again.
 */
export class RedisConnection {
  readonly client: Redis | Cluster;
  readonly #own: boolean;
  /** Why there is no connection, since the last attempt failed. */
  #down: Error | undefined;
  /** The last thing that went wrong with a connection. */
  #last: Error | undefined;
  #attempts = 0;
  /** When the connection was given up because it was in disorder. */
  #renewed = -Infinity;
  #opening: Promise<void> | undefined;
  #settle: ((error?: Error) => void) | undefined;
  readonly #listeners: readonly (readonly [event: string, listener: (error: Error) => void])[];

  /** @param onReady is called whenever a connection stands, perhaps to another server than before */
  constructor(target: RedisTarget, onReady: () => void) {
    this.client = target.kind === "client" ? target.client : makeClient(target);
    this.#own = target.kind !== "client";
    this.#listeners = [
      ["ready", () => [this.#opened(), onReady()]],
      ["error", (error) => this.#failed(error)],
      // A server that accepts a connection and closes it makes no error.
      ["reconnecting", () => ++this.#attempts > 1 && this.#failed(this.#last)],
      ["end", () => this.#failed(new Error("The connection is closed."))],
    ];
    // Also on a client that was given: the cache reports what fails, so nothing need be printed about it.
    for (const [event, listener] of this.#listeners) this.client.on(event, listener);
  }

  get cluster(): Cluster | undefined {
    return this.client.isCluster ? (this.client as Cluster) : undefined;
  }

  /** The text that the client puts before every key. */
  get keyPrefix(): string {
    return this.client.options.keyPrefix ?? "";
  }

  /** Sends commands as soon as there is a connection; fails if there will be none soon. */
  async run<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    if (this.client.status !== "ready") await this.#open();
    this.#gather();
    try {
      // Commands have the same form on both.
      return await send(this.client as Redis);
    } catch (error) {
      throw this.explained(error as Error);
    }
  }

  /**
   * Lets what is sent in one tick travel in one packet: results of many runs end together, and ioredis writes each
   * command by itself, which takes longer than everything else about it. A cluster's nodes have sockets of their own.
   */
  #gather(): void {
    const { stream } = this.client as { readonly stream?: Partial<Writable> };
    if (!stream?.cork || stream.writableCorked !== 0) return;
    stream.cork();
    afterTick(() => stream.uncork?.());
  }

  /** Ends the connections, those of a client that was given excepted. Waits for answers, but not for long. */
  async close(): Promise<void> {
    if (this.#own) {
      const { client } = this;
      if (client.status === "ready") {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE / 4)));
        await Promise.race([client.quit().catch(() => undefined), late]);
        clearTimeout(timer);
      }
      if (client.status !== "end") client.disconnect();
      this.#settle?.(new Error("The connection is closed."));
      return; // The listeners stay: what comes late is nobody's error.
    }
    for (const [event, listener] of this.#listeners) this.client.off(event, listener);
  }

  /**
   * An answer is to something else than what was asked: one before it was lost, and every caller would get the
   * next one's. On a new connection they are in order again.
   */
  isDesynchronised(): Error {
    const time = performance.now();
    // Not for each of those that the connection still answers; nor again and again, if it is for another reason.
    if (this.#own && this.client.status === "ready" && time - this.#renewed > RENEWAL_PAUSE) {
      this.#renewed = time;
      this.client.disconnect(true);
    }
    return new Error("Redis answered something else than what was asked.");
  }

  #open(): Promise<void> {
    const { client } = this;
    if (client.status === "end") return Promise.reject(new Error("The connection is closed."));
    if (this.#down) return Promise.reject(unreachable(this.#down));
    this.#opening ??= new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#failed(this.#last), PATIENCE);
      this.#settle = (error) => {
        clearTimeout(timer);
        this.#opening = this.#settle = undefined;
        if (error) reject(unreachable(error));
        else resolve();
      };
    });
    if (client.status === "wait") client.connect().catch((error: unknown) => (this.#last ??= error as Error));
    return this.#opening;
  }

  #opened(): void {
    this.#attempts = 0;
    this.#down = this.#last = undefined;
    this.#settle?.();
  }

  #failed(error = new Error(`No connection within ${PATIENCE} ms.`)): void {
    // A cluster that found no node says so of the last one.
    this.#last = (error as { lastNodeError?: Error | null }).lastNodeError ?? error;
    if (this.client.status === "ready") return;
    this.#down = this.#last;
    this.#settle?.(this.#last);
  }

  /** The connection to one master is lost while there are others: what these have, they still give. */
  #isOfOneNode(error: Error): boolean {
    if (error.name === "ReplyError") return false;
    return this.cluster?.nodes("master").some((node) => node.status === "ready") === true;
  }

  /** When a connection breaks, ioredis tells each command which option says how often it was sent. */
  explained(error: Error): Error {
    if (REFUSAL.test(error.message) || this.#isOfOneNode(error))
      return Object.assign(error, { partial: true });
    if (error.name !== "MaxRetriesPerRequestError") return error;
    return new Error(this.#last?.message ?? "The connection was lost.", { cause: error });
  }
}

function unreachable(cause: Error): Error {
  return new Error(`Redis cannot be reached: ${cause.message}`, { cause });
}

/** 50 ms, then twice as long each time up to a second, and a little at random so that clients spread. */
function pauseBefore(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt - 1, 10), 1000) * (0.9 + 0.2 * Math.random());
}

/**
 * No command is sent twice, since it may have been done the first time: `maxRetriesPerRequest: 0` rejects what is
 * under way when a connection breaks. `socketTimeout` ends a connection on which answers are due and none come.
 */
function serverDefaults(): ClientOptions {
  let reconnected = -Infinity;
  return {
    connectTimeout: PATIENCE,
    socketTimeout: PATIENCE,
    maxRetriesPerRequest: 0,
    retryStrategy: pauseBefore,
    sentinelRetryStrategy: pauseBefore,
    sentinelCommandTimeout: PATIENCE,
    // A name that stands for the master may lead to another server by now. A server that only reads for long is
    // not asked again and again.
    reconnectOnError: (error) => {
      const again = error.message.startsWith("READONLY") && performance.now() - reconnected > REPLICA_PAUSE;
      if (again) reconnected = performance.now();
      return again;
    },
  };
}

const CLUSTER_DEFAULTS: ClusterOptions = {
  clusterRetryStrategy: pauseBefore,
  // What is under way when a node is lost is not sent again; the next command finds the new master.
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  maxRedirections: 8,
};

/** ioredis types a client by its `replyMapping`, which makes no difference to what is asked here. */
type Plain<T> = Omit<T, "replyMapping">;
type NodeOptions = Plain<NonNullable<ClusterOptions["redisOptions"]>>;

function nodeDefaults(): NodeOptions {
  return { connectTimeout: PATIENCE, socketTimeout: PATIENCE, enableReadyCheck: false };
}

function makeClient(target: Exclude<RedisTarget, { kind: "client" }>): Redis | Cluster {
  const ioredis = loadOptionalPeer(
    { entry: "aotcache/redis", name: "ioredis" },
    () => require("ioredis") as typeof import("ioredis"),
  );
  try {
    if (target.kind === "cluster") {
      return new ioredis.Cluster([...target.nodes], {
        ...CLUSTER_DEFAULTS,
        ...target.options,
        lazyConnect: target.options.lazyConnect ?? true,
        // A node that is loading says so to each command.
        redisOptions: { ...nodeDefaults(), ...(target.options.redisOptions as NodeOptions) },
      });
    }
    const options: Plain<ClientOptions> = {
      ...serverDefaults(),
      // A server that is loading says so to each command. Behind sentinels the check is for its role, too.
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
 * Checks what ioredis read from the options, the URL among them: with a `db` that is no number it would stay in
 * the first database, and end the process with a rejection that nobody could handle.
 */
function checkNumbers(client: Redis): void {
  const { port = 6379, db = 0 } = client.options;
  const isPort = Number.isInteger(port) && port > 0 && port < 65536;
  if (isPort && Number.isInteger(db) && db >= 0) return;
  client.disconnect();
  throw new CacheError(
    "option-value",
    isPort
      ? `redis(): \`db\` is a whole number, like \`0\`, and not ${db}.`
      : `redis(): \`port\` is a whole number from 1 to 65535, and not ${port}.`,
  );
}
