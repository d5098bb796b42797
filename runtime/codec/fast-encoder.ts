/**
 * Encodes a value in one pass, if it consists of what most results are made of: JSON, dates, maps and sets. At anything
 * else it gives up, and the complete encoder (encode.ts) starts again. That one supports every kind of value, and
 * reports where and why a value cannot be stored. So an unusual value, from a symbol to a patched prototype, only costs
 * time.
 *
 * Measured: a third of the remaining time is spent on finding symbols and properties of arrays, which JSON drops
 * silently.
 */
import { numberName } from "./kinds.ts";
import { MAX_VALUE_DEPTH, MAX_VALUE_OBJECTS } from "./unstorable.ts";
import {
  START,
  startText,
  isSupported,
  finishText,
  flushIfFull,
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
/** `=`, the prefix of plain JSON. */
const PLAIN_JSON = 61;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
/** `~`, which starts an escape, and is the prefix of JSON with escapes. */
const ESCAPE = 126;

/** Thrown at a value that only the complete encoder can handle. */
const GIVE_UP = Symbol("give up");

/** Whether the only buffer is in use: a getter in a value may encode another value. */
let isBusy = false;
let mayEscape = false;
let hasEscapes = false;
let objectsLeft = 0;
/** Collects own properties of dates, maps and sets, of which there should be none, so that one check is enough. */
let properties: object | undefined;

/**
 * Returns the generic form of a value, or its JSON if `isGeneric` is false. Returns `undefined` for values that need the
 * complete encoder.
 */
export function encodeFast(value: unknown, isGeneric: boolean): string | undefined {
  if (isBusy || !isSupported || typeof value !== "object") return undefined;
  // A property that was added to Object.prototype: `for…in` would list it with every object.
  for (const _ in {}) return undefined;
  isBusy = true;
  begin(isGeneric);
  try {
    const end = writeValue(value, START, 0);
    if (properties) giveUpOnProperties(properties);
    return finishText(end, isGeneric ? (hasEscapes ? ESCAPE : PLAIN_JSON) : undefined);
  } catch {
    return undefined;
  } finally {
    isBusy = false;
  }
}

function begin(isGeneric: boolean): void {
  mayEscape = isGeneric;
  hasEscapes = false;
  objectsLeft = MAX_VALUE_OBJECTS;
  properties = undefined;
  startText();
}

function writeValue(value: unknown, at: number, depth: number): number {
  at = flushIfFull(at);
  switch (typeof value) {
    case "string":
      if (value.charCodeAt(0) === ESCAPE && mayEscape) return writeText(escaped(`~${value}`), at);
      return writeText(value, at);
    case "number":
      // Finite, and not -0.
      if (value - value === 0 && (value !== 0 || 1 / value > 0)) return writeNumber(value, at);
      return writeRaw(escaped(`"~number:${numberName(value)}"`), at);
    case "boolean":
      return writeRaw(value ? "true" : "false", at);
    case "object":
      return value === null ? writeRaw("null", at) : writeObject(value, at, depth);
    case "undefined":
      return writeRaw(escaped('"~undefined:"'), at);
    case "bigint":
      return writeText(escaped(`~bigint:${value}`), at);
    default:
      return giveUp();
  }
}

function writeObject(value: object, at: number, depth: number): number {
  if (depth >= MAX_VALUE_DEPTH || --objectsLeft < 0) giveUp();
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === objectPrototype) return writeProperties(value as Record<string, unknown>, at, depth + 1);
  if (prototype === arrayPrototype) return writeItems(value as unknown[], at, depth + 1);
  // Equivalent to `Object.prototype.toString`, which has to build a text.
  const tag = (value as { [toStringTag]?: unknown })[toStringTag];
  if (prototype === datePrototype && tag === undefined) return writeDate(value as Date, at);
  if (prototype === mapPrototype && tag === "Map")
    return writeMap(value as Map<unknown, unknown>, at, depth + 1);
  if (prototype === setPrototype && tag === "Set") return writeSet(value as Set<unknown>, at, depth + 1);
  return giveUp();
}

function writeDate(value: Date, at: number): number {
  collectProperties(value);
  at = writeRaw(escaped('"~Date:'), at);
  const time = getTime.call(value);
  at = time - time === 0 ? writeInteger(time, at) : writeRaw("NaN", at);
  return writeByte(QUOTE, at);
}

function writeMap(value: Map<unknown, unknown>, at: number, depth: number): number {
  collectProperties(value);
  at = writeRaw(escaped('["~Map"'), at);
  mapForEach.call(value, (item, key) => {
    at = writeValue(key, writeByte(COMMA, at), depth);
    at = writeValue(item, writeByte(COMMA, at), depth);
  });
  return writeByte(CLOSE_LIST, at);
}

function writeSet(value: Set<unknown>, at: number, depth: number): number {
  collectProperties(value);
  at = writeRaw(escaped('["~Set"'), at);
  setForEach.call(value, (item) => {
    at = writeValue(item, writeByte(COMMA, at), depth);
  });
  return writeByte(CLOSE_LIST, at);
}

function writeProperties(value: Record<string, unknown>, at: number, depth: number): number {
  const isPlain = toString.call(value) === "[object Object]" && value["toJSON"] === undefined;
  if (!isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  let before = OPEN_OBJECT;
  for (const key in value) {
    if (key === "__proto__") giveUp();
    at = writeText(key, writeByte(before, at));
    at = writeValue(value[key], writeByte(COLON, at), depth);
    before = COMMA;
  }
  if (before === OPEN_OBJECT) at = writeByte(OPEN_OBJECT, at);
  return writeByte(CLOSE_OBJECT, at);
}

function writeItems(value: readonly unknown[], at: number, depth: number): number {
  const { length } = value;
  // Not every object with the prototype of an array is one. More keys than items: an additional property. Fewer: a hole.
  // As many: possibly both, and the loop below finds the hole.
  const isDense = isArray(value) && Object.keys(value).length === length;
  const isPlain = (value as { toJSON?: unknown }).toJSON === undefined;
  if (!isDense || !isPlain || getOwnPropertySymbols(value).length > 0) giveUp();
  at = writeByte(OPEN_LIST, at);
  for (let i = 0; i < length; i++) {
    const item: unknown = value[i];
    if (item === undefined && !hasOwnProperty.call(value, i)) giveUp();
    if (i > 0) at = writeByte(COMMA, at);
    at = writeValue(item, at, depth);
  }
  return writeByte(CLOSE_LIST, at);
}

/** An own property of a `Date`, a `Map` or a `Set` would be lost. */
function collectProperties(value: object): void {
  // Without a prototype: otherwise an own `__proto__` would go unnoticed.
  assign((properties ??= { __proto__: null } as object), value);
}

function giveUpOnProperties(properties: object): void {
  for (const _ in properties) giveUp();
  if (getOwnPropertySymbols(properties).length > 0) giveUp();
}

function escaped(text: string): string {
  if (!mayEscape) giveUp();
  hasEscapes = true;
  return text;
}

function giveUp(): never {
  // It is caught in this file, and an Error would capture a stack.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  throw GIVE_UP;
}
