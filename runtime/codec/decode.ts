/** From a twin (codec-twin.ts) back to the value. */
import { putDate, putLeaf, putList } from "./kinds.ts";
import { MAX_DEPTH } from "./unstorable.ts";

const { hasOwnProperty } = Object.prototype;
const objectPrototype = Object.prototype;

/** `~`: marks what stands for something else. */
const MARK = 126;

/** Some parts have a level more than the value: `["~null", …]`. */
const MAX_JSON_FORM_DEPTH = 2 * MAX_DEPTH + 2;
/** Bytes by others may refer to one object over and over, and grow without end when it is followed each time. */
let objectsLeft = 0;
/** Whether somebody has put something on Object.prototype, which a `for…in` would meet. */
let isExtended = false;

/**
 * Returns the value of a twin, and changes the twin to make it. Throws on what is nobody's twin, since it may
 * have been written by anybody; among that, one of more objects than `size`, which is what it was read from.
 */
export function fromJsonForm(twin: unknown, size: number): unknown {
  objectsLeft = size;
  isExtended = false;
  for (const _ in {}) isExtended = true;
  return revive(twin, 0);
}

function revive(twin: unknown, depth: number): unknown {
  switch (typeof twin) {
    case "string":
      return twin.charCodeAt(0) === MARK ? reviveText(twin) : twin;
    case "number":
    case "boolean":
      return twin;
    case "object":
      if (twin === null) return null;
      if (depth > MAX_JSON_FORM_DEPTH || --objectsLeft < 0) break;
      return Array.isArray(twin) ? reviveArray(twin, depth + 1) : reviveObject(twin, depth + 1);
  }
  throw new TypeError("not a twin");
}

const LETTER_D = 68;
const COLON = 58;
const ZERO = 48;
/** Where the milliseconds of a date start, and where they end from 2001 to 2286. */
const DATE_START = 6;
const DATE_END = 19;

function reviveText(twin: string): unknown {
  const kind = twin.charCodeAt(1);
  if (kind === MARK) return twin.slice(1);
  // Two characters first: most texts with a mark are dates, and a search takes longer than the rest.
  if (kind === LETTER_D && twin.charCodeAt(5) === COLON && twin.startsWith("~Date")) {
    return twin.length === DATE_END ? reviveDate(twin) : putDate(twin.slice(DATE_START));
  }
  const end = twin.indexOf(":");
  return putLeaf(twin.slice(1, end), twin.slice(end + 1));
}

/** Digit by digit, which takes a third of what `Number` does for a part of a text. */
function reviveDate(twin: string): Date {
  let time = 0;
  for (let i = DATE_START; i < DATE_END; i++) {
    const digit = twin.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return putDate(twin.slice(DATE_START));
    time = time * 10 + digit;
  }
  return new Date(time);
}

function reviveArray(twin: unknown[], depth: number): unknown {
  const first = twin[0];
  // With a colon it is an item that has a twin of its own; with a second mark a text.
  if (typeof first === "string" && first.charCodeAt(0) === MARK && first.charCodeAt(1) !== MARK) {
    if (first === "~Map" && twin.length % 2 === 1) return reviveMap(twin, depth);
    if (first === "~Set") return reviveSet(twin, depth);
    if (!first.includes(":")) return reviveList(first, twin, depth);
  }
  for (let i = 0; i < twin.length; i++) {
    const item = twin[i];
    if (isItself(item)) continue;
    const value = revive(item, depth);
    if (value !== item) twin[i] = value;
  }
  return twin;
}

function reviveMap(twin: unknown[], depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 1; i < twin.length; i += 2) {
    const key = twin[i];
    const item = twin[i + 1];
    map.set(isItself(key) ? key : revive(key, depth), isItself(item) ? item : revive(item, depth));
  }
  return map;
}

function reviveSet(twin: unknown[], depth: number): Set<unknown> {
  const set = new Set<unknown>();
  for (let i = 1; i < twin.length; i++) {
    const item = twin[i];
    set.add(isItself(item) ? item : revive(item, depth));
  }
  return set;
}

function reviveList(mark: string, twin: unknown[], depth: number): unknown {
  // Bytes stand nowhere else, so they are not looked for elsewhere.
  if (twin.length === 2 && twin[1] instanceof Uint8Array) return putLeaf(mark.slice(1), twin[1]);
  for (let i = 1; i < twin.length; i++) {
    const item = twin[i];
    if (!isItself(item)) twin[i] = revive(item, depth);
  }
  return putList(mark, twin);
}

function reviveObject(twin: object, depth: number): object {
  if (Object.getPrototypeOf(twin) !== objectPrototype) throw new TypeError("not a twin");
  const object = twin as Record<string, unknown>;
  // Faster than a list of the keys.
  for (const key in object) {
    const item = object[key];
    if (isItself(item) || (isExtended && !hasOwnProperty.call(object, key))) continue;
    const value = revive(item, depth);
    // An own `__proto__`, which JSON.parse makes of a text by others, is a property like any other.
    if (value !== item) object[key] = value;
  }
  return object;
}

/** Most of what there is: worth a look before the call, which takes as long. */
function isItself(item: unknown): boolean {
  if (typeof item === "string") return item.charCodeAt(0) !== MARK;
  return typeof item === "number" || typeof item === "boolean" || item === null;
}
