const NEGATIVE_ZERO = Symbol("-0");
const NOT_A_NUMBER = Symbol("NaN");

/**
 * Names `-0` and `NaN` by symbols, since a `Map` takes `-0` for `0` and `===` never finds `NaN`.
 * Callers test `slot === 0 || slot !== slot` first, so other values pay two comparisons and no call.
 */
function odd(slot: unknown): unknown {
  return slot !== slot ? NOT_A_NUMBER : Object.is(slot, -0) ? NEGATIVE_ZERO : slot;
}

const plain = (slot: unknown): unknown => (slot === 0 || slot !== slot ? odd(slot) : slot);

/** Marks a place that is found by one text, because some slot is no primitive. */
const TEXT: readonly unknown[] = [];

/** Where something stands in a {@link Trie}: its slots, or the text of its key. */
export class KeyPlace {
  readonly a: unknown;
  readonly b: unknown;
  /** All slots where there are more than two; `TEXT` where `a` is a text. */
  readonly more: readonly unknown[] | undefined;

  constructor(a: unknown, b: unknown, more: readonly unknown[] | undefined) {
    this.a = a;
    this.b = b;
    this.more = more;
  }
}

/** The place of what has none yet. */
export const NO_PLACE: KeyPlace = /* @__PURE__ */ new KeyPlace(undefined, undefined, undefined);

/** The place of a key whose slots are all primitive. */
export function keyPlaceOf(slots: readonly unknown[]): KeyPlace {
  return slots.length > 2
    ? new KeyPlace(undefined, undefined, slots.map(plain))
    : new KeyPlace(plain(slots[0]), plain(slots[1]), undefined);
}

/** The place of a key that has to be found by its text. */
export function keyPlaceOfText(text: string): KeyPlace {
  return new KeyPlace(text, undefined, TEXT);
}

/** The slots of a place as they were given, or the text it is found by. */
export function slotsOf(place: KeyPlace, depth: number): unknown[] | string {
  if (place.more === TEXT) return place.a as string;
  return Array.from({ length: depth }, (_, index) => {
    const slot = slotAt(place, index);
    return slot === NEGATIVE_ZERO ? -0 : slot === NOT_A_NUMBER ? NaN : slot;
  });
}

/**
 * An array that takes anything from its start. One that held small integers first, and fractions or objects later,
 * would change its kind on the way, and what V8 compiled for it would be thrown away.
 */
export const column = (): unknown[] => [undefined];

/** A root with so many keys is split into so many shards. */
const LARGE = 2 ** 14;
const SHARDS = 64;

type Branch = Map<unknown, number | Branch>;

const slotAt = (place: KeyPlace, depth: number): unknown =>
  place.more ? place.more[depth] : depth === 0 ? place.a : place.b;

/**
 * Finds numbers (what is below: "things") by their slots without building a text: one `Map` a slot, and no `Map`
 * where one thing is alone behind a prefix (path compression), so that a first slot of high cardinality costs no
 * `Map` each. The slots of a thing stand in columns under its number, since an object for each takes more memory
 * than all the rest of it.
 *
 * Measured: a template-literal key of 13 or more characters is a rope, and flattening and hashing it at the
 * lookup costs ten times what two nested lookups do.
 */
export class Trie {
  readonly #depth: number;
  #root: Branch = new Map();
  /** In place of the root where that would be large. */
  #shards: Branch[] | undefined = undefined;
  #texts: Map<unknown, number> | undefined;
  /** The only slot or the first of two; all of them where there are more; the text of what is found by text. */
  #firsts: unknown[] = column();
  #seconds: unknown[] = column();
  size = 0;

  /** @param depth number of slots of every key; keys with an object among them are found by text. */
  constructor(depth: number) {
    this.#depth = Math.max(depth, 1);
  }

  /** The number of a thing, or -1. */
  get1(a: unknown): number {
    const next = this.#rootOf(a).get(a === 0 || a !== a ? odd(a) : a);
    return next === undefined ? -1 : (next as number);
  }

  get2(a: unknown, b: unknown): number {
    let next = this.#rootOf(a).get(a === 0 || a !== a ? odd(a) : a);
    if (next === undefined) return -1;
    const slot = b === 0 || b !== b ? odd(b) : b;
    if (typeof next === "number") return this.#seconds[next] === slot ? next : -1;
    next = next.get(slot);
    return next === undefined ? -1 : (next as number);
  }

