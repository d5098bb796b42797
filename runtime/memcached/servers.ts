import { CacheError } from "../contract/errors.ts";
import { within } from "../platform/deadline.ts";
import { ClearLog } from "./clear-log.ts";
import { Connection } from "./connection.ts";
import type { MemjsClient, MemjsServer } from "./memjs.ts";
import { exchange, readKeys, ServerLost, type Answers, type Command, type Values } from "./protocol.ts";

/**
 * Timeout of requests through memjs's own connections, which a user's client has: some requests would never settle, and
 * later ones wait for them.
 */
const MEMJS_TIMEOUT_MS = 5000;

/** How often `close()` waits again. One operation may take several round trips, each sent after the one before. */
const MAX_CLOSING_ROUNDS = 8;

/** One server and its clear log. */
export interface ServerState {
  readonly clears: ClearLog;
  /** Sends commands without reading the clear log. */
  readonly send: (commands: readonly Command[]) => Promise<Answers>;
  /** Whether the last request failed. */
  isLost: boolean;
}

/** The servers of a client: finds the server of a key, and knows which ones are lost. */
export class Servers {
  readonly client: MemjsClient;
  readonly #states: ReadonlyMap<MemjsServer, ServerState>;
  readonly #pending = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(client: MemjsClient) {
    this.client = client;
    this.#states = new Map(client.servers.map((server) => [server, this.#newState(server)]));
  }

  of(key: string): ServerState {
    const server = this.client.server(key);
    const state = server && this.#states.get(server);
    if (!state) throw new ServerLost("memjs has no server left for this key.");
    return state;
  }

  /** Groups items by the server of their key and runs all groups at once. Waits for all, then throws the first error. */
  async spread<T>(
    items: readonly T[],
    keyOf: (item: T) => string,
    run: (server: ServerState, items: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const groups = new Map<ServerState, T[]>();
    for (const item of items) {
      const server = this.of(keyOf(item));
      const group = groups.get(server);
      if (group) group.push(item);
      else groups.set(server, [item]);
    }
    await all(Array.from(groups, ([server, group]) => run(server, group)));
  }

  async onEach(run: (server: ServerState) => Promise<void>): Promise<void> {
    await all(Array.from(this.#states.values(), run));
  }

  /** Waits for pending requests, then refuses new ones. */
  async close(): Promise<void> {
    for (let round = 0; round < MAX_CLOSING_ROUNDS && this.#pending.size > 0; round++)
      await Promise.allSettled(this.#pending);
    this.#isClosed = true;
  }

  #newState(server: MemjsServer): ServerState {
    const request = <T>(start: () => Promise<T>): Promise<T> => {
      if (this.#isClosed)
        return Promise.reject(new CacheError("closed", "The connection to memcached is closed."));
      const { host, port } = server;
      const pending =
        server instanceof Connection ? start() : within(MEMJS_TIMEOUT_MS, `${host}:${port}`, start());
      this.#pending.add(pending);
      return pending.then(
        (answer) => {
          this.#pending.delete(pending);
          state.isLost = false;
          return answer;
        },
        (error: unknown) => {
          this.#pending.delete(pending);
          state.isLost = error instanceof ServerLost;
          if (error instanceof ServerLost) error.partial = this.#hasHealthyServer();
          throw error;
        },
      );
    };
    const send = (commands: readonly Command[]): Promise<Answers> =>
      request(() => exchange(this.client, server, commands));
    const read = (keys: readonly string[]): Promise<Values> =>
      request(() => readKeys(this.client, server, keys));
    const state: ServerState = { clears: new ClearLog(send, read), send, isLost: false };
    return state;
  }

  #hasHealthyServer(): boolean {
    return [...this.#states.values()].some((state) => !state.isLost);
  }
}

async function all(runs: readonly Promise<void>[]): Promise<void> {
  if (runs.length === 1) return runs[0];
  const failed = (await Promise.allSettled(runs)).find((run) => run.status === "rejected");
  if (failed) throw failed.reason;
}
