/** Runs tasks with the same key one after the other, in the order of their calls. */
export class Mutex {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(key: string, run: () => Promise<T>): Promise<T> {
    return this.runAll([key], run);
  }

  /** Runs a task when all its keys are free. It joins the queues of all keys at once, so there is no deadlock. */
  runAll<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const earlier = keys.flatMap((key) => this.#last.get(key) ?? []);
    const current = earlier.length > 0 ? Promise.allSettled(earlier).then(run) : run();
    for (const key of keys) this.#last.set(key, current);
    const release = (): void => {
      for (const key of keys) if (this.#last.get(key) === current) this.#last.delete(key);
    };
    current.then(release, release);
    return current;
  }
}
