import { runInBackground } from "../cache/configure.ts";
import type { Data } from "../contract/driver.ts";
import { now } from "../platform/clock.ts";

interface PendingWrite {
  readonly data: Data;
  readonly expires: number;
}

/**
 * Writes that run in the background, after their callers have their results. Calls of this process read a pending
 * value as if the store had it already.
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
   * @param send - reports its failures itself and never rejects
   * @returns a promise that resolves when the store has answered
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

  /** Hides a pending value from calls; true if there was one. */
  drop(key: string): boolean {
    return this.#pending.delete(key);
  }

  /** Resolves when the writes that run now have ended. Does not wait for later ones, which may never stop coming. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
