/** Adds objects to the values that have a hash. */
import { cacheKey, encode, NO_KEY } from "./encode.ts";
import { ARRAY, BUFFER_UNITS, Hasher, OBJECT, RECORD, STRING, TEXT, useHasher } from "./hash.ts";
import { NameTree } from "./name-tree.ts";

/** Limits as in `encode.ts`: a value that nests deeper, or refers to more objects, has no key. */
const MAX_DEPTH = 1000;
const MAX_OBJECTS = 1_000_000;

// Read when the module is loaded, so that later patches have no effect.
const { propertyIsEnumerable, toString } = Object.prototype;
const { assign, getOwnPropertyDescriptors, getOwnPropertySymbols, getPrototypeOf, hasOwn, isFrozen, keys } =
  Object;
const { isArray } = Array;

/** Without a prototype: otherwise it would accept `__proto__`. */
const nothing = /* @__PURE__ */ Object.seal(Object.create(null) as object);

const nameTree = /* @__PURE__ */ new NameTree();

/** The hashes of values that cannot change: they and everything in them are frozen. */
const frozenDigests = /* @__PURE__ */ new WeakMap<object, string>();

class ObjectHasher extends Hasher {
  #objectsLeft = 0;
  /** Whether everything that was written since the last digest began is frozen. */
  #isFrozen = false;

  override slots(slots: readonly unknown[], isUnshaped: boolean): string {
    this.#objectsLeft = MAX_OBJECTS;
    return super.slots(slots, isUnshaped);
  }

  protected override digest(value: object): string {
    const isFixed = isFrozen(value);
    const known = isFixed ? frozenDigests.get(value) : undefined;
    if (known !== undefined) return known;
    this.#isFrozen = isFixed;
    this.begin();
    this.write(value, 0);
    const digest = this.end();
    if (this.#isFrozen) frozenDigests.set(value, digest);
    return digest;
  }

  protected override writeObject(value: object, depth: number): void {
    if (depth > MAX_DEPTH || --this.#objectsLeft < 0) throw NO_KEY;
    if (this.#isFrozen) this.#isFrozen = isFrozen(value) && hasOnlyData(value);
    if (isArray(value)) {
      if (hasOnlyItems(value)) return this.#writeArray(value, depth);
    } else if (isRecord(value)) return this.#writeProperties(value, depth);
    this.#isFrozen = false;
    const text = encode(value);
    if (text === undefined) throw NO_KEY;
    this.writeString(TEXT, text);
  }

  #writeArray(value: readonly unknown[], depth: number): void {
    const { length } = value;
    this.unit(ARRAY, length);
    for (let index = 0; index < length; index++) {
      const item = value[index];
      if (typeof item === "number" && item === item && this.at < BUFFER_UNITS) this.doubles[this.at++] = item;
      else {
        // A proxy may have listed something else as an item.
        if (item === undefined && !hasOwn(value, index)) throw NO_KEY;
        this.write(item, depth);
      }
    }
  }

  #writeProperties(value: Readonly<Record<string, unknown>>, depth: number): void {
    const names = keys(value);
    const list = nameTree.find(names);
    if (list) {
      this.unit(OBJECT, list.id);
      for (const name of list.sorted!) this.write(value[name], depth);
      return;
    }
    this.unit(RECORD, names.length);
    for (const name of names.sort()) {
      this.writeString(STRING, name);
      this.write(value[name], depth);
    }
  }
}

/** Lets {@link hashSlots} hash objects. */
export function enableObjectHashes(): void {
  useHasher(ObjectHasher);
}

/**
 * Whether an array has its items, and no other properties that count.
 *
 * Measured on Node.js 20: this takes 130 ns for two items, most of all that the hash of a list of points takes. No
 * cheaper question tells whether an array has a property that is no index.
 */
function hasOnlyItems(value: readonly unknown[]): boolean {
  if (getPrototypeOf(value) !== Array.prototype) return false;
  const { length } = value;
  if (length === 0) return isEmpty(value);
  const names = keys(value);
  // Indices are first and in order.
  return names.length === length && names[length - 1] === String(length - 1) && hasNoSymbols(value);
}

/** Whether an array without items has no properties that count. An error for one that has takes microseconds. */
function isEmpty(value: readonly unknown[]): boolean {
  if (value[cacheKey as never] !== undefined || value[Symbol.toStringTag as never] !== undefined)
    return false;
  try {
    // A sealed object accepts no property. To list the symbols takes four times as long.
    assign(nothing, value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value is an object with the prototype of `{}`, and no property counts whose name is a symbol. */
export const isRecord = (value: object): value is Readonly<Record<string, unknown>> =>
  getPrototypeOf(value) === Object.prototype &&
  toString.call(value) === "[object Object]" &&
  hasNoSymbols(value);

/** Whether no property with a symbol as its name counts: enumerable ones do, and those that describe the value. */
function hasNoSymbols(value: object): boolean {
  const symbols = getOwnPropertySymbols(value);
  return (
    symbols.length === 0 ||
    symbols.every(
      (symbol) =>
        symbol !== cacheKey && symbol !== Symbol.toStringTag && !propertyIsEnumerable.call(value, symbol),
    )
  );
}

const hasOnlyData = (value: object): boolean =>
  Object.values(getOwnPropertyDescriptors(value)).every((property) => "value" in property);
