import { CacheError } from "../contract/errors.ts";
import { MAX_TIMER_MS } from "./timer.ts";

/** What comes too late. */
export const late = (what: string, ms: number): CacheError =>
  new CacheError("timeout", `${what} did not answer within ${ms} ms.`);

/**
 * Waits for an answer no longer than `ms`; a late one is let go of.
 *
 * @throws {CacheError} `timeout`.
 */
export function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  if (ms > MAX_TIMER_MS) return answer;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(late(what, ms));
    // A process that was busy has not read yet what came in time: one round of the event loop reads it.
    let timer = setTimeout(() => (timer = setTimeout(giveUp)), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Timer {
  ref?(): void;
  unref?(): void;
}

/**
 * The same deadline for many things under way, by one timer for all: what is asked thousands of times a second
 * would spend more on setting and clearing timers than on anything else of its own.
 */
export class Deadline<T extends object> {
  readonly #ms: number;
  readonly #giveUp: (thing: T) => void;
  /** The oldest is the first. */
  readonly #since = new Map<T, number>();
  #timer: Timer | undefined;
  /** What set the timer: fake timers, once they are gone, take those along that they have set. */
  #clock: typeof setTimeout | undefined;

  /** @param giveUp is called with what is still there after `ms` milliseconds */
  constructor(ms: number, giveUp: (thing: T) => void) {
    this.#ms = ms;
    this.#giveUp = giveUp;
  }

  start(thing: T): void {
    if (this.#ms > MAX_TIMER_MS) return;
    this.#since.set(thing, performance.now());
    if (this.#timer === undefined || this.#clock !== setTimeout) this.#set(this.#ms);
    // A process is kept from ending by what it waits for, and not by the timer of what is over.
    else if (this.#since.size === 1) this.#timer.ref?.();
  }

  end(thing: T): void {
    if (this.#since.delete(thing) && this.#since.size === 0) this.#timer?.unref?.();
  }

  #set(ms: number): void {
    this.#clock = setTimeout;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A process that was busy has not read yet what came in time: one round of the event loop reads it.
      if (this.#since.size > 0) this.#timer = setTimeout(() => this.#look());
    }, ms);
  }

  #look(): void {
    this.#timer = undefined;
    const time = performance.now();
    for (const [thing, since] of this.#since) {
      const left = since + this.#ms - time;
      if (left > 0) return this.#set(Math.ceil(left));
      this.#since.delete(thing);
      this.#giveUp(thing);
    }
  }
}
