import { runInBackground } from "../cache/configure.ts";
import type { Data } from "../contract/driver.ts";
import { now } from "../platform/clock.ts";
import type { Read } from "./read-batch.ts";

/** A result on its way to the store. */
interface PendingWrite {
  /** The start of the entry that it replaces. */
  readonly replaces: string;
  /** When its run began, in the order of `RemoteClient.nextOrder`. */
  readonly order: number;
  readonly content: Data;
  readonly expires: number;
}

/**
 * Writes that run in the background, after their callers have their results. Calls of this process get a pending value
 * as if the store had it already.
 */
export class PendingWrites {
  readonly #readsSettled: () => Promise<void>;
  /** A new map whenever it is empty: see `Reads`. */
  #pending = new Map<string, PendingWrite>();
  readonly #running = new Set<Promise<void>>();

  /** @param readsSettled resolves when the reads that were sent before have settled */
  constructor(readsSettled: () => Promise<void>) {
    this.#readsSettled = readsSettled;
  }

  /** The number of values that are on their way. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * The pending value for a call that has read the store; `undefined` if there is none, or if the key has been removed
   * since the run of the value began.
   */
  contentFor(read: Read): Data | undefined {
    const pending = this.#pending.size === 0 ? undefined : this.#pending.get(read.key);
    if (!pending || pending.expires <= now() || read.error !== undefined) return undefined;
    const isCurrent =
      pending.order > read.batch.order ||
      (pending.replaces === read.entryStart && read.hasTagsOf(pending.content));
    return isCurrent ? pending.content : undefined;
  }

  /**
   * Adds a write that has begun.
   *
   * @param written - resolves when the store has answered; never rejects
   */
  add(key: string, pending: PendingWrite, written: Promise<void>): void {
    this.addAll([[key, pending]], written);
  }

  /** {@link add} for several keys of one write. */
  addAll(all: readonly (readonly [key: string, pending: PendingWrite])[], written: Promise<void>): void {
    for (const [key, pending] of all) this.#pending.set(key, pending);
    const write = written.finally(() => {
      this.#running.delete(write);
      // On another connection, a read that found the entry before may be answered after the write.
      void this.#readsSettled().then(() => {
        for (const [key, pending] of all) if (this.#pending.get(key) === pending) this.#pending.delete(key);
        if (this.#pending.size === 0) this.#pending = new Map();
      });
    });
    this.#running.add(write);
    runInBackground(write);
  }

  /** Resolves when the writes that run now have ended. Does not wait for later ones, which may never stop coming. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
