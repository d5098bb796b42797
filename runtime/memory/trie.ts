import { extensions } from "./extensions.ts";

// Registered symbols: a cache of another copy of the runtime finds them in the places of this copy.
const NEGATIVE_ZERO = Symbol.for("aotcache.-0");
const NOT_A_NUMBER = Symbol.for("aotcache.NaN");

/**
 * Replaces `-0` and `NaN` by symbols, because a `Map` treats `-0` as `0`, and `NaN === NaN` is false.
 * Callers test `slot === 0 || slot !== slot` first, so that other values cost two comparisons and no call.
 */
function normalizeNumber(slot: unknown): unknown {
  return slot !== slot ? NOT_A_NUMBER : Object.is(slot, -0) ? NEGATIVE_ZERO : slot;
}

/** Returns a slot as a key of a `Map` that tells `-0` from `0` and finds `NaN`. */
export const normalize = (slot: unknown): unknown =>
  slot === 0 || slot !== slot ? normalizeNumber(slot) : slot;

/** Marks the place of a key with a slot that is not a primitive. Such a key is found by its text, or by its hash. */
export const BY_TEXT: unique symbol = Symbol.for("aotcache.text");

/** The position of a key in a {@link Trie}: its slots, its text, or its hash. */
export class KeyPlace {
  readonly a: unknown;
  readonly b: unknown;
  /**
   * All slots if there are more than two; {@link BY_TEXT} if `a` is the text of the key, or its hash and `b` the text if
   * somebody needs it.
   */
  readonly more: readonly unknown[] | typeof BY_TEXT | undefined;

  constructor(a: unknown, b: unknown, more: readonly unknown[] | typeof BY_TEXT | undefined) {
    this.a = a;
    this.b = b;
    this.more = more;
  }
}

/** A placeholder for a place that is not known yet. */
export const NO_PLACE: KeyPlace = /* @__PURE__ */ new KeyPlace(undefined, undefined, undefined);

/** Returns the place of a key whose slots are all primitive. */
export function keyPlaceOf(slots: readonly unknown[]): KeyPlace {
  return slots.length > 2
    ? new KeyPlace(undefined, undefined, slots.map(normalize))
    : new KeyPlace(normalize(slots[0]), normalize(slots[1]), undefined);
}

/** Returns the place of a key that is found by its text. */
export function keyPlaceOfText(text: string): KeyPlace {
  return new KeyPlace(text, undefined, BY_TEXT);
}

/** Returns the place of a key that is found by its hash. Text of keys does not begin with a zero, as hashes do. */
export function keyPlaceOfHash(hash: string, text: string | undefined): KeyPlace {
  return new KeyPlace(hash, text, BY_TEXT);
}

/** The hash of a place that is found by it. */
export function hashOf({ a, more }: KeyPlace): string | undefined {
  return more === BY_TEXT && (a as string).charCodeAt(0) === 0 ? (a as string) : undefined;
}

/** Returns the original slots of a place, or its text; `undefined` for a hash whose text nobody needed. */
export function slotsOf(place: KeyPlace, depth: number): unknown[] | string | undefined {
  if (place.more === BY_TEXT) return (hashOf(place) === undefined ? place.a : place.b) as string | undefined;
  return Array.from({ length: depth }, (_, index) => {
    const slot = slotAt(place, index);
    return denormalize(slot);
  });
}

/** The opposite of {@link normalize}. */
export const denormalize = (slot: unknown): unknown =>
  slot === NEGATIVE_ZERO ? -0 : slot === NOT_A_NUMBER ? NaN : slot;

/**
 * Creates an array whose elements can be of any kind from the start. If an array holds only small integers first, and
 * fractions or objects later, V8 changes its elements kind and discards the code that was compiled for it.
 */
export const column = (): unknown[] => [undefined];

/** A root with more keys is split, see `shards.ts`. */
const MAX_ROOT_KEYS = 2 ** 14;

/** One level of nested maps. */
export type Branch = Map<unknown, number | Branch>;

const slotAt = (place: KeyPlace, depth: number): unknown =>
  typeof place.more === "object" ? place.more[depth] : depth === 0 ? place.a : place.b;

/**
 * Finds entries, which are numbers, by their slots without building a text. Each slot is one level of nested `Map`s. If
 * only one entry has a prefix, there is no `Map` for its other slots (path compression), so a first slot of high
 * cardinality does not cost a `Map` per value. The slots of all entries are stored in columns, because an object per
 * entry takes more memory than everything else.
 *
 * Measured: a key of 13 or more characters from a template literal is a rope, and flattening and hashing it at the
 * lookup takes ten times as long as two nested lookups.
 */
export class Trie {
  readonly #depth: number;
  #root: Branch = new Map();
  /** Returns the map that replaces the root for a slot, when the root has become large. */
  #shardFor: ((slot: unknown) => Branch) | undefined = undefined;
  #texts: Map<unknown, number> | undefined;
  /** The texts of hashes, where somebody needs them. */
  #textOfHash: Map<unknown, unknown> | undefined;
  /** Per entry: its only slot or the first of two, an array of all slots if there are more, or its text. */
  #firsts: unknown[] = column();
  #seconds: unknown[] = column();
  size = 0;

  /** @param depth number of slots of every key; a key with an object among them is found by its text */
  constructor(depth: number) {
    this.#depth = Math.max(depth, 1);
  }

  /** Returns the entry of a key with one slot, or -1. */
  get1(a: unknown): number {
    const next = this.#rootOf(a).get(a === 0 || a !== a ? normalizeNumber(a) : a);
    return next === undefined ? -1 : (next as number);
  }

