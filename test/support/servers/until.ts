/** Polls for a condition. */
import { setTimeout as pause } from "node:timers/promises";

export interface UntilOptions {
  /** Milliseconds until it gives up; default 10,000. */
  readonly within?: number;
  /** Milliseconds between two checks; default 5. */
  readonly every?: number;
}

/**
 * Calls `check` until it returns something other than `false` or `undefined`, and returns that.
 *
 * A check that throws counts as `false`. Throws when the time is up; the message has `what` and the last
 * error.
 *
 * @example
 * await until("the replica is linked", async () => (await info(node)).includes("master_link_status:up"));
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  { within = 10_000, every = 5 }: UntilOptions = {},
): Promise<Exclude<Awaited<T>, false | undefined>> {
  const end = performance.now() + within;
  let last: unknown;
  do {
    try {
      const result = await check();
      if (result !== false && result !== undefined) return result as Exclude<Awaited<T>, false | undefined>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(every);
  } while (performance.now() < end);
  const why = last instanceof Error ? ` (${last.message})` : "";
  throw new Error(`waited ${within} ms without success until ${what}${why}`, { cause: last });
}
