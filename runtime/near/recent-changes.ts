import { performance } from "../platform/real-timers.ts";

/** Changes are remembered at least this long, and at most twice as long. Slower reads are not kept. */
export const REMEMBERED_MS = 5000;

/** The most keys of a generation: with more, it ends early, and reads from before the one that is forgotten are not kept. */
const MAX_KEYS = 10_000;

/**
 * The keys that changed lately, in two generations.
 *
 * The message of a change and the reply to a read come on two connections, in any order. So a read notes the number of
 * the last change before it is sent, and what it found is not kept if its key has changed since.
 */
export class RecentChanges {
  /** The number of the last change. */
  #last = 0;
  /** The number of the last change of everything, or of the last one that was forgotten. */
  #all = 0;
  /** The number of the last change before those of {@link #recent}. */
  #before = 0;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();
  #turnedAt = 0;

  get last(): number {
    return this.#last;
  }

  add(key: string): void {
    const time = performance.now();
    if (this.#recent.size >= MAX_KEYS || time - this.#turnedAt > REMEMBERED_MS) this.#turn(time);
    this.#recent.set(key, ++this.#last);
  }

  addAll(): void {
    this.#all = this.#before = ++this.#last;
    this.#recent = new Map();
    this.#older = new Map();
  }

  /** Begins a generation, and forgets the one before the last. */
  #turn(time: number): void {
    const areBothOld = time - this.#turnedAt > 2 * REMEMBERED_MS;
    this.#older = areBothOld ? new Map<string, number>() : this.#recent;
    this.#all = areBothOld ? this.#last : this.#before;
    this.#before = this.#last;
    this.#recent = new Map();
    this.#turnedAt = time;
  }

  /** Whether a key has changed since a number, or may have. */
  hasSince(key: string, number: number): boolean {
    return number < this.#all || (this.#recent.get(key) ?? this.#older.get(key) ?? 0) > number;
  }
}
