import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

/** What the functions of these tests give: tells whose answer it is. */
export interface Answer {
  readonly n: number;
  readonly text: string;
}

export const answerTo = (n: number): Answer => ({ n, text: `the answer to ${n}` });

/** One call: when it began, and how long it took, in milliseconds. */
export interface Sample {
  readonly began: number;
  readonly took: number;
}

/** Milliseconds between two calls of one caller. */
const PAUSE = 6;
const CALLERS = 8;
const BEAT = 10;
/** Keys that are asked for again and again; each fourth call is of a key that nobody asked for. */
export const KEPT: readonly number[] = Array.from({ length: 16 }, (_, index) => index);
const FIRST_NEW = 1000;

/** Callers of a function, each of which calls again as soon as it is answered, from now until `stop`. */
export class Load {
  readonly samples: Sample[] = [];
  /** Answers that were not those of the call, and errors. */
  readonly wrong: unknown[] = [];
  /** The most that a timer of this process came late, in milliseconds: what a busy machine adds to any call. */
  lag = 0;
  readonly #heart: NodeJS.Timeout;
  readonly #call: (n: number) => Promise<Answer>;
  readonly #callers: Promise<void>[];
  #calls = 0;
  #stopped = false;

  constructor(call: (n: number) => Promise<Answer>) {
    this.#call = call;
    let due = performance.now() + BEAT;
    this.#heart = setInterval(() => {
      this.lag = Math.max(this.lag, performance.now() - due);
      due = performance.now() + BEAT;
    }, BEAT);
    this.#callers = Array.from({ length: CALLERS }, () => this.#goOn());
  }

  /** Calls that began in a span of time. */
  between(start: number, end: number): readonly Sample[] {
    return this.samples.filter(({ began }) => began >= start && began < end);
  }

  /** Resolves when the last call is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
    clearInterval(this.#heart);
  }

  async #goOn(): Promise<void> {
    while (!this.#stopped) {
      const turn = this.#calls++;
      const n = turn % 4 === 3 ? FIRST_NEW + turn : KEPT[turn % KEPT.length]!;
      const began = performance.now();
      const answer = await this.#call(n).catch((error: unknown) => error);
      this.samples.push({ began, took: performance.now() - began });
      if (!isDeepStrictEqual(answer, answerTo(n))) this.wrong.push({ n, answer });
      await pause(PAUSE);
    }
  }
}
