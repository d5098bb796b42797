import type { Socket } from "node:net";
import type { Cluster, Redis } from "ioredis";
import { afterTick } from "../platform/after-tick.ts";
import {
  CONNECT_TIMEOUT_MS,
  makeClient,
  NEVER_RESEND,
  NEVER_RESEND_CLUSTER,
  type NodeOptions,
} from "./make-client.ts";
import type { RedisTarget } from "./options.ts";
import { clearTimeout, performance, setTimeout } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";

/**
 * How long a connection may stay silent while replies are due, in parts of which each counts as its own length: a busy
 * process reads late, and that is no failure of the server. The option `socketTimeout` of ioredis does not tell.
 */
const SILENT_PARTS = 8;
const SILENT_PART_MS = 250;
/** How long `close()` waits for pending replies. */
const QUIT_TIMEOUT_MS = 500;
/** Shortest time between two reconnections because the connection was desynchronised. */
const MIN_RESYNC_INTERVAL_MS = 1000;

/** What ioredis has for each connection. */
interface NodeConnection {
  readonly stream?: Socket;
  /** The commands whose reply is due. */
  readonly commandQueue: { readonly length: number };
}

/** Errors of a healthy server that refuses one command, most often a write. Reads still work. */
const REFUSAL = /^(?:OOM|READONLY|NOREPLICAS|MISCONF|NOPERM|WRONGTYPE|ERR unknown command) /;

/** Errors for a command that this user may not run, or that the server, or a proxy before it, does not have. */
const REFUSED_COMMAND = /^(?:NOPERM .*(?:run|command)|ERR unknown command)/i;

/** The command that a server refuses in every case; `undefined` for every other error. */
export function refusedCommand(error: unknown): string | undefined {
  const { message, command } = error as { message?: string; command?: { name?: string } };
  return REFUSED_COMMAND.test(message ?? "") ? (command?.name ?? "").toUpperCase() : undefined;
}

/**
 * An ioredis client that fails fast, with the reason.
 *
 * While it has no connection, ioredis queues commands without a limit. Here, commands wait for the first attempt only.
 * Once that has failed, they fail at once until there is a connection again.
 */
export class RedisConnection {
  readonly client: Redis | Cluster;
  /** Whether this class made the client, and closes it. */
  readonly isOwn: boolean;
  /** Whether this is a further connection beside that of the cache. */
  readonly #isFurther: boolean;
  /** Why the last attempt to connect failed; `undefined` before it and while there is a connection. */
  #down: Error | undefined;
  /** The last error of a connection. */
  #lastError: Error | undefined;
  #attempts = 0;
  #isWatching = false;
  /** When a desynchronised connection was last replaced. */
  #resyncedAt = -Infinity;
  #opening: Promise<void> | undefined;
  #settle: ((error?: Error) => void) | undefined;
  /** Commands that the server has refused in this process. */
  readonly #refused = new Set<string>();
  readonly #onRefusal: (error: Error) => void;
  readonly #listeners: readonly (readonly [event: string, listener: (error: Error) => void])[];

