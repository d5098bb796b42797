import { now } from "../platform/clock.ts";
import type { Data } from "../contract/driver.ts";
import { runInBackground } from "../cache/configure.ts";

interface PendingWrite {
  readonly data: Data;
  readonly expires: number;
}

/**
 * Writes that go on behind the callers, who have their answers: what is on its way is seen by the next call of
 * this process as if it were there.
 */
export class PendingWrites {
  readonly #pending = new Map<string, PendingWrite>();
  readonly #running = new Set<Promise<void>>();

  get(key: string): Data | undefined {
    const pending = this.#pending.get(key);
    return pending && pending.expires > now() ? pending.data : undefined;
  }

  /**
   * Starts a write.
   *
   * @param send - rejects never; what goes wrong is reported by it
   * @returns when the store has answered
   */
  start(
    key: string,
    item: { readonly data: Data; readonly ttl: number },
    send: () => Promise<void>,
  ): Promise<void> {
    const pending: PendingWrite = { data: item.data, expires: now() + item.ttl };
    this.#pending.set(key, pending);
    const write = send().finally(() => {
      this.#running.delete(write);
      if (this.#pending.get(key) === pending) this.#pending.delete(key);
    });
    this.#running.add(write);
    runInBackground(write);
    return write;
  }

  /** Makes a value on its way unseen; true if there was one. */
  drop(key: string): boolean {
    return this.#pending.delete(key);
  }

  /** Resolves when what is on its way now has been written; not what comes later, which may never end. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
