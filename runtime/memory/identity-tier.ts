import { weakRef } from "../platform/weak-ref.ts";
import { Tier, type TierEntry } from "./tier.ts";
import { hashOfSlot } from "./hash-slot.ts";
import { BY_TEXT, denormalize, keyPlaceOfHash, type KeyPlace } from "./trie.ts";

/** The slots of a key, apart: objects that are told apart by `===`, and the others. */
export interface IdentityKey {
  /** Which of the identity slots hold objects: one bit each. */
  readonly mask: number;
  readonly objects: readonly object[];
  /** The other slots as keys of a `Map`, or {@link BY_TEXT} and their hash. */
  readonly path: readonly unknown[];
}

/** The place of a key with objects that are told apart by `===`. Runs in flight are found by its text. */
export class IdentityPlace implements KeyPlace, IdentityKey {
  readonly more: typeof BY_TEXT = BY_TEXT;
  readonly mask: number;
  readonly objects: readonly object[];
  readonly path: readonly unknown[];
  /** The text of the key, if `a` is a hash and somebody needs the text. */
  readonly b: string | undefined;
  readonly #write: (slots: readonly unknown[]) => unknown;
  readonly #tier: IdentityTier;
  #text: string | undefined = undefined;

  constructor(
    { mask, objects, path }: IdentityKey,
    {
      write,
      tier,
      text,
    }: {
      /** Writes the text of the slots. */
      write: (slots: readonly unknown[]) => unknown;
      tier: IdentityTier;
      text: string | undefined;
    },
  ) {
    this.mask = mask;
    this.objects = objects;
    this.path = path;
    this.b = text;
    this.#write = write;
    this.#tier = tier;
  }

  /** The text of the key; with a hash of the other slots, that and the texts of the objects. */
  get a(): string {
    const { path, objects } = this;
    return (this.#text ??= String(
      path[0] === BY_TEXT
        ? `${path[1] as string}${this.mask}${this.#tier.textOf(objects)}`
        : this.#write(this.#tier.join(this)),
    ));
  }
}

type PlaceOfObjects = KeyPlace & IdentityKey;

/** An entry, which only the weak maps of its objects hold: it is collected with one of them, even if its value holds it. */
export class IdentityEntry {
  readonly place: PlaceOfObjects;
  /** Its number in the tier. */
  readonly at: number;
  value: unknown = undefined;
  #promised = false;

  constructor(place: PlaceOfObjects, at: number) {
    this.place = place;
    this.at = at;
  }

  hold({ value, promised }: TierEntry): void {
    this.value = value;
    this.#promised = promised;
  }

  /** See `Tier.promise`. */
  promise(): Promise<unknown> {
    return Promise.resolve(this.value);
  }

  /** See `Tier.result`. */
  result(): unknown {
    return this.#promised ? Promise.resolve(this.value) : this.value;
  }
}

/** One level of nested maps: an object for each object of the key, then one for each of its other slots. */
type Level = WeakMap<object, Level | IdentityEntry> | Map<unknown, Level | IdentityEntry>;

/** What the columns of a tier hold of an entry. */
interface Cell {
  readonly ref: Pick<WeakRef<IdentityEntry>, "deref">;
  readonly at: number;
  readonly hash: number;
}

/** The place of an entry whose object was collected a moment ago. */
const GONE: KeyPlace = /* @__PURE__ */ keyPlaceOfHash("\0", undefined);

/** More objects of a key than a mask can tell apart are no identities. */
const MAX_OBJECTS = 30;

/** Whether a value has an identity of its own, and can be the key of a `WeakMap`. */
export const hasIdentity = (value: unknown): value is object =>
  typeof value === "function" || (typeof value === "object" && value !== null);

/**
 * A tier whose keys may hold objects that are told apart by `===`. Such an entry is found through weak maps, one for
 * each of these objects, and the columns of the tier refer to it weakly. So it goes when one of its objects does.
 */
