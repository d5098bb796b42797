/** The key text of built-in objects: dates, regular expressions, URLs, maps, sets and bytes. */
import { NO_KEY, write } from "./encode.ts";
import { builtinModule } from "../platform/builtin-module.ts";
import { sha256 } from "./sha256.ts";

// Read when the module is loaded, so that later patches have no effect. These methods throw if the value only looks
// like its kind (`Object.create(Map.prototype)`, a proxy).
const datePrototype = Date.prototype;
const { getTime, toISOString } = datePrototype;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;
const { propertyIsEnumerable } = Object.prototype;

/**
 * Returns the key text of an object that is neither plain nor an array, or throws {@link NO_KEY}; `undefined` if it is
 * not built in.
 */
export function writeBuiltIn(
  value: object,
  tag: string,
  prototype: object,
  depth: number,
): string | undefined {
  const name = tag === "Uint8Array" && prototype === prototypeOf("Buffer") ? "Buffer" : tag;
  // Fake timers replace `Date` while they are installed. Dates of both classes are accepted.
  const known = prototype === prototypeOf(name) || (name === "Date" && prototype === datePrototype);
  // Calls the getter of the prototype, even if the value has an own property of that name. It throws if the value only
  // looks like its kind.
  const read = (property: string): unknown => Reflect.get(prototype, property, value);
  const isView = ArrayBuffer.isView(value);
  if (!known) return undefined;
  if (!hasOnlyItems(value, ((isView && read("length")) || 0) as number)) throw NO_KEY;
  switch (name) {
    case "Date": {
      const time = getTime.call(value);
      return `Date(${Number.isNaN(time) ? time : toISOString.call(value)})`;
    }
    case "RegExp":
      return writeRegExp(read("source") as string, value as RegExp);
    case "URL":
      return `URL(${JSON.stringify(read("href"))})`;
    case "Map":
    case "Set":
      return name + writeMembers(value, name, depth);
    case "ArrayBuffer":
    case "SharedArrayBuffer":
      return writeBytes(name, new Uint8Array(new DataView(value as ArrayBuffer).buffer));
    default:
      if (!isView) throw NO_KEY;
      return writeBytes(
        name,
        new Uint8Array(
          read("buffer") as ArrayBuffer,
          read("byteOffset") as number,
          read("byteLength") as number,
        ),
      );
  }
}

function writeRegExp(source: string, value: RegExp): string {
  const { flags, lastIndex } = value;
  // `lastIndex` is always an own property, and can be set to anything. Another one, such as `global`, could change the
  // flags.
  if (Reflect.ownKeys(value).length > 1 || !Number.isFinite(lastIndex)) throw NO_KEY;
  return `/${JSON.stringify(source).slice(1, -1)}/${flags}${lastIndex ? `@${lastIndex}` : ""}`;
}

function writeMembers(value: object, name: "Map" | "Set", depth: number): string {
  const texts: string[] = [];
  if (name === "Set") setForEach.call(value as Set<unknown>, (item) => texts.push(write(item, depth)));
  else
    mapForEach.call(value as Map<unknown, unknown>, (item, key) =>
      texts.push(`${write(key, depth)}:${write(item, depth)}`),
    );
  return `{${texts.sort().join(",")}}`;
}

/** From this many items on, a list of the keys of a typed array takes longer than everything else. */
const MANY_ITEMS = 256;

/** The used part of `node:util`. */
interface Util {
  inspect(value: object, options: object): string;
}

/** Returns whether an object has no enumerable property besides the items of a typed array. */
function hasOnlyItems(value: object, items: number): boolean {
  if (items > MANY_ITEMS && Object.getOwnPropertySymbols(value).length === 0) {
    // The only way to list the other properties of a typed array without its items.
    const text = (builtinModule("node:util") as Util | undefined)?.inspect(value, {
      maxArrayLength: 0,
      customInspect: false,
      breakLength: Infinity,
    });
    if (text && /^\w+\(\d+\) (?:\[\w+\] )?\[ \.\.\. \d+ more items \]$/.test(text)) return true;
  }
  return keysOf(value).length === items;
}

/** More bytes than this are hashed. The text of others is shorter than a hash. */
const MAX_PLAIN_BYTES = 64;

const HEX: string[] = [];

function writeBytes(name: string, bytes: Uint8Array): string {
  if (bytes.length > MAX_PLAIN_BYTES) return `${name}(#${sha256(bytes)})`;
  let text = "";
  for (const byte of bytes) text += HEX[byte] ??= (byte + 256).toString(16).slice(1);
  return `${name}(${text})`;
}

function prototypeOf(name: string): object | undefined {
  return (globalThis as unknown as Record<string, { prototype?: object } | undefined>)[name]?.prototype;
}

/** Returns own enumerable names. An enumerable symbol has no text: throws {@link NO_KEY}. */
export function keysOf(value: object): string[] {
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (propertyIsEnumerable.call(value, symbol)) throw NO_KEY;
  }
  return Object.keys(value);
}
