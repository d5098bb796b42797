/** Concurrent callers that check every answer. */
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

/** The result of the functions in these tests; it identifies the call. */
export interface Answer {
  readonly n: number;
  readonly text: string;
}

export const answerTo = (n: number): Answer => ({ n, text: `the answer to ${n}` });

/** One call: its start, and its duration in milliseconds. */
export interface Sample {
  readonly start: number;
  readonly elapsed: number;
}

/** Milliseconds between two calls of one caller. */
const CALL_PAUSE_MS = 6;
const CALLERS = 8;
const LAG_INTERVAL_MS = 10;
/** Keys that are called repeatedly. Every fourth call uses a new key. */
export const STORED_KEYS: readonly number[] = Array.from({ length: 16 }, (_, index) => index);
const FIRST_NEW_KEY = 1000;

/** Callers of a function. Each one calls again after its answer, until `stop`. */
export class Load {
  readonly samples: Sample[] = [];
  /** Wrong answers and errors. */
  readonly wrong: unknown[] = [];
  /** The longest delay of a timer of this process in milliseconds: what a busy machine adds to any call. */
  lag = 0;
  readonly #lagTimer: NodeJS.Timeout;
  readonly #call: (n: number) => Promise<Answer>;
  readonly #callers: Promise<void>[];
  #calls = 0;
  #stopped = false;

  constructor(call: (n: number) => Promise<Answer>) {
    this.#call = call;
    let due = performance.now() + LAG_INTERVAL_MS;
    this.#lagTimer = setInterval(() => {
      this.lag = Math.max(this.lag, performance.now() - due);
      due = performance.now() + LAG_INTERVAL_MS;
    }, LAG_INTERVAL_MS);
    this.#callers = Array.from({ length: CALLERS }, () => this.#callRepeatedly());
  }

  /** Returns the calls that started in a period. */
  between(from: number, to: number): readonly Sample[] {
    return this.samples.filter(({ start }) => start >= from && start < to);
  }

  /** Resolves when the last call has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
    clearInterval(this.#lagTimer);
  }

  async #callRepeatedly(): Promise<void> {
    while (!this.#stopped) {
      const turn = this.#calls++;
      const n = turn % 4 === 3 ? FIRST_NEW_KEY + turn : STORED_KEYS[turn % STORED_KEYS.length]!;
      const start = performance.now();
      const answer = await this.#call(n).catch((error: unknown) => error);
      this.samples.push({ start, elapsed: performance.now() - start });
      if (!isDeepStrictEqual(answer, answerTo(n))) this.wrong.push({ n, answer });
      await pause(CALL_PAUSE_MS);
    }
  }
}
