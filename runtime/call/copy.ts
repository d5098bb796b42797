import { isPlain } from "../key/plain.ts";

/**
 * Freezes arrays and plain objects, however deep; leaves everything else alone, since freezing protects no
 * `Map` and breaks class instances that count on their fields. Runs no getter. Gives the value back.
 */
export function freeze<T>(value: T): T {
  // A list of what is left in place of recursion: a long chain of objects would overflow the stack.
  const left: unknown[] = [value];
  const seen = new Set<unknown>();
  while (left.length > 0) {
    const each = left.pop();
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    if (!Array.isArray(each) && !isPlain(each)) continue;
    seen.add(each);
    Object.freeze(each);
    for (const name of Object.keys(each)) left.push(Object.getOwnPropertyDescriptor(each, name)?.value);
  }
  return value;
}

/** What `structuredClone` gives back as it was: instances of these, and not of classes that extend them. */
const isCopied = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of two kinds of bytes, `Buffer` comes back as the other one; a constructor tells them apart.
  if (ArrayBuffer.isView(value))
    return Object.prototype.toString.call(value).slice(8, -1) === nameOf(prototype);
  return [Object, Array, Date, RegExp, Map, Set, ArrayBuffer].some((kind) => kind.prototype === prototype);
};

const nameOf = (prototype: unknown): unknown =>
  (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name;

/** Tells whether `structuredClone` gives back every part of a value as it was: data, no class instances. */
export function isCopyable(value: unknown): boolean {
  const left: unknown[] = [value];
  const seen = new Set<unknown>();
  while (left.length > 0) {
    const each = left.pop();
    if (typeof each === "function" || typeof each === "symbol") return false;
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    seen.add(each);
    if (!isCopied(each) || Object.getOwnPropertySymbols(each).length > 0) return false;
    if (ArrayBuffer.isView(each)) continue;
    for (const part of each instanceof Map
      ? [...each].flat()
      : each instanceof Set
        ? each
        : Object.values(each))
      left.push(part);
  }
  return true;
}
