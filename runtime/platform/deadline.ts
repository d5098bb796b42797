import { CacheError } from "../contract/errors.ts";
import { clearTimeout, performance, setTimeout } from "./real-timers.ts";
import { MAX_TIMER_MS } from "./timer.ts";

export const timeoutError = (what: string, ms: number): CacheError =>
  new CacheError("timeout", `${what} did not answer within ${ms} ms.`);

/**
 * Waits for a reply for at most `ms` milliseconds, and ignores one that comes later.
 *
 * @throws {CacheError} `timeout`
 */
export function within<T>(ms: number, what: string, reply: Promise<T>): Promise<T> {
  if (ms > MAX_TIMER_MS) return reply;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(timeoutError(what, ms));
    // If the process was busy, a reply that came in time is still unread: one more turn of the event loop reads it.
    let timer = setTimeout(() => (timer = setTimeout(giveUp)), ms);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Timer {
  ref?(): void;
  unref?(): void;
}

/**
 * The same deadline for many requests, with one timer for all of them. At thousands of requests per second, a timer for
 * each would cost more than the rest of the client's work.
 */
export class Deadline<T extends object> {
  readonly #ms: number;
  readonly #giveUp: (request: T) => void;
  /** The start of each pending request. The oldest comes first. */
  readonly #startedAt = new Map<T, number>();
  #timer: Timer | undefined;

  /** @param giveUp is called with each request that is still pending after `ms` milliseconds */
  constructor(ms: number, giveUp: (request: T) => void) {
    this.#ms = ms;
    this.#giveUp = giveUp;
  }

  start(request: T): void {
    if (this.#ms > MAX_TIMER_MS) return;
    this.#startedAt.set(request, performance.now());
    if (this.#timer === undefined) this.#set(this.#ms);
    // Pending requests keep the process alive; the timer alone does not.
    else if (this.#startedAt.size === 1) this.#timer.ref?.();
  }

  end(request: T): void {
    if (this.#startedAt.delete(request) && this.#startedAt.size === 0) this.#timer?.unref?.();
  }

  #set(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // If the process was busy, a reply that came in time is still unread: one more turn of the event loop reads it.
      if (this.#startedAt.size > 0) this.#timer = setTimeout(() => this.#expire());
    }, ms);
  }

  #expire(): void {
    this.#timer = undefined;
    const time = performance.now();
    for (const [request, startedAt] of this.#startedAt) {
      const left = startedAt + this.#ms - time;
      if (left > 0) return this.#set(Math.ceil(left));
      this.#startedAt.delete(request);
      this.#giveUp(request);
    }
  }
}
