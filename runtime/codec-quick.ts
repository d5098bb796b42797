/**
 * The twin of a value (codec-twin.ts) in half of the time, for what most results are made of: JSON, dates, maps
 * and sets. It gives up at anything else, and the careful walk begins again, which knows every kind and says where
 * and why it refuses. So whatever is odd here, from a symbol to a patched prototype, costs time and nothing else.
 *
 * Measured: what is left is a third looking for symbols and for properties of arrays, which JSON drops without a
 * word. Writing the text in the same walk is no faster, since the engine has to put its hundred parts together.
 */
import { numberName } from "./codec-kinds.ts";
import { MAX_DEPTH, MAX_OBJECTS } from "./codec-refusal.ts";

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const datePrototype = Date.prototype;
const mapPrototype = Map.prototype;
const setPrototype = Set.prototype;
const { toString, hasOwnProperty } = objectPrototype;
const { getTime } = datePrototype;
const mapForEach = mapPrototype.forEach;
const setForEach = setPrototype.forEach;
const isArray: (value: unknown) => boolean = Array.isArray;
const { getPrototypeOf, getOwnPropertyNames, getOwnPropertySymbols } = Object;

/** `~` */
const MARK = 126;

/** What {@link quickTwinOf} gives, and throws within, when the careful walk has to do it. */
export const GIVE_UP: unique symbol = Symbol("give up");

/**
 * Returns the twin of a value: the value itself, where nothing in it needs one; or {@link GIVE_UP}.
 *
 * @param isMarked whether the twin may have marks; JSON as it stands has none
 */
export function quickTwinOf(value: unknown, isMarked: boolean): unknown {
  // A `for…in` would meet it.
  for (const _ in {}) return GIVE_UP;
  try {
    return take(value, 0, { isMarked, objectsLeft: MAX_OBJECTS });
  } catch {
    return GIVE_UP;
  }
}

interface Walk {
  readonly isMarked: boolean;
  objectsLeft: number;
}

function take(value: unknown, depth: number, walk: Walk): unknown {
  switch (typeof value) {
    case "string":
      return value.charCodeAt(0) === MARK && walk.isMarked ? `~${value}` : value;
    case "number":
      // Finite, and zero only with a plus.
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return value;
      return marked(`~number:${numberName(value)}`, walk);
    case "boolean":
      return value;
    case "object":
      return value === null ? null : takeObject(value, depth, walk);
    case "undefined":
      return marked("~undefined:", walk);
    case "bigint":
      return marked(`~bigint:${value}`, walk);
    default:
      return giveUp();
  }
}

function takeObject(value: object, depth: number, walk: Walk): unknown {
  if (depth >= MAX_DEPTH || --walk.objectsLeft < 0) giveUp();
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === objectPrototype) return takeProperties(value as Record<string, unknown>, depth + 1, walk);
  if (prototype === arrayPrototype) return takeItems(value as unknown[], depth + 1, walk);
  const called = toString.call(value);
  if (prototype === datePrototype && called === "[object Date]") {
    refuseProperties(value);
    return marked(`~Date:${getTime.call(value as Date)}`, walk);
  }
  if (prototype === mapPrototype && called === "[object Map]") {
    refuseProperties(value);
    const list: unknown[] = [marked("~Map", walk)];
    mapForEach.call(value as Map<unknown, unknown>, (item, key) => {
      list.push(take(key, depth + 1, walk), take(item, depth + 1, walk));
    });
    return list;
  }
  if (prototype === setPrototype && called === "[object Set]") {
    refuseProperties(value);
    const list: unknown[] = [marked("~Set", walk)];
    setForEach.call(value as Set<unknown>, (item) => void list.push(take(item, depth + 1, walk)));
    return list;
  }
  return giveUp();
}

/** Entries of a `Map` are no properties: it has none, unless somebody gave it some, which would be lost. */
function refuseProperties(value: object): void {
  if (getOwnPropertyNames(value).length > 0 || getOwnPropertySymbols(value).length > 0) giveUp();
}

/** Copies an object only when a property has a twin: most values are plain JSON from end to end. */
function takeProperties(value: Record<string, unknown>, depth: number, walk: Walk): object {
  const isPlain = toString.call(value) === "[object Object]" && value["toJSON"] === undefined;
  if (!isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    if (key === "__proto__") giveUp();
    const item = value[key];
    if (isItself(item)) continue;
    const twin = take(item, depth, walk);
    // A spread copies in one go what a loop assigns key by key.
    if (twin !== item) (copy ??= { ...value })[key] = twin;
  }
  return copy ?? value;
}

function takeItems(value: readonly unknown[], depth: number, walk: Walk): readonly unknown[] {
  const { length } = value;
  // What only has the prototype of an array is none. More keys: a property besides the items. Fewer: a hole; or both, and the loop below meets the hole.
  const isDense = isArray(value) && Object.keys(value).length === length;
  const isPlain = (value as { toJSON?: unknown }).toJSON === undefined;
  if (!isDense || !isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  let copy: unknown[] | undefined;
  for (let i = 0; i < length; i++) {
    const item: unknown = value[i];
    if (item === undefined && !hasOwnProperty.call(value, i)) giveUp();
    const twin = isItself(item) ? item : take(item, depth, walk);
    if (copy) copy.push(twin);
    else if (twin !== item) {
      copy = value.slice(0, i);
      copy.push(twin);
    }
  }
  return copy ?? value;
}

/** Most of what there is: worth a look before the call, which takes as long. */
function isItself(item: unknown): boolean {
  if (typeof item === "string") return item.charCodeAt(0) !== MARK;
  return typeof item === "number" && item - item === 0 && item !== 0;
}

function marked(twin: string, { isMarked }: Walk): string {
  return isMarked ? twin : giveUp();
}

function giveUp(): never {
  // Nobody sees it; an Error would take a stack along.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw GIVE_UP;
}
