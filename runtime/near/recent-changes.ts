import { performance } from "../platform/real-timers.ts";

/** Changes are remembered at least this long, and at most twice as long. Slower reads are not kept. */
export const REMEMBERED_MS = 5000;

/**
 * The keys that changed lately.
 *
 * The message of a change and the reply to a read come on two connections, in any order. So a read notes the number of
 * the last change before it is sent, and what it found is not kept if its key has changed since.
 */
export class RecentChanges {
  /** The number of the last change. */
  #last = 0;
  /** The number of the last change of everything. */
  #all = 0;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #turnedAt = 0;

  get last(): number {
    return this.#last;
  }

  add(key: string): void {
    const time = performance.now();
    if (time - this.#turnedAt > REMEMBERED_MS) {
      this.#older = time - this.#turnedAt > 2 * REMEMBERED_MS ? new Map<string, number>() : this.#recent;
      this.#recent = new Map();
      this.#turnedAt = time;
    }
    this.#recent.set(key, ++this.#last);
  }

  addAll(): void {
    this.#all = ++this.#last;
    this.#recent.clear();
    this.#older.clear();
  }

  /** Whether a key has changed since a number, or may have. */
  hasSince(key: string, number: number): boolean {
    return number < this.#all || (this.#recent.get(key) ?? this.#older.get(key) ?? 0) > number;
  }
}
