/** Lets those who want the same key do it one after the other, in the order in which they came. */
export class Mutex {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, run: () => Promise<T>): Promise<T> {
    return this.runAll([key], run);
  }

  /** Waits for the turns of all keys together. Everybody queues for all of theirs at once, so none waits in a circle. */
  runAll<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const mine = before.length > 0 ? Promise.allSettled(before).then(run) : run();
    for (const key of keys) this.#last.set(key, mine);
    const leave = (): void => {
      for (const key of keys) if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(leave, leave);
    return mine;
  }
}