  get3(a: unknown, b: unknown, c: unknown): number {
    let next = this.#rootOf(a).get(a === 0 || a !== a ? odd(a) : a);
    if (next === undefined) return -1;
    const second = b === 0 || b !== b ? odd(b) : b;
    const third = c === 0 || c !== c ? odd(c) : c;
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

  /** Finds by any number of slots; makes nothing on the way. */
  get(slots: readonly unknown[]): number {
    let next: number | Branch | undefined = this.#rootOf(slots[0]);
    let depth = 0;
    while (typeof next === "object") next = next.get(plain(slots[depth++]));
    if (next === undefined) return -1;
    for (; depth < this.#depth; depth++) if (this.#slotOf(next, depth) !== plain(slots[depth])) return -1;
    return next;
  }

  find({ a, b, more }: KeyPlace): number {
    if (more === TEXT) return this.#texts?.get(a) ?? -1;
    if (more) return this.get(more);
    return this.#depth > 1 ? this.get2(a, b) : this.get1(a);
  }

  /** Puts a thing in a place where there is none. */
  put(place: KeyPlace, thing: number): void {
    this.size++;
    if (place.more) this.#firsts[thing] = place.more === TEXT ? place.a : place.more;
    else {
      this.#firsts[thing] = place.a;
      if (this.#depth > 1) this.#seconds[thing] = place.b;
    }
    if (place.more === TEXT) {
      (this.#texts ??= new Map()).set(place.a, thing);
      return;
    }
    if (this.#root.size >= LARGE) this.#split();
    let branch = this.#rootOf(slotAt(place, 0));
    for (let depth = 0; ; depth++) {
      const slot = slotAt(place, depth);
      const next = depth + 1 < this.#depth ? branch.get(slot) : undefined;
      if (next === undefined) {
        branch.set(slot, thing);
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

  /** Takes out a thing that is there; an emptied branch goes with it. */
  remove(thing: number): void {
    this.size--;
    if (this.#isText(thing)) this.#texts!.delete(this.#firsts[thing]);
    else this.#cut(this.#rootOf(this.#slotOf(thing, 0)), thing, 0);
    // Else what is gone would keep its key alive.
    this.#firsts[thing] = undefined;
    if (this.#depth === 2) this.#seconds[thing] = undefined;
  }

  #rootOf(slot: unknown): Branch {
    return this.#shards === undefined ? this.#root : this.#shards[shardOf(slot)]!;
  }

  /**
   * Goes on with many small `Map`s: one that grows, or has had many keys deleted, is made anew as a whole, which
   * for a million keys takes a tenth of a second.
   */
  #split(): void {
    const shards = Array.from({ length: SHARDS }, (): Branch => new Map());
    for (const [slot, next] of this.#root) shards[shardOf(slot)]!.set(slot, next);
    this.#shards = shards;
    this.#root = new Map();
  }

  #cut(branch: Branch, thing: number, depth: number): void {
    const slot = this.#slotOf(thing, depth);
    const next = depth + 1 < this.#depth ? branch.get(slot) : undefined;
    if (typeof next === "object") {
      this.#cut(next, thing, depth + 1);
      if (next.size > 0) return;
    }
    branch.delete(slot);
  }

  /** Where a thing stands. */
  placeAt(thing: number): KeyPlace {
    const first = this.#firsts[thing];
    if (this.#isText(thing)) return keyPlaceOfText(first as string);
    return this.#depth > 2
      ? new KeyPlace(undefined, undefined, first as unknown[])
      : new KeyPlace(first, this.#seconds[thing], undefined);
  }

  /** Some 32 bits of the slots of a thing; another one may have the same. */
  protected hashAt(thing: number): number {
    let hash = 0;
    const depth = this.#isText(thing) ? 1 : this.#depth;
    for (let at = 0; at < depth; at++)
      hash = Math.imul(
        hash ^ hashOfSlots(depth === 1 ? this.#firsts[thing] : this.#slotOf(thing, at)),
        0x9e3779b1,
      );
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  clear(): void {
    this.#root = new Map();
    this.#shards = undefined;
    this.#texts = undefined;
    this.#firsts = column();
    this.#seconds = column();
    this.size = 0;
  }

  /** Makes the columns as long as they are to be: grown by single things, they would be half as long again. */
  protected grow(capacity: number): void {
    this.#firsts.length = capacity;
    if (this.#depth === 2) this.#seconds.length = capacity;
  }

  #isText(thing: number): boolean {
    return this.#texts?.get(this.#firsts[thing]) === thing;
  }

  #slotOf(thing: number, depth: number): unknown {
    if (this.#depth > 2) return (this.#firsts[thing] as readonly unknown[])[depth];
    return depth === 0 ? this.#firsts[thing] : this.#seconds[thing];
  }
}

/** Of a fraction, such as a latitude, some bits that tell it from its neighbours. */
function bitsOf(slot: number): number {
  const whole = slot | 0;
  return whole === slot ? whole : (slot * 0x9e3779b1) | 0;
}

/** Any shard does for what has none of its own, and for -0 and NaN under either name. */
function shardOf(slot: unknown): number {
  if (typeof slot === "number") return bitsOf(slot) & (SHARDS - 1);
  if (typeof slot !== "string") return 0;
  const { length } = slot;
  if (length < 3) return 0;
  const last =
    slot.charCodeAt(length - 1) + 10 * slot.charCodeAt(length - 2) + 100 * slot.charCodeAt(length - 3);
  return last & (SHARDS - 1);
}

/** Some 32 bits of a slot. */
function hashOfSlots(slot: unknown): number {
  if (typeof slot === "number") return bitsOf(slot);
  const text = typeof slot === "string" ? slot : String(slot);
  // Of a long text some 32 letters.
  const step = 1 + (text.length >> 5);
  let hash = text.length;
  for (let at = 0; at < text.length; at += step) hash = Math.imul(hash, 31) + text.charCodeAt(at);
  return hash | 0;
}
