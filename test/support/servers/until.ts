import { setTimeout as pause } from "node:timers/promises";

export interface Patience {
  /** Milliseconds until it gives up; 10,000 if left out. */
  readonly within?: number;
  /** Milliseconds between two looks; 5 if left out. */
  readonly every?: number;
}

/**
 * Looks again and again until `look` returns something other than `false` or `undefined`, and returns that.
 *
 * A look that throws counts as one that saw nothing. Throws when the time is over, with `what` and the last
 * error in its message.
 *
 * @example
 * await until("the replica is linked", async () => (await info(node)).includes("master_link_status:up"));
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { within = 10_000, every = 5 }: Patience = {},
): Promise<Exclude<Awaited<T>, false | undefined>> {
  const end = performance.now() + within;
  let last: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== false && seen !== undefined) return seen as Exclude<Awaited<T>, false | undefined>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(every);
  } while (performance.now() < end);
  const why = last instanceof Error ? ` (${last.message})` : "";
  throw new Error(`waited ${within} ms in vain until ${what}${why}`, { cause: last });
}
