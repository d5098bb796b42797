/**
 * Values become key text: two values share a text if and only if `util.isDeepStrictEqual` holds between them.
 *
 * That holds because the text can be read back: brackets balance, strings are quoted JSON, every kind of value
 * starts in a way of its own, and what has no order (properties, members of a `Map` or `Set`) is sorted.
 * The texts are golden: a change here empties every cache in production.
 *
 * This is what every function needs; of built-in objects {@link kinds} knows.
 */
import type { KeyPart } from "../contract/spec.ts";

/**
 * Names the method by which a class says what of its instances makes a key.
 *
 * The name of the class is part of the key too; a minifier that renames classes changes such keys.
 * An instance without this method has no key: the call that got it runs, and its result is not kept.
 *
 * @example
 * class Money {
 *   constructor(readonly amount: bigint, readonly currency: string) {}
 *   [cacheKey]() { return [this.amount, this.currency]; } // new Money(5n, "EUR") → @Money([5n,"EUR"])
 * }
 */
export const cacheKey: unique symbol = Symbol.for("aotcache.cacheKey");

/**
 * Writes objects that are neither plain objects nor arrays. Set by `built-ins.ts`, so that a bundle contains it only
 * if one of its functions needs it. Without it, such an object has no key.
 */
export const builtIns: {
  write?: (value: object, tag: string, prototype: object, depth: number) => string;
} = {};

/** Bounds the stack. What nests deeper has no key, and so has every cycle, since it nests forever. */
const MAX_DEPTH = 1000;
/** Bounds the time of a value that refers to the same objects over and over: under half a second. */
const MAX_OBJECTS = 1_000_000;
let objectsLeft = 0;

const BARE_NAME = /^[\w$]+$/;

// One error, made once: throwing it captures no stack, so a value without a key costs little.
export const NO_KEY: Error = /* @__PURE__ */ new Error("no key");

// Kept from the start, so that a later patch does not decide what a value is.
const { toString, propertyIsEnumerable } = Object.prototype;

/**
 * Returns the text of a value in a key, or `undefined` when it has none: functions, symbols, cyclic objects,
 * class instances without {@link cacheKey}, promises, weak collections, what throws while it is read.
 *
 * Never throws. Reads each own enumerable property once.
 *
 * @example
 * encode({ b: [1, -0], a: "x" }); // '{a:"x",b:[1,-0]}'
 * encode(() => 1);                // undefined
 */
export function encode(value: unknown): string | undefined {
  objectsLeft = MAX_OBJECTS;
  try {
    return write(value, 0);
  } catch {
    return undefined;
  }
}

/**
 * Returns the text between the parentheses of a key, `42,"en";this.tenant="acme"`, or which part has no key.
 *
 * Slots come in the order of the parts: one for each part, or one for each of its `fields`, written
 * `{a:1,b:2}`. A part named `...` takes all slots that are left, each written plainly.
 *
 * @example
 * encodeArguments([{ name: "id" }, { name: "this.tenant", as: "extra" }], [42, "acme"]); // '42;this.tenant="acme"'
 * encodeArguments([{ name: "test" }], [() => true]); // { unkeyable: "test" }
 */
