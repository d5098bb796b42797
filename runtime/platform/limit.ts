/** Runs at most `max` tasks at a time; the others wait in the order of their calls. */
export class Limit {
  readonly #max: number;
  #running = 0;
  /** Those that wait, the last one last, and those before them, the first one last: `shift()` would move all others. */
  #last: (() => void)[] = [];
  #first: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#max) this.#running++;
    // A task that ends passes its place on.
    else await new Promise<void>((resolve) => this.#last.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#next();
      if (next) next();
      else this.#running--;
    }
  }

  #next(): (() => void) | undefined {
    if (this.#first.length === 0) [this.#first, this.#last] = [this.#last.reverse(), []];
    return this.#first.pop();
  }
}
