/** The key text of objects. */
import { keysOf, writeBuiltIn } from "./built-ins.ts";
import { keyNameOf } from "./class-names.ts";
import { classes } from "./classes.ts";
import { cacheKey, NoKey, NO_KEY, objects, percentEncode, write } from "./encode.ts";

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
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (typeof method === "function") {
    const { constructor } = (prototype ?? {}) as { constructor?: { name?: unknown } };
    const name = percentEncode(String(constructor?.name));
    const own = typeof constructor === "function" ? keyNameOf(constructor, name) : name;
    return `@${own}(${write(method.call(value), depth)})`;
  }
  // isDeepStrictEqual first compares the prototype and this tag, which an own `Symbol.toStringTag` can change.
  const tag = toString.call(value);
  if (Array.isArray(value)) {
    if (tag === "[object Array]" && prototype === Array.prototype) return writeArray(value, depth);
  } else if (tag === "[object Object]") {
    if (prototype === Object.prototype) return writeProperties(value, depth);
    if (prototype === null) return `null${writeProperties(value, depth)}`;
  }
  const known = classes.byPrototype.get(prototype);
  // Two `@`: a name that starts with one is percent-encoded, so no class with a method `[cacheKey]()` has this text.
  if (known) return `@@${known.tag}(${write(known.encode(value), depth)})`;
  const text = prototype && !Array.isArray(value) && writeBuiltIn(value, tag.slice(8, -1), prototype, depth);
  if (text) return text;
  throw noKeyOf(prototype);
}

/** Created once, like {@link NO_KEY}. */
const noKeyOfInstance = /* @__PURE__ */ new NoKey();

/** Names the class of an instance, if it is not built in. */
function noKeyOf(prototype: object | null): NoKey {
  const { constructor } = (prototype ?? {}) as { constructor?: { name?: unknown } };
  const name = typeof constructor === "function" && constructor.name;
  if (!name || (globalThis as Record<string, unknown>)[name] === constructor) return NO_KEY;
  const why = classes.byTag.has(percentEncode(name))
    ? "is not the class of that name in configure({ classes })"
    : "has no key; add the class to configure({ classes })";
  noKeyOfInstance.message = `has an instance of ${name}, which ${why}`;
  return noKeyOfInstance;
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