export class IdentityTier extends Tier {
  /** The indexes of the slots whose objects are told apart by `===`. */
  readonly slots: readonly number[];
  /** Writes an object: `#1`. */
  readonly write: (value: object) => string;
  /** The maps of keys whose only object is in the first identity slot. */
  first: WeakMap<object, Level | IdentityEntry> = new WeakMap();
  /** The maps of other keys, by their mask. */
  #others = new Map<number, WeakMap<object, Level | IdentityEntry>>();
  #cells: (Cell | undefined)[] = [];
  /** Frees the numbers of entries that were collected. Not on Cloudflare Workers before May 2025. */
  readonly #collected =
    typeof FinalizationRegistry === "undefined"
      ? undefined
      : new FinalizationRegistry((cell: Cell) => {
          if (this.#cells[cell.at] === cell) this.drop(cell.at);
        });

  constructor(
    depth: number,
    max: number,
    { slots, write }: { slots: readonly number[]; write: (value: object) => string },
  ) {
    super(depth, max);
    this.slots = slots.slice(0, MAX_OBJECTS);
    this.write = write;
  }

  /** Takes the objects out of the slots of a key. The path holds the other slots as they are. */
  split(slots: readonly unknown[]): IdentityKey {
    let mask = 0;
    const objects: object[] = [];
    const path: unknown[] = [];
    for (const [index, slot] of slots.entries()) {
      const bit = hasIdentity(slot) ? this.slots.indexOf(index) : -1;
      if (bit < 0) path.push(slot);
      else {
        mask |= 1 << bit;
        objects.push(slot as object);
      }
    }
    return { mask, objects, path };
  }

  /** The opposite of {@link split}, of a path that is no hash. */
  join({ mask, objects, path }: IdentityKey): unknown[] {
    const [left, others] = [[...objects], [...path]];
    return Array.from({ length: objects.length + path.length }, (_, index) => {
      const bit = this.slots.indexOf(index);
      return bit >= 0 && mask & (1 << bit) ? left.shift() : denormalize(others.shift());
    });
  }

  textOf(objects: readonly object[]): string {
    return objects.map(this.write).join("");
  }

  /** Returns the entry of a key with objects. */
  entryOf({ mask, objects, path }: IdentityKey): IdentityEntry | undefined {
    let level = this.#rootOf(mask) as Map<unknown, unknown> | undefined;
    for (const object of objects) level = level?.get(object) as typeof level;
    for (const slot of path) level = level?.get(slot) as typeof level;
    return level as unknown as IdentityEntry | undefined;
  }

  override find(place: KeyPlace): number {
    return isIdentity(place) ? this.current(this.entryOf(place)?.at ?? -1) : super.find(place);
  }

  override put(place: KeyPlace, at: number): void {
    if (!isIdentity(place)) return super.put(place, at);
    this.size++;
    const entry = new IdentityEntry(place, at);
    const cell = { ref: weakRef(entry), at, hash: hashOfSlot(place.a) };
    this.#cells[at] = cell;
    this.#collected?.register(entry, cell);
    const keys = [...place.objects, ...place.path];
    let level = this.#rootOf(place.mask, true) as Map<unknown, unknown>;
    for (const [index, key] of keys.slice(0, -1).entries()) {
      let next = level.get(key);
      if (next === undefined)
        level.set(key, (next = index + 1 < place.objects.length ? new WeakMap() : new Map()));
      level = next as typeof level;
    }
    level.set(keys.at(-1), entry);
  }

  override remove(at: number): void {
    const cell = this.#cells[at];
    if (!cell) return super.remove(at);
    this.#cells[at] = undefined;
    this.size--;
    const entry = cell.ref.deref();
    if (entry) removeFrom(this.#rootOf(entry.place.mask)!, [...entry.place.objects, ...entry.place.path]);
  }

  override placeAt(at: number): KeyPlace {
    const cell = this.#cells[at];
    return cell ? (cell.ref.deref()?.place ?? GONE) : super.placeAt(at);
  }

  override valueAt(at: number): unknown {
    const cell = this.#cells[at];
    return cell ? cell.ref.deref()?.value : super.valueAt(at);
  }

  protected override hold(at: number, stored: TierEntry): void {
    const cell = this.#cells[at];
    cell?.ref.deref()?.hold(stored);
    super.hold(at, cell ? { ...stored, value: undefined } : stored);
  }

  override readonly hashAt = (at: number): number | undefined => this.#cells[at]?.hash;

  override clear(): void {
    super.clear();
    this.first = new WeakMap();
    this.#others.clear();
    this.#cells = [];
  }

  #rootOf(mask: number, isNeeded = false): WeakMap<object, Level | IdentityEntry> | undefined {
    if (mask === 1) return this.first;
    if (isNeeded && !this.#others.has(mask)) this.#others.set(mask, new WeakMap());
    return this.#others.get(mask);
  }
}

const isIdentity = (place: KeyPlace): place is PlaceOfObjects => "objects" in place;

/** Removes an entry, and maps of other slots that become empty. */
function removeFrom(level: Level, [key, ...rest]: readonly unknown[]): void {
  const map = level as Map<unknown, Level | IdentityEntry>;
  if (rest.length > 0) {
    const next = map.get(key) as Level;
    removeFrom(next, rest);
    if (!(next instanceof Map) || next.size > 0) return;
  }
  map.delete(key);
}
