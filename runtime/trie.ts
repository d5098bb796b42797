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

/** Where something stands in a {@link Trie}: its slots, or the text of its key. Entries and flights extend it. */
export class Place {
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

/** The place of a key whose slots are all primitive. */
export function placeOf(slots: readonly unknown[]): Place {
  return slots.length > 2
    ? new Place(undefined, undefined, slots.map(plain))
    : new Place(plain(slots[0]), plain(slots[1]), undefined);
}

/** The place of a key that has to be found by its text. */
export function placeOfText(text: string): Place {
  return new Place(text, undefined, TEXT);
}

/** The slots of a place as they were given, or the text it is found by. */
export function slotsOf(place: Place, depth: number): unknown[] | string {
  if (place.more === TEXT) return place.a as string;
  return Array.from({ length: depth }, (_, index) => {
    const slot = slotAt(place, index);
    return slot === NEGATIVE_ZERO ? -0 : slot === NOT_A_NUMBER ? NaN : slot;
  });
}

type Branch<T> = Map<unknown, T | Branch<T>>;

const slotAt = (place: Place, depth: number): unknown =>
  place.more ? place.more[depth] : depth === 0 ? place.a : place.b;

/**
 * Finds things by their slots without building a text: one `Map` a slot, and no `Map` where one thing is
 * alone behind a prefix (path compression), so that a first slot of high cardinality costs no `Map` each.
 *
 * Measured: a template-literal key of 13 or more characters is a rope, and flattening and hashing it at the
 * lookup costs ten times what two nested lookups do.
 */
export class Trie<T extends Place> {
  readonly #depth: number;
  #root: Branch<T> = new Map();
  #texts: Map<unknown, T> | undefined;
  size = 0;

  /** @param depth number of slots of every key; keys with an object among them are found by text. */
  constructor(depth: number) {
    this.#depth = Math.max(depth, 1);
  }

  get1(a: unknown): T | undefined {
    return this.#root.get(a === 0 || a !== a ? odd(a) : a) as T | undefined;
  }

  get2(a: unknown, b: unknown): T | undefined {
    const next = this.#root.get(a === 0 || a !== a ? odd(a) : a);
    if (next === undefined) return undefined;
    const slot = b === 0 || b !== b ? odd(b) : b;
    if (next instanceof Map) return next.get(slot) as T | undefined;
    return next.b === slot ? next : undefined;
  }

  get3(a: unknown, b: unknown, c: unknown): T | undefined {
    let next = this.#root.get(a === 0 || a !== a ? odd(a) : a);
    if (next === undefined) return undefined;
    const second = b === 0 || b !== b ? odd(b) : b;
    const third = c === 0 || c !== c ? odd(c) : c;
    if (next instanceof Map) {
      next = next.get(second);
      if (next === undefined) return undefined;
      if (next instanceof Map) return next.get(third) as T | undefined;
    }
    return next.more![1] === second && next.more![2] === third ? next : undefined;
  }

  /** Finds by any number of slots; makes nothing on the way. */
  get(slots: readonly unknown[]): T | undefined {
    let next: T | Branch<T> | undefined = this.#root;
    let depth = 0;
    while (next instanceof Map) next = next.get(plain(slots[depth++]));
    if (next === undefined) return undefined;
    for (; depth < this.#depth; depth++) if (slotAt(next, depth) !== plain(slots[depth])) return undefined;
    return next;
  }

  find(place: Place): T | undefined {
    if (place.more === TEXT) return this.#texts?.get(place.a);
    let next: T | Branch<T> | undefined = this.#root;
    for (let depth = 0; next instanceof Map; depth++) next = next.get(slotAt(place, depth));
    return next !== undefined && this.#same(next, place) ? next : undefined;
  }

  /** Puts a thing in its place; gives back what stood there. */
  put(thing: T): T | undefined {
    const [branch, slot, old] = this.#seat(thing);
    branch.set(slot, thing);
    if (old === undefined) this.size++;
    return old;
  }

  /** The branch and slot where a thing belongs, and what of the same key is there; makes room for it. */
  #seat(thing: T): [branch: Map<unknown, T | Branch<T>>, slot: unknown, old: T | undefined] {
    if (thing.more === TEXT) {
      const texts = (this.#texts ??= new Map());
      return [texts, thing.a, texts.get(thing.a)];
    }
    let branch = this.#root;
    for (let depth = 0; ; depth++) {
      const slot = slotAt(thing, depth);
      const next = branch.get(slot);
      if (next instanceof Map) {
        branch = next;
        continue;
      }
      if (next === undefined || this.#same(next, thing)) return [branch, slot, next];
      const deeper: Branch<T> = new Map([[slotAt(next, depth + 1), next]]);
      branch.set(slot, deeper);
      branch = deeper;
    }
  }

  /** Takes out what stands in a place; an emptied branch goes with it. */
  remove(place: Place): T | undefined {
    if (place.more === TEXT) {
      const there = this.#texts?.get(place.a);
      if (there !== undefined && this.#texts!.delete(place.a)) this.size--;
      return there;
    }
    const path: Branch<T>[] = [];
    let next: T | Branch<T> | undefined = this.#root;
    while (next instanceof Map) {
      path.push(next);
      next = next.get(slotAt(place, path.length - 1));
    }
    if (next === undefined || !this.#same(next, place)) return undefined;
    for (let depth = path.length - 1; depth >= 0; depth--) {
      path[depth]!.delete(slotAt(place, depth));
      if (path[depth]!.size > 0) break;
    }
    this.size--;
    return next;
  }

  clear(): void {
    this.#root = new Map();
    this.#texts = undefined;
    this.size = 0;
  }

  #same(one: Place, other: Place): boolean {
    for (let depth = 0; depth < this.#depth; depth++) {
      if (slotAt(one, depth) !== slotAt(other, depth)) return false;
    }
    return true;
  }
}
