import type { ChainableCommander } from "ioredis";
import { Mutex } from "../platform/mutex.ts";
import type { RedisConnection } from "./connection.ts";
import type { Script } from "./scripts.ts";

/** A change of a value that is made only if the value starts with a text. */
export interface Comparison {
  readonly key: string;
  readonly start: string;
  /** Makes the change in one step. Its first argument is `start`. */
  readonly script: Script;
  /** The further arguments of the script. */
  readonly args: readonly (string | Buffer)[];
  /** Adds the change to a transaction, for servers that allow no scripts. */
  readonly change: (transaction: ChainableCommander) => unknown;
}

/**
 * Compares and changes values in one step: by a script, or by WATCH and MULTI where the server allows no scripts.
 *
 * A transaction takes two round trips, and WATCH counts for a whole connection. So transactions have a connection of
 * their own and run one after the other. A cluster would need one for each node, and has none.
 */
export class Comparisons {
  readonly #connection: RedisConnection;
  /** The connection for transactions. */
  #transactions: RedisConnection | undefined;
  readonly #mutex = new Mutex();

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Whether the change was made. */
  async run(comparison: Comparison): Promise<boolean> {
    const { script, key, start, args } = comparison;
    const byScript = (): Promise<unknown> =>
      this.#connection.run((client) => script.run(client, [key], start, ...args));
    const byTransaction = this.#connection.cluster
      ? undefined
      : () => this.#mutex.run("", () => this.#inTransaction(comparison));
    const done = Number(await this.#connection.allowed("evalsha", byScript, byTransaction));
    if (done !== 0 && done !== 1) throw this.#connection.desynchronised();
    return done === 1;
  }

  async close(): Promise<void> {
    await this.#transactions?.close();
  }

  #inTransaction({ key, start, change }: Comparison): Promise<number> {
    this.#transactions ??= this.#connection.duplicate();
    return this.#transactions.run(async (client) => {
      await client.watch(key);
      const { stream } = client as { readonly stream?: unknown };
      if ((await client.getrange(key, 0, Buffer.byteLength(start) - 1)) !== start) {
        await client.unwatch();
        return 0;
      }
      // On a new connection, which watches nothing, the change would be made in any case.
      if (client.status !== "ready" || (client as { readonly stream?: unknown }).stream !== stream)
        throw new Error("The connection was lost.");
      const transaction = client.multi();
      change(transaction);
      const replies = await transaction.exec();
      for (const [error] of replies ?? []) if (error) throw error;
      return replies ? 1 : 0;
    });
  }
}

/**
 * Adds to a counter without a script. Returns the sum as text; `null` if it is no safe integer.
 *
 * @param connection - one that {@link RedisConnection.duplicate} made: it reads large numbers exactly
 */
export async function incrementPlainly(
  connection: RedisConnection,
  key: string,
  delta: number,
  expiry: readonly ["PX", string] | readonly [],
): Promise<string | null> {
  return connection.run(async (client) => {
    const batch = client.pipeline();
    // A counter that exists keeps its expiry.
    batch.set(key, 0, ...(expiry as ["PX", string]), "NX");
    batch.incrby(key, delta);
    const [, [error, sum] = []] = (await batch.exec()) ?? [];
    if (error && /not an integer|overflow|WRONGTYPE/.test(error.message)) return null;
    if (error) throw error;
    if (Number.isSafeInteger(Number(sum))) return String(sum);
    await client.decrby(key, delta);
    return null;
  });
}
