/**
 * Encodes values as key text. Two values have the same text if and only if `util.isDeepStrictEqual` is true for them.
 *
 * This works because the text is unambiguous: brackets balance, strings are JSON, each kind of value has its own start,
 * and parts without an order (properties, members of a `Map` or `Set`) are sorted. Tests fix the texts, because a change
 * of a text empties every cache in production.
 *
 * This file has what every function needs. `objects.ts` adds objects.
 */
import { isByIdentity, type KeyPart } from "../contract/spec.ts";
import { unreadable } from "./unreadable.ts";

/**
 * The name of the method that returns the value by which an instance of a class is keyed.
 *
 * The name of the class is also part of the key, so a minifier that renames classes changes such keys. Where a process
 * has two classes of one name, keys of the second have a hash of its source behind the name. An instance without this
 * method has no key: a call that receives it runs, and its result is not cached.
 *
 * @example
 * class Money {
 *   constructor(readonly amount: bigint, readonly currency: string) {}
 *   [cacheKey]() { return [this.amount, this.currency]; } // new Money(5n, "EUR") → @Money([5n,"EUR"])
 * }
 */
export const cacheKey: unique symbol = Symbol.for("aotcache.cacheKey");

/**
 * Writes objects, and counts those that the current value may still refer to. `enableObjectKeys()` sets `write`, so that
 * a bundle contains this code only if one of its functions needs it. Without it, an object has no key.
 */
export const objects: { write?: (value: object, depth: number) => string; left: number } = { left: 0 };

/**
 * Writes objects that are told apart by identity; `undefined` for other values. Set by `enableIdentity()`, like
 * {@link objects}.
 */
export const identityTexts: { write?: (value: unknown) => string | undefined } = {};

/** Limits the time for a value that refers to the same objects many times, to less than 0.5 s. */
const MAX_KEY_OBJECTS = 1_000_000;
/** What the last value without a key threw: {@link NO_KEY}, or an error of its own. */
let failure: unknown;

/** Says why a value has no key, as {@link Unkeyable} does. */
export class NoKey extends Error {}

// Created once, so that throwing it captures no stack: a value without a key costs little.
export const NO_KEY: NoKey = /* @__PURE__ */ new NoKey("has a value that no key can be made of");

/**
 * Returns the key text of a value, or `undefined` if it has none: functions, symbols, cyclic objects, class instances
 * without {@link cacheKey}, promises, weak collections, and values that throw while they are read.
 *
 * Never throws. Reads each own enumerable property once.
 *
 * @example
 * encode({ b: [1, -0], a: "x" }); // '{a:"x",b:[1,-0]}'
 * encode(() => 1);                // undefined
 */
export function encode(value: unknown): string | undefined {
  objects.left = MAX_KEY_OBJECTS;
  try {
    return write(value, 0);
  } catch (error) {
    failure = error;
    return undefined;
  }
}

/** A part that has no key, and why: `${unkeyable} ${why}` is a sentence. */
export interface Unkeyable {
  readonly unkeyable: string;
  readonly why: string;
}

/**
 * Returns the text between the parentheses of a key, such as `42,"en";this.tenant="acme"`, or names the part that has no
 * key.
 *
 * Slots are in the order of the parts: one per part, or one for each of its `fields`, written as `{a:1,b:2}`. A part
 * named `...` takes all remaining slots, and each is written without a name.
 *
 * @example
 * encodeArguments([{ name: "id" }, { name: "this.tenant", as: "extra" }], [42, "acme"]); // '42;this.tenant="acme"'
 * encodeArguments([{ name: "test" }], [() => true]).unkeyable; // "test"
 */
export function encodeArguments(parts: readonly KeyPart[], slots: readonly unknown[]): string | Unkeyable {
  let plain = "";
  let extra = "";
  let taken = 0;
  for (const part of parts) {
    const { name, fields, as } = part;
    const rest = name === "...";
    const end = rest ? slots.length : taken + (fields ? fields.length : 1);
    let text = "";
    for (let i = 0; taken < end; i++, taken++) {
      const slot = slots[taken];
      const value = (isByIdentity(part, fields?.[i]) && identityTexts.write?.(slot)) || encode(slot);
      if (value === undefined)
        return {
          unkeyable: rest ? `arguments[${taken}]` : (fields?.[i] ?? name),
          why:
            slot !== unreadable && failure instanceof NoKey
              ? failure.message
              : "threw an error when it was read",
        };
      if (i > 0) text += ",";
      text += fields ? `${fields[i]!}:${value}` : value;
    }
    if (fields) text = `{${text}}`;
    if (as) text = `${name}=${text}`;
    if (as === "extra") extra += (extra ? "," : ";") + text;
    else plain += plain && text ? `,${text}` : text;
  }
  return plain + extra;
}

/**
 * Returns the head of a key, `namespace:name@version(`.
 *
 * Characters that separate the parts are percent-encoded, so that no two ids have the same head. White space, control
 * characters and lone surrogates are percent-encoded too, because some stores do not accept them.
 *
 * @example
 * encodeHead(["my-app/src/repo", "Repo.find", "9b01aa42"]); // "my-app/src/repo:Repo.find@9b01aa42("
 */
export function encodeHead(id: readonly [namespace: string, name: string, version: string]): string {
  const [namespace, name, version] = id.map(percentEncode) as [string, string, string];
  // The namespace ends at the first `:`, so an `@` in it, as in `@acme/app/src/repo`, is unambiguous.
  return `${namespace.replaceAll("%40", "@")}:${name}@${version}(`;
}

/**
 * Tells whether a value identifies an entry without key text: a string, number, boolean, bigint, `null` or `undefined`.
 */
export function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return type === "object" ? value === null : type !== "function" && type !== "symbol";
}

/**
 * Encodes a character as `%XX`, or as `%uXXXX` above U+00FF. The width is fixed: otherwise, U+2028 would be the same as
 * a space before `28`.
 */
export function percentEncode(text: string): string {
  return text.replace(/[%:@(\s\p{Cc}\p{Cs}]/gu, (character) => {
    const hex = (character.charCodeAt(0) + 0x10000).toString(16).slice(1);
    return hex < "0100" ? `%${hex.slice(2)}` : `%u${hex}`;
  });
}

/** Returns the key text of a value, or throws {@link NO_KEY}. */
export function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value); // Writes a lone surrogate as `\udXXX`: unambiguous, and valid UTF-8.
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      if (value === null) return "null";
      if (objects.write) return objects.write(value, depth + 1);
      throw NO_KEY;
    default:
      throw NO_KEY;
  }
}
