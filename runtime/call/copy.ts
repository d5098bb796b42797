import { isPlain } from "../key/plain.ts";

/**
 * Freezes arrays and plain objects at any depth, and returns the value. Runs no getters. Leaves other objects alone:
 * freezing does not protect a `Map`, and breaks class instances that write their fields. Leaves alone what is in `owned`.
 */
export function freeze<T>(value: T, owned?: ReadonlySet<unknown>): T {
  // Iterative: recursion would overflow the stack on a long chain of objects.
  const left: unknown[] = [value];
  const seen = new Set<unknown>();
  while (left.length > 0) {
    const each = left.pop();
    if (typeof each !== "object" || each === null || seen.has(each)) continue;
    if (owned?.has(each) || (!Array.isArray(each) && !isPlain(each))) continue;
    seen.add(each);
    Object.freeze(each);
    for (const name of Object.keys(each)) left.push(Object.getOwnPropertyDescriptor(each, name)?.value);
  }
  return value;
}

/** Returns the objects that values lead to, nearest first, at most about so many. Runs no getters. */
export function reachable(roots: readonly unknown[], most: number = Infinity): Set<unknown> {
  const found = new Set<unknown>();
  const add = (value: unknown): void => {
    if (typeof value === "object" && value !== null) found.add(value);
  };
  roots.forEach(add);
  for (const each of found as Set<object>) {
    if (found.size > most) break;
    if (ArrayBuffer.isView(each)) continue;
    if (each instanceof Map) for (const entry of each) entry.forEach(add);
    if (each instanceof Set) each.forEach(add);
    try {
      for (const name of Reflect.ownKeys(each)) add(Object.getOwnPropertyDescriptor(each, name)?.value);
    } catch {
      // A proxy may refuse.
    }
  }
  return found;
}

/** Whether `structuredClone` preserves the kind of an object. It does not for instances of subclasses. */
const isCopied = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // A `Buffer` is cloned as a plain `Uint8Array`. The name of the constructor tells the two apart.
  if (ArrayBuffer.isView(value))
    return Object.prototype.toString.call(value).slice(8, -1) === constructorNameOf(prototype);
  return [Object, Array, Date, RegExp, Map, Set, ArrayBuffer].some((kind) => kind.prototype === prototype);
};

const constructorNameOf = (prototype: unknown): unknown =>
  (prototype as { constructor?: { name?: unknown } } | null)?.constructor?.name;

/** Tells whether `structuredClone` preserves every part of a value: plain data, no class instances. */
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