  get2(a: unknown, b: unknown): number {
    let next = this.#rootOf(a).get(a === 0 || a !== a ? normalizeNumber(a) : a);
    if (next === undefined) return -1;
    const slot = b === 0 || b !== b ? normalizeNumber(b) : b;
    if (typeof next === "number") return this.#seconds[next] === slot ? next : -1;
    next = next.get(slot);
    return next === undefined ? -1 : (next as number);
  }

  get3(a: unknown, b: unknown, c: unknown): number {
    let next = this.#rootOf(a).get(a === 0 || a !== a ? normalizeNumber(a) : a);
    if (next === undefined) return -1;
    const second = b === 0 || b !== b ? normalizeNumber(b) : b;
    const third = c === 0 || c !== c ? normalizeNumber(c) : c;
    if (typeof next !== "number") {
      next = next.get(second);
      if (next === undefined) return -1;
      if (typeof next !== "number") {
        next = next.get(third);
        return next === undefined ? -1 : (next as number);
      }
    }
    const slots = this.#firsts[next] as readonly unknown[];
    return slots[1] === second && slots[2] === third ? next : -1;
  }

  /** Returns the entry of a key with any number of slots, or -1. Allocates nothing. */
  get(slots: readonly unknown[]): number {
    let next: number | Branch | undefined = this.#rootOf(slots[0]);
    let depth = 0;
    while (typeof next === "object") next = next.get(normalize(slots[depth++]));
    if (next === undefined) return -1;
    for (; depth < this.#depth; depth++) if (this.#slotOf(next, depth) !== normalize(slots[depth])) return -1;
    return next;
  }

  /** Returns the entry that is found by a text or a hash, or -1. */
  getText(text: string): number {
    return this.#texts?.get(text) ?? -1;
  }

  find({ a, b, more }: KeyPlace): number {
    if (more === BY_TEXT) return this.getText(a as string);
    return more ? this.get(more) : this.#depth > 1 ? this.get2(a, b) : this.get1(a);
  }

  /** Adds an entry at a place that has none. */
  put(place: KeyPlace, entry: number): void {
    this.size++;
    if (place.more) this.#firsts[entry] = place.more === BY_TEXT ? place.a : place.more;
    else {
      this.#firsts[entry] = place.a;
      if (this.#depth > 1) this.#seconds[entry] = place.b;
    }
    if (place.more === BY_TEXT) {
      (this.#texts ??= new Map()).set(place.a, entry);
      if (place.b !== undefined) (this.#textOfHash ??= new Map()).set(place.a, place.b);
      return;
    }
    if (this.#root.size >= MAX_ROOT_KEYS && extensions.split) {
      this.#shardFor = extensions.split(this.#root);
      this.#root = new Map();
    }
    let branch = this.#rootOf(slotAt(place, 0));
    for (let depth = 0; ; depth++) {
      const slot = slotAt(place, depth);
      const next = depth + 1 < this.#depth ? branch.get(slot) : undefined;
      if (next === undefined) {
        branch.set(slot, entry);
        return;
      }
      if (typeof next === "object") branch = next;
      else {
        const deeper: Branch = new Map([[this.#slotOf(next, depth + 1), next]]);
        branch.set(slot, deeper);
        branch = deeper;
      }
    }
  }

  /** Removes an entry, and branches that become empty. */
  remove(entry: number): void {
    this.size--;
    if (this.#isText(entry)) {
      this.#texts!.delete(this.#firsts[entry]);
      this.#textOfHash?.delete(this.#firsts[entry]);
    } else this.#removeFrom(this.#rootOf(this.#slotOf(entry, 0)), entry, 0);
    // Otherwise the key would stay alive.
    this.#firsts[entry] = undefined;
    if (this.#depth === 2) this.#seconds[entry] = undefined;
  }

  #rootOf(slot: unknown): Branch {
    return this.#shardFor === undefined ? this.#root : this.#shardFor(slot);
  }

  #removeFrom(branch: Branch, entry: number, depth: number): void {
    const slot = this.#slotOf(entry, depth);
    const next = depth + 1 < this.#depth ? branch.get(slot) : undefined;
    if (typeof next === "object") {
      this.#removeFrom(next, entry, depth + 1);
      if (next.size > 0) return;
    }
    branch.delete(slot);
  }

  /** Returns the place of an entry. */
  placeAt(entry: number): KeyPlace {
    const first = this.#firsts[entry];
    if (this.#isText(entry)) return new KeyPlace(first, this.#textOfHash?.get(first), BY_TEXT);
    return this.#depth > 2
      ? new KeyPlace(undefined, undefined, first as unknown[])
      : new KeyPlace(first, this.#seconds[entry], undefined);
  }

  clear(): void {
    this.#root = new Map();
    this.#shardFor = undefined;
    this.#texts = this.#textOfHash = undefined;
    this.#firsts = column();
    this.#seconds = column();
    this.size = 0;
  }

  /** Sets the length of the columns. If they grew by single elements, V8 would allocate half as much again. */
  protected grow(capacity: number): void {
    this.#firsts.length = capacity;
    if (this.#depth === 2) this.#seconds.length = capacity;
  }

  #isText(entry: number): boolean {
    return this.#texts?.get(this.#firsts[entry]) === entry;
  }

  #slotOf(entry: number, depth: number): unknown {
    if (this.#depth > 2) return (this.#firsts[entry] as readonly unknown[])[depth];
    return depth === 0 ? this.#firsts[entry] : this.#seconds[entry];
  }
}
