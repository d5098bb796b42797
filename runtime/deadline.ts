import { CacheError } from "./errors.ts";

/** The longest that a timer can wait. */
const LONGEST = 2 ** 31 - 1;

/**
 * Waits for an answer no longer than `ms`; a late one is let go of.
 *
 * @throws {CacheError} `timeout`.
 */
export function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  if (ms > LONGEST) return answer;
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new CacheError("timeout", `${what} did not answer within ${ms} ms.`));
    // A process that was busy has not read yet what came in time: one round of the event loop reads it.
    let timer = setTimeout(() => (timer = setTimeout(late)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
