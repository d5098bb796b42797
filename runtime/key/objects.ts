/** The key text of objects. */
import { keysOf, writeBuiltIn } from "./built-ins.ts";
import { cacheKey, NO_KEY, objects, percentEncode, write } from "./encode.ts";

/** Limits the stack. A value that nests deeper has no key. This includes every cycle. */
const MAX_KEY_DEPTH = 1000;

const BARE_NAME = /^[\w$]+$/;

// Read when the module is loaded, so that later patches have no effect.
const { toString } = Object.prototype;

/** Adds objects to the values that have a key. */
export function enableObjectKeys(): void {
  objects.write = writeObject;
}

function writeObject(value: object, depth: number): string {
  if (depth > MAX_KEY_DEPTH || --objects.left < 0) throw NO_KEY;
  const method = (value as { [cacheKey]?: () => unknown })[cacheKey];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof method === "function") {
    const name = (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return `@${percentEncode(String(name))}(${write(method.call(value), depth)})`;
  }
  // isDeepStrictEqual first compares the prototype and this tag, which an own `Symbol.toStringTag` can change.
  const tag = toString.call(value);
  if (Array.isArray(value)) {
    if (tag === "[object Array]" && prototype === Array.prototype) return writeArray(value, depth);
  } else if (tag === "[object Object]") {
    if (prototype === Object.prototype) return writeProperties(value, depth);
    if (prototype === null) return `null${writeProperties(value, depth)}`;
  } else return writeBuiltIn(value, tag.slice(8, -1), prototype as object, depth);
  throw NO_KEY;
}

function writeProperties(value: object, depth: number): string {
  const keys = keysOf(value);
  // Most objects have their properties in order, and checking this is 190 ns cheaper than sorting two keys.
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

/** Iterates over the keys, not the length: holes are counted, so `new Array(1e9)` is fast and its text short. */
function writeArray(value: readonly unknown[], depth: number): string {
  const { length } = value;
  const keys = keysOf(value);
  // Otherwise, an index that exists but is not enumerable would be taken for a hole.
  if (keys.length < length && Reflect.ownKeys(value).length > keys.length + 1) throw NO_KEY;
  let text = "";
  let next = 0;
  for (const key of keys) {
    if (key !== String(next)) {
      const index = Number(key);
      // Not a later index in canonical form: an additional property, or an inconsistent proxy.
      if (!(index > next && index < length) || index % 1 || key !== String(index)) throw NO_KEY;
      text += `empty*${index - next},`;
      next = index;
    }
    text += `${write(value[next++], depth)},`;
  }
  return `[${next < length ? `${text}empty*${length - next}` : text.slice(0, -1)}]`;
}
