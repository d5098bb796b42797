import { withoutTrailing } from "../key/shape.ts";
import { isPrimitive } from "../key/encode.ts";
import { hashSlots } from "../key/hash.ts";
import { isRecord } from "../key/hash-objects.ts";
import { missing } from "../key/shape.ts";
import { keyPlaceOf, Trie } from "../memory/trie.ts";
import type { CachedFunction } from "./cached-function.ts";

/** Arguments that are not of the shape, beyond those that are, after which no shape is tried any more. */
const MAX_MISFITS = 32;
/** What a function has that was called with no record. */
const NO_RECORDS = /* @__PURE__ */ new Trie(1);
/** Hashes that are remembered besides those of entries. */
const SPARE_HASHES = 512;

/**
 * The hashes of records that an uncompiled function was called with: its first argument is an object of primitives, with
 * the properties that the first such argument had. The lookup takes two fifths of the time that the hash takes.
 *
 * A hash depends on the values alone, so what is remembered is never wrong, whatever happens to the entries.
 */
export class RecordHashes {
  readonly #cachedFn: CachedFunction;
  /** The names of the properties; `undefined` until an argument has shown them. */
  #names: readonly string[] | undefined;
  /** What was read last. */
  #values: unknown[] = [];
  #trie: Trie = NO_RECORDS;
  #hashes: string[] = [];
  #misfits = 0;
  /** Whether an argument is being read: a getter may call the function. */
  #isReading = false;

  constructor(cachedFn: CachedFunction) {
    this.#cachedFn = cachedFn;
  }

  /** The hash of arguments; `undefined` if they are not of the shape. */
  find(args: readonly unknown[]): string | undefined {
    if (this.#misfits > MAX_MISFITS || this.#isReading) return undefined;
    const first = args[0];
    this.#isReading = true;
    try {
      if (typeof first === "object" && first !== null && this.#read(first, args)) {
        if (this.#misfits > 0) this.#misfits--;
        const known = this.#trie.get(this.#values);
        return known < 0 ? this.#add(args) : this.#hashes[known];
      }
    } catch {
      // A trap or a getter that throws does so again for the next reader.
    } finally {
      this.#isReading = false;
    }
    this.#misfits++;
    return undefined;
  }

  /** Reads the values that make the key. Returns `false` if the arguments are not of the shape. */
  #read(first: object, args: readonly unknown[]): boolean {
    if (!isRecord(first)) return false;
    const names = (this.#names ??= this.#learn(first, args.length));
    const values = this.#values;
    if (names.length + args.length - 1 !== values.length) return false;
    let at = 0;
    for (const name in first) {
      const value = name === names[at] ? first[name] : missing;
      if (!isPrimitive(value)) return false;
      values[at++] = value;
    }
    if (at !== names.length) return false;
    for (let index = 1; index < args.length; index++) {
      if (!isPrimitive(args[index])) return false;
      values[at++] = args[index];
    }
    return true;
  }

  #learn(record: object, count: number): readonly string[] {
    const names = Object.keys(record);
    this.#values = Array.from({ length: names.length + count - 1 });
    this.#forget();
    return names;
  }

  /** Hashes what was read, not the argument: a getter may return something else the next time. */
  #add(args: readonly unknown[]): string | undefined {
    const values = this.#values;
    if (!this.#cachedFn.fits(values)) return undefined;
    if (this.#trie.size > 2 * this.#cachedFn.tier.size + SPARE_HASHES) this.#forget();
    const record = Object.fromEntries(this.#names!.map((name, index) => [name, values[index]]));
    const hash = hashSlots(withoutTrailing(this.#cachedFn.spec.parts, [record, ...args.slice(1)]), false);
    if (hash !== undefined) this.#trie.put(keyPlaceOf(values), this.#hashes.push(hash) - 1);
    return hash;
  }

  #forget(): void {
    this.#trie = new Trie(this.#values.length);
    this.#hashes = [];
  }
}
