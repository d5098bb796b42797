import { CacheError } from "../contract/errors.ts";
import { clearTimeout, performance, setTimeout } from "./real-timers.ts";
import { MAX_TIMER_MS, unref } from "./timer.ts";

export const timeoutError = (what: string, ms: number): CacheError =>
  new CacheError("timeout", `${what} did not answer within ${ms} ms.`);

/** Parts in which a deadline is measured. */
const PARTS = 8;

/**
 * The milliseconds since a time by `performance.now()` that count for a deadline: at most twice those for which a timer
 * was set. While the process is busy with other work, a reply that has arrived is not read, and that is no failure of
 * the store.
 */
export const countedMs = (since: number, timerMs: number): number =>
  Math.min(performance.now() - since, 2 * timerMs);

/**
 * Waits for a reply for at most `ms` milliseconds of free event loop, and ignores one that comes later.
 *
 * @throws {CacheError} `timeout`
 */
export function within<T>(ms: number, what: string, reply: Promise<T>): Promise<T> {
  if (ms > MAX_TIMER_MS) return reply;
  return new Promise((resolve, reject) => {
    let left = ms;
    const wait = (): ReturnType<typeof setTimeout> => {
      const since = performance.now();
      const partMs = Math.min(ms / PARTS, left);
      return setTimeout(() => {
        left -= countedMs(since, partMs);
        if (left > 0) timer = wait();
        else reject(timeoutError(what, ms));
      }, partMs);
    };
    let timer = wait();
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Timer {
  ref?(): void;
}

/**
 * The same deadline for many requests, with one timer for all of them. At thousands of requests per second, a timer for
 * each would cost more than the rest of the client's work.
 */
export class Deadline<T extends object> {
  readonly #ms: number;
  readonly #partMs: number;
  readonly #giveUp: (request: T) => void;
  /** The start of each pending request, in free time. The oldest comes first. */
  readonly #startedAt = new Map<T, number>();
  #timer: Timer | undefined;
  /** The free time that has passed until the timer was last set, in milliseconds, and when that was. */
  #freeMs = 0;
  #setAt = 0;

  /** @param giveUp is called with each request that is still pending after `ms` milliseconds of free event loop */
  constructor(ms: number, giveUp: (request: T) => void) {
    this.#ms = ms;
    this.#partMs = ms / PARTS;
    this.#giveUp = giveUp;
  }

  start(request: T): void {
    if (this.#ms > MAX_TIMER_MS) return;
    if (this.#timer === undefined) this.#set();
    // Pending requests keep the process alive; the timer alone does not.
    else if (this.#startedAt.size === 0) this.#timer.ref?.();
    this.#startedAt.set(request, this.#freeMs + countedMs(this.#setAt, this.#partMs));
  }

  end(request: T): void {
    if (this.#startedAt.delete(request) && this.#startedAt.size === 0) unref(this.#timer);
  }

  #set(): void {
    this.#setAt = performance.now();
    this.#timer = setTimeout(() => {
      this.#freeMs += countedMs(this.#setAt, this.#partMs);
      this.#timer = undefined;
      this.#expire();
    }, this.#partMs);
  }

  #expire(): void {
    for (const [request, startedAt] of this.#startedAt) {
      if (startedAt + this.#ms > this.#freeMs) break;
      this.#startedAt.delete(request);
      this.#giveUp(request);
    }
    if (this.#startedAt.size > 0) this.#set();
  }
}
