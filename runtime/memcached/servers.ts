import { CacheError } from "../contract/errors.ts";
import { within } from "../platform/deadline.ts";
import { ClearLog } from "./clear-log.ts";
import { Connection } from "./connection.ts";
import { exchange, readKeys, ServerLost, type Answers, type Command, type Values } from "./protocol.ts";
import type { MemjsClient, MemjsServer } from "./memjs.ts";

/** Milliseconds for memjs's own connections to answer or fail: some of them never do, and others wait behind them. */
const PATIENCE = 5000;

/** One of the servers, with what was cleared on it. */
export interface ServerState {
  readonly clears: ClearLog;
  /** Sends without a look at what was cleared. */
  readonly send: (commands: readonly Command[]) => Promise<Answers>;
  /** Whether it failed when it was last asked. */
  lost: boolean;
}

/** The servers of a client: which has which key, and how they are. */
export class Servers {
  readonly client: MemjsClient;
  readonly #places: ReadonlyMap<MemjsServer, ServerState>;
  readonly #waiting = new Set<Promise<unknown>>();
  #closed = false;

  constructor(client: MemjsClient) {
    this.client = client;
    this.#places = new Map(client.servers.map((server) => [server, this.#place(server)]));
  }

  of(key: string): ServerState {
    const server = this.client.server(key);
    const place = server && this.#places.get(server);
    if (!place) throw new ServerLost("memjs has no server left for this key.");
    return place;
  }

  /** Does something on each server that has keys among these, at once on all; waits for all, then throws. */
  async spread<T>(
    items: readonly T[],
    keyOf: (item: T) => string,
    run: (place: ServerState, items: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const groups = new Map<ServerState, T[]>();
    for (const item of items) {
      const place = this.of(keyOf(item));
      const group = groups.get(place);
      if (group) group.push(item);
      else groups.set(place, [item]);
    }
    await all(Array.from(groups, ([place, group]) => run(place, group)));
  }

  async everywhere(run: (place: ServerState) => Promise<void>): Promise<void> {
    await all(Array.from(this.#places.values(), run));
  }

  /** Waits for what is under way, then refuses everything. */
  async close(): Promise<void> {
    // One thing may take several round trips, each of which begins when the one before has ended.
    for (let round = 0; round < 8 && this.#waiting.size > 0; round++) await Promise.allSettled(this.#waiting);
    this.#closed = true;
  }

  #place(server: MemjsServer): ServerState {
    const ask = <T>(answer: () => Promise<T>): Promise<T> => {
      if (this.#closed)
        return Promise.reject(new CacheError("closed", "The connection to memcached is closed."));
      const { host, port } = server;
      const answers = server instanceof Connection ? answer() : within(PATIENCE, `${host}:${port}`, answer());
      this.#waiting.add(answers);
      return answers.then(
        (given) => {
          this.#waiting.delete(answers);
          place.lost = false;
          return given;
        },
        (error: unknown) => {
          this.#waiting.delete(answers);
          place.lost = error instanceof ServerLost;
          if (error instanceof ServerLost) error.partial = this.#someoneIsWell();
          throw error;
        },
      );
    };
    const send = (commands: readonly Command[]): Promise<Answers> =>
      ask(() => exchange(this.client, server, commands));
    const read = (keys: readonly string[]): Promise<Values> => ask(() => readKeys(this.client, server, keys));
    const place: ServerState = { clears: new ClearLog(send, read), send, lost: false };
    return place;
  }

  #someoneIsWell(): boolean {
    return [...this.#places.values()].some((place) => !place.lost);
  }
}

async function all(runs: readonly Promise<void>[]): Promise<void> {
  if (runs.length === 1) return runs[0];
  const failed = (await Promise.allSettled(runs)).find((run) => run.status === "rejected");
  if (failed) throw failed.reason;
}