  /** @param onRefusal called once for each command that the server refuses and others can replace */
  constructor(
    target: RedisTarget | { readonly kind: "further"; readonly client: Redis | Cluster },
    onRefusal: (error: Error) => void,
  ) {
    this.client = target.kind === "client" || target.kind === "further" ? target.client : makeClient(target);
    this.isOwn = target.kind !== "client";
    this.#isFurther = target.kind === "further";
    this.#onRefusal = onRefusal;
    this.#listeners = [
      ["ready", () => this.#opened()],
      ["error", (error) => this.#failed(error)],
      // A server that accepts a connection and closes it causes no `error` event.
      ["reconnecting", () => ++this.#attempts > 1 && this.#failed(this.#lastError)],
      ["end", () => this.#failed(new Error("The connection is closed."))],
    ];
    // Also on the user's client: ioredis prints errors that have no listener, and the cache reports them already.
    for (const [event, listener] of this.#listeners) this.client.on(event, listener);
    this.#addMaxListeners(1);
  }

  get cluster(): Cluster | undefined {
    return this.client.isCluster ? (this.client as Cluster) : undefined;
  }

  /** The prefix that the client adds to every key. */
  get keyPrefix(): string {
    return this.client.options.keyPrefix ?? "";
  }

  /** Sends commands once there is a connection. Rejects if there is none within {@link CONNECT_TIMEOUT_MS}. */
  async run<T>(send: (client: Redis) => Promise<T>): Promise<T> {
    this.watch();
    try {
      if (this.client.status !== "ready") await this.#open();
    } catch (error) {
      // The first connection tells whether the server can be reached.
      throw this.#isFurther ? Object.assign(error as Error, { partial: true }) : error;
    }
    this.#cork();
    try {
      // A `Cluster` has the same methods for commands.
      return await send(this.client as Redis);
    } catch (error) {
      throw this.explain(error as Error);
    }
  }

  /** Ends connections of this class that stay silent while replies are due. Checks until none is due. */
  watch(): void {
    if (this.#isWatching || !this.isOwn) return;
    this.#isWatching = true;
    const silent = new Map<unknown, { bytes: number; parts: number }>();
    const check = (): void => {
      const nodes = this.cluster?.nodes() ?? [this.client];
      this.#isWatching = false;
      for (const { stream, commandQueue } of nodes as unknown as readonly NodeConnection[]) {
        if (!stream || commandQueue.length === 0) continue;
        this.#isWatching = true;
        const last = silent.get(stream);
        if (last?.bytes !== stream.bytesRead) silent.set(stream, { bytes: stream.bytesRead, parts: 0 });
        else if (++last.parts === SILENT_PARTS)
          stream.destroy(new Error(`Redis did not answer within ${SILENT_PARTS * SILENT_PART_MS} ms.`));
      }
      if (this.#isWatching) unref(setTimeout(check, SILENT_PART_MS));
    };
    unref(setTimeout(check, SILENT_PART_MS));
  }

  /**
   * Runs a command; if the server refuses it in every case, does the same with other commands, from now on at once.
   *
   * @param instead `undefined` if no other command does the same
   */
  async allowed<T>(
    command: string,
    run: () => Promise<T>,
    instead: (() => Promise<T>) | undefined,
  ): Promise<T> {
    if (instead && this.#refused.has(command)) return instead();
    try {
      return await run();
    } catch (error) {
      if (!instead || refusedCommand(error) === undefined) throw error;
      if (!this.#refused.has(command)) {
        this.#refused.add(command);
        this.#onRefusal(this.explain(error as Error));
      }
      return instead();
    }
  }

  /** Whether the client sends commands again whose reply was lost: the server may then execute them twice. */
  get resends(): boolean {
    if (this.isOwn) return false;
    const { cluster } = this;
    if (cluster) return (cluster.options.retryDelayOnFailover ?? 1) > 0;
    const { autoResendUnfulfilledCommands, maxRetriesPerRequest } = (this.client as Redis).options;
    return autoResendUnfulfilledCommands !== false && maxRetriesPerRequest !== 0;
  }

  /**
   * A further connection to the same server, which sends no command twice. It reads numbers as text, because ioredis
   * reads those near the largest safe integer inexactly.
   */
  duplicate(): RedisConnection {
    const { cluster } = this;
    const exact = { stringNumbers: true } as const;
    const client = cluster
      ? cluster.duplicate([], {
          ...{ ...NEVER_RESEND_CLUSTER, lazyConnect: true, scaleReads: "master" as const },
          redisOptions: { ...(cluster.options.redisOptions as NodeOptions), ...exact },
        })
      : (this.client as Redis).duplicate({ ...NEVER_RESEND, ...exact, lazyConnect: true });
    return new RedisConnection({ kind: "further", client }, this.#onRefusal);
  }

  /**
   * Sends the commands of one tick in one packet. Many runs end together, and ioredis writes each command separately,
   * which takes longer than all other work for it. Does nothing on a cluster, whose nodes have their own sockets.
   */
  #cork(): void {
    const { stream } = this.client as { readonly stream?: Partial<Socket> };
    if (!stream?.cork || stream.writableCorked !== 0) return;
    stream.cork();
    afterTick(() => stream.uncork?.());
  }

  /** Waits for pending replies, up to half a second, and closes the connections. Leaves the user's client open. */
  async close(): Promise<void> {
    if (this.isOwn) {
      const { client } = this;
      if (client.status === "ready") {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise((resolve) => (timer = setTimeout(resolve, QUIT_TIMEOUT_MS)));
        await Promise.race([client.quit().catch(() => undefined), late]);
        clearTimeout(timer);
      }
      if (client.status !== "end") client.disconnect();
      this.#settle?.(new Error("The connection is closed."));
      return; // The listeners stay, so that ioredis does not print late errors.
    }
    for (const [event, listener] of this.#listeners) this.client.off(event, listener);
    this.#addMaxListeners(-1);
  }

  /** Many caches may share a client: their listeners must not look like a leak to Node.js. */
  #addMaxListeners(count: 1 | -1): void {
    const { client } = this;
    const max = client.getMaxListeners();
    if (max > 0) client.setMaxListeners(max + count);
  }

  /**
   * Replaces a desynchronised connection and returns the error for the caller. On such a connection a reply was lost,
   * so each command gets the reply of the next one; a new connection starts in order.
   */
  desynchronised(): Error {
    const time = performance.now();
    // Once for all commands that the connection still answers, and not in a loop if there is another cause.
    if (this.isOwn && this.client.status === "ready" && time - this.#resyncedAt > MIN_RESYNC_INTERVAL_MS) {
      this.#resyncedAt = time;
      this.client.disconnect(true);
    }
    return new Error("Redis sent the reply to another command.");
  }

  #open(): Promise<void> {
    const { client } = this;
    if (client.status === "end") return Promise.reject(new Error("The connection is closed."));
    if (this.#down) return Promise.reject(unreachable(this.#down));
    this.#opening ??= new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.#failed(this.#lastError), CONNECT_TIMEOUT_MS);
      this.#settle = (error) => {
        clearTimeout(timer);
        this.#opening = this.#settle = undefined;
        if (error) reject(unreachable(error));
        else resolve();
      };
    });
    if (client.status === "wait")
      client.connect().catch((error: unknown) => (this.#lastError ??= error as Error));
    return this.#opening;
  }

  #opened(): void {
    this.#attempts = 0;
    this.#down = this.#lastError = undefined;
    this.#settle?.();
  }

  #failed(error = new Error(`No connection within ${CONNECT_TIMEOUT_MS} ms.`)): void {
    // If a cluster reached no node, the error of the last node has the reason.
    this.#lastError = (error as { lastNodeError?: Error | null }).lastNodeError ?? error;
    if (this.client.status === "ready") return;
    this.#down = this.#lastError;
    this.#settle?.(this.#lastError);
  }

  /** Whether one master of several is lost: reads from the others still work. */
  #isOfOneNode(error: Error): boolean {
    if (error.name === "ReplyError") return false;
    return this.cluster?.nodes("master").some((node) => node.status === "ready") === true;
  }

  /**
   * The error for the caller. It is `partial` if only one node, or only writes, fail. When a connection breaks, ioredis
   * rejects commands with a message about `maxRetriesPerRequest`, which this replaces by the error of the connection.
   */
  explain(error: Error): Error {
    if (REFUSAL.test(error.message) || this.#isOfOneNode(error))
      return Object.assign(error, { partial: true, refused: refusedCommand(error) });
    if (error.name !== "MaxRetriesPerRequestError") return error;
    const lost = new Error(this.#lastError?.message ?? "The connection was lost.", { cause: error });
    // The next command waits for the new connection, or fails at once.
    return Object.assign(lost, { partial: true });
  }
}

function unreachable(cause: Error): Error {
  return new Error(`Redis cannot be reached: ${cause.message}`, { cause });
}
