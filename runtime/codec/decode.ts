/** Restores a value from its JSON form, see encode.ts. */
import { classes, restoreInstance } from "../key/classes.ts";
import { dateFromText, valueFromData, valueFromItems } from "./kinds.ts";
import { MAX_VALUE_DEPTH } from "./unstorable.ts";

const { hasOwnProperty } = Object.prototype;
const objectPrototype = Object.prototype;

/** `~`, which starts an escape. */
const ESCAPE = 126;

/** The form of a value can have twice as many levels as the value: `["~null", …]`. */
const MAX_JSON_FORM_DEPTH = 2 * MAX_VALUE_DEPTH + 2;
/** Untrusted bytes may refer to one object many times, and the value would grow exponentially. */
let objectsLeft = 0;
/** Whether Object.prototype has an additional property, which `for…in` lists with every object. */
let isExtended = false;

/**
 * Returns the value of a JSON form, which it changes to build the value. The form is untrusted: throws for anything that
 * encode.ts does not write, and for more objects than `size`, the length of the data that the form was read from.
 */
export function fromJsonForm(form: unknown, size: number): unknown {
  objectsLeft = size;
  isExtended = false;
  for (const _ in {}) isExtended = true;
  return revive(form, 0);
}

function revive(form: unknown, depth: number): unknown {
  switch (typeof form) {
    case "string":
      return form.charCodeAt(0) === ESCAPE ? reviveText(form) : form;
    case "number":
    case "boolean":
      return form;
    case "object":
      if (form === null) return null;
      if (depth > MAX_JSON_FORM_DEPTH || --objectsLeft < 0) break;
      return Array.isArray(form) ? reviveArray(form, depth + 1) : reviveObject(form, depth + 1);
  }
  throw new TypeError("not a JSON form");
}

const LETTER_D = 68;
const COLON = 58;
const AT = 64;
const ZERO = 48;
/** The positions at which the milliseconds of a date start, and at which they end from 2001 to 2286. */
const DATE_START = 6;
const DATE_END = 19;

function reviveText(form: string): unknown {
  const kind = form.charCodeAt(1);
  if (kind === ESCAPE) return form.slice(1);
  // Checks two characters first: most escapes are dates, and searching for the colon takes longer than the rest.
  if (kind === LETTER_D && form.charCodeAt(5) === COLON && form.startsWith("~Date")) {
    return form.length === DATE_END ? reviveDate(form) : dateFromText(form.slice(DATE_START));
  }
  const end = form.indexOf(":");
  return valueFromData(form.slice(1, end), form.slice(end + 1));
}

/** Reads the milliseconds digit by digit, which takes a third of the time of `Number` for a part of a text. */
function reviveDate(form: string): Date {
  let time = 0;
  for (let i = DATE_START; i < DATE_END; i++) {
    const digit = form.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return dateFromText(form.slice(DATE_START));
    time = time * 10 + digit;
  }
  return new Date(time);
}

function reviveArray(form: unknown[], depth: number): unknown {
  const first = form[0];
  // With a colon, the first item is an escape itself. With a second `~`, it is a text.
  if (typeof first === "string" && first.charCodeAt(0) === ESCAPE && first.charCodeAt(1) !== ESCAPE) {
    if (first === "~Map" && form.length % 2 === 1) return reviveMap(form, depth);
    if (first === "~Set") return reviveSet(form, depth);
    if (!first.includes(":")) return reviveList(first, form, depth);
  }
  for (let i = 0; i < form.length; i++) {
    const item = form[i];
    if (isFinal(item)) continue;
    const value = revive(item, depth);
    if (value !== item) form[i] = value;
  }
  return form;
}

function reviveMap(form: unknown[], depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 1; i < form.length; i += 2) {
    const key = form[i];
    const item = form[i + 1];
    map.set(isFinal(key) ? key : revive(key, depth), isFinal(item) ? item : revive(item, depth));
  }
  return map;
}

function reviveSet(form: unknown[], depth: number): Set<unknown> {
  const set = new Set<unknown>();
  for (let i = 1; i < form.length; i++) {
    const item = form[i];
    set.add(isFinal(item) ? item : revive(item, depth));
  }
  return set;
}

function reviveList(name: string, form: unknown[], depth: number): unknown {
  // Bytes occur only here, so no other code looks for them.
  if (form.length === 2 && form[1] instanceof Uint8Array) return valueFromData(name.slice(1), form[1]);
  for (let i = 1; i < form.length; i++) {
    const item = form[i];
    if (!isFinal(item)) form[i] = revive(item, depth);
  }
  return name.charCodeAt(1) === AT ? reviveInstance(name.slice(2), form) : valueFromItems(name, form);
}

function reviveInstance(tag: string, form: readonly unknown[]): object {
  const known = classes.byTag.get(tag);
  if (!known || form.length !== 2) throw new TypeError("not an instance of a configured class");
  return restoreInstance(known, form[1]);
}

function reviveObject(form: object, depth: number): object {
  if (Object.getPrototypeOf(form) !== objectPrototype) throw new TypeError("not a JSON form");
  const object = form as Record<string, unknown>;
  // Faster than Object.keys.
  for (const key in object) {
    const item = object[key];
    if (isFinal(item) || (isExtended && !hasOwnProperty.call(object, key))) continue;
    const value = revive(item, depth);
    // JSON.parse creates an own `__proto__` from untrusted text; assigning to it does not set the prototype.
    if (value !== item) object[key] = value;
  }
  return object;
}

/** Tells whether an item needs no reviving, as most do. The check saves a call, which takes as long. */
function isFinal(item: unknown): boolean {
  if (typeof item === "string") return item.charCodeAt(0) !== ESCAPE;
  return typeof item === "number" || typeof item === "boolean" || item === null;
}
