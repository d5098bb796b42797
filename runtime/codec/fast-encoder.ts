/**
 * The text of a value in one walk, for what most results are made of: JSON, dates, maps and sets. It gives up at
 * anything else, and the careful walk (codec-twin.ts) begins again, which knows every kind and says where and why
 * it refuses. So whatever is odd here, from a symbol to a patched prototype, costs time and nothing else.
 *
 * Measured: a third of what is left is looking for symbols and for properties of arrays, which JSON drops without
 * a word.
 */
import { numberName } from "./kinds.ts";
import { MAX_DEPTH, MAX_OBJECTS } from "./unstorable.ts";
import {
  START,
  clear,
  hasSlab,
  textTo,
  withRoom,
  writeByte,
  writeInteger,
  writeNumber,
  writeRaw,
  writeText,
} from "./json-writer.ts";

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
const { assign, getPrototypeOf, getOwnPropertySymbols } = Object;
const { toStringTag } = Symbol;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const PLAIN = 61;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
/** `~` */
const MARK = 126;

/** Thrown where the careful walk has to do it. */
const GIVE_UP = Symbol("give up");

/** There is one slab. A getter in a value may well write another value meanwhile. */
let isBusy = false;
let mayMark = false;
let isMarked = false;
let objectsLeft = 0;
/** Gets whatever properties dates, maps and sets have of their own, which is none: one look for all of them. */
let properties: object | undefined;

/**
 * Returns the generic form of a value; or its JSON where `isGeneric` is false. `undefined` leaves it to the careful
 * walk.
 */
export function encodeFast(value: unknown, isGeneric: boolean): string | undefined {
  if (isBusy || !hasSlab || typeof value !== "object") return undefined;
  // A `for…in` would meet it.
  for (const _ in {}) return undefined;
  isBusy = true;
  begin(isGeneric);
  try {
    const end = take(value, START, 0);
    if (properties) refuseProperties(properties);
    return textTo(end, isGeneric ? (isMarked ? MARK : PLAIN) : undefined);
  } catch {
    return undefined;
  } finally {
    isBusy = false;
  }
}

function begin(isGeneric: boolean): void {
  mayMark = isGeneric;
  isMarked = false;
  objectsLeft = MAX_OBJECTS;
  properties = undefined;
  clear();
}

function take(value: unknown, at: number, depth: number): number {
  at = withRoom(at);
  switch (typeof value) {
    case "string":
      if (value.charCodeAt(0) === MARK && mayMark) return writeText(marked(`~${value}`), at);
      return writeText(value, at);
    case "number":
      // Finite, and zero only with a plus.
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return writeNumber(value, at);
      return writeRaw(marked(`"~number:${numberName(value)}"`), at);
    case "boolean":
      return writeRaw(value ? "true" : "false", at);
    case "object":
      return value === null ? writeRaw("null", at) : takeObject(value, at, depth);
    case "undefined":
      return writeRaw(marked('"~undefined:"'), at);
    case "bigint":
      return writeText(marked(`~bigint:${value}`), at);
    default:
      return giveUp();
  }
}

function takeObject(value: object, at: number, depth: number): number {
  if (depth >= MAX_DEPTH || --objectsLeft < 0) giveUp();
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === objectPrototype) return takeProperties(value as Record<string, unknown>, at, depth + 1);
  if (prototype === arrayPrototype) return takeItems(value as unknown[], at, depth + 1);
  // What it calls itself: `Object.prototype.toString` says the same, and has to put a text together for it.
  const tag = (value as { [toStringTag]?: unknown })[toStringTag];
  if (prototype === datePrototype && tag === undefined) return takeDate(value as Date, at);
  if (prototype === mapPrototype && tag === "Map")
    return takeMap(value as Map<unknown, unknown>, at, depth + 1);
  if (prototype === setPrototype && tag === "Set") return takeSet(value as Set<unknown>, at, depth + 1);
  return giveUp();
}

function takeDate(value: Date, at: number): number {
  collectProperties(value);
  at = writeRaw(marked('"~Date:'), at);
  const time = getTime.call(value);
  at = time - time === 0 ? writeInteger(time, at) : writeRaw("NaN", at);
  return writeByte(QUOTE, at);
}

function takeMap(value: Map<unknown, unknown>, at: number, depth: number): number {
  collectProperties(value);
  at = writeRaw(marked('["~Map"'), at);
  mapForEach.call(value, (item, key) => {
    at = take(key, writeByte(COMMA, at), depth);
    at = take(item, writeByte(COMMA, at), depth);
  });
  return writeByte(CLOSE_LIST, at);
}

function takeSet(value: Set<unknown>, at: number, depth: number): number {
  collectProperties(value);
  at = writeRaw(marked('["~Set"'), at);
  setForEach.call(value, (item) => {
    at = take(item, writeByte(COMMA, at), depth);
  });
  return writeByte(CLOSE_LIST, at);
}

function takeProperties(value: Record<string, unknown>, at: number, depth: number): number {
  const isPlain = toString.call(value) === "[object Object]" && value["toJSON"] === undefined;
  if (!isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  let before = OPEN_OBJECT;
  for (const key in value) {
    if (key === "__proto__") giveUp();
    at = writeText(key, writeByte(before, at));
    at = take(value[key], writeByte(COLON, at), depth);
    before = COMMA;
  }
  if (before === OPEN_OBJECT) at = writeByte(OPEN_OBJECT, at);
  return writeByte(CLOSE_OBJECT, at);
}

function takeItems(value: readonly unknown[], at: number, depth: number): number {
  const { length } = value;
  // What only has the prototype of an array is none. More keys: a property besides the items. Fewer: a hole; or
  // both, and the loop below meets the hole.
  const isDense = isArray(value) && Object.keys(value).length === length;
  const isPlain = (value as { toJSON?: unknown }).toJSON === undefined;
  if (!isDense || !isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  at = writeByte(OPEN_LIST, at);
  for (let i = 0; i < length; i++) {
    const item: unknown = value[i];
    if (item === undefined && !hasOwnProperty.call(value, i)) giveUp();
    if (i > 0) at = writeByte(COMMA, at);
    at = take(item, at, depth);
  }
  return writeByte(CLOSE_LIST, at);
}

/** A property of one's own on a `Date` or a `Map` would be lost. */
function collectProperties(value: object): void {
  // Without a prototype, or a `__proto__` would not be seen.
  assign((properties ??= { __proto__: null } as object), value);
}

function refuseProperties(properties: object): void {
  for (const _ in properties) giveUp();
  if (getOwnPropertySymbols(properties).length > 0) giveUp();
}

function marked(text: string): string {
  if (!mayMark) giveUp();
  isMarked = true;
  return text;
}

function giveUp(): never {
  // Nobody sees it; an Error would take a stack along.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw GIVE_UP;
}