export function encodeArguments(
  parts: readonly KeyPart[],
  slots: readonly unknown[],
): string | { readonly unkeyable: string } {
  let plain = "";
  let extra = "";
  let taken = 0;
  for (const { name, fields, as } of parts) {
    const rest = name === "...";
    const end = rest ? slots.length : taken + (fields ? fields.length : 1);
    let text = "";
    for (let i = 0; taken < end; i++, taken++) {
      const value = encode(slots[taken]);
      if (value === undefined) return { unkeyable: rest ? `arguments[${taken}]` : (fields?.[i] ?? name) };
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
 * What could be taken for the end of a part is percent-encoded, so that no two ids share a head, and so are
 * white space, control characters and lone surrogates, which not every store takes.
 *
 * @example
 * encodeHead(["my-app/src/repo", "Repo.find", "9b01aa42"]); // "my-app/src/repo:Repo.find@9b01aa42("
 */
export function encodeHead(id: readonly [namespace: string, name: string, version: string]): string {
  const [namespace, name, version] = id.map(percentEncode) as [string, string, string];
  // A namespace may keep its `@`, as in `@acme/app/src/repo`: it ends at the first `:`.
  return `${namespace.replaceAll("%40", "@")}:${name}@${version}(`;
}

/**
 * Tells whether an entry can be found by the value itself, without text: a string, number, boolean, bigint,
 * `null` or `undefined`.
 */
export function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return type === "object" ? value === null : type !== "function" && type !== "symbol";
}

/** `%XX`, above U+00FF `%uXXXX`: of fixed width, since otherwise U+2028 would be a space before `28`. */
export function percentEncode(text: string): string {
  return text.replace(/[%:@(\s\p{Cc}\p{Cs}]/gu, (character) => {
    const hex = (character.charCodeAt(0) + 0x10000).toString(16).slice(1);
    return hex < "0100" ? `%${hex.slice(2)}` : `%u${hex}`;
  });
}

/** The text of a value; throws {@link NO_KEY} for one that has none. */
export function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value); // a lone surrogate comes out as `\udXXX`: distinct, and fit for UTF-8
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, depth + 1);
    default:
      throw NO_KEY;
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > MAX_DEPTH || --objectsLeft < 0) throw NO_KEY;
  const method = (value as { [cacheKey]?: () => unknown })[cacheKey];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof method === "function") {
    const name = (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return `@${percentEncode(String(name))}(${write(method.call(value), depth)})`;
  }
  // What isDeepStrictEqual compares first: the prototype, and this text, which an own tag can change.
  const tag = toString.call(value);
  if (Array.isArray(value)) {
    if (tag === "[object Array]" && prototype === Array.prototype) return writeArray(value, depth);
  } else if (tag === "[object Object]") {
    if (prototype === Object.prototype) return writeProperties(value, depth);
    if (prototype === null) return `null${writeProperties(value, depth)}`;
  } else if (builtIns.write) {
    return builtIns.write(value, tag.slice(8, -1), prototype as object, depth);
  }
  throw NO_KEY;
}

function writeProperties(value: object, depth: number): string {
  const keys = keysOf(value);
  // Most objects come with their properties in order, and looking is 190 ns cheaper than sorting two.
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1]! > keys[i]!) {
      keys.sort();
      break;
    }
  }
  let text = "";
  for (const key of keys) {
    const item = write((value as Record<string, unknown>)[key], depth);
    text += `${text && ","}${BARE_NAME.test(key) ? key : JSON.stringify(key)}:${item}`;
  }
  return `{${text}}`;
}

/** Walks the keys and not the length, so that `new Array(1e9)` is short: holes are counted. */
function writeArray(value: readonly unknown[], depth: number): string {
  const { length } = value;
  const keys = keysOf(value);
  // Where there are holes, an index that is there but not enumerable would pass for one.
  if (keys.length < length && Reflect.ownKeys(value).length > keys.length + 1) throw NO_KEY;
  let text = "";
  let next = 0;
  for (const key of keys) {
    if (key !== String(next)) {
      const index = Number(key);
      // Anything but a later index, as it is written: a property besides the items, or a lying proxy.
      if (!(index > next && index < length) || index % 1 || key !== String(index)) throw NO_KEY;
      text += `empty*${index - next},`;
      next = index;
    }
    text += `${write(value[next++], depth)},`;
  }
  return `[${next < length ? `${text}empty*${length - next}` : text.slice(0, -1)}]`;
}

/** Own enumerable names; an enumerable symbol has no text, so the value has no key. */
export function keysOf(value: object): string[] {
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (propertyIsEnumerable.call(value, symbol)) throw NO_KEY;
  }
  return Object.keys(value);
}
