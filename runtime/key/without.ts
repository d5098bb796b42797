import { isPlain } from "./plain.ts";

/**
 * Returns a shallow copy of a plain object without some of its own properties, for example without an `AbortSignal`.
 * Returns any other value unchanged.
 */
export function without<T>(value: T, ...names: readonly string[]): T {
  return copied(value, (name, read) => (names.includes(name as string) ? undefined : [read()]));
}

/**
 * Returns a copy of a plain object with `null` in place of what paths lead to, and copies of the plain objects on the
 * way. Returns any other value unchanged.
 */
export function blanked<T>(value: T, ...paths: readonly string[]): T {
  return copied(value, (name, read) => {
    if (typeof name === "symbol") return [read()];
    if (paths.includes(name)) return [null];
    const inner = paths.filter((path) => path.startsWith(`${name}.`));
    return [inner.length > 0 ? blanked(read(), ...inner.map((path) => path.slice(name.length + 1))) : read()];
  });
}

/** Copies a plain object. `take` returns what to copy of a property in an array, or `undefined` to leave it out. */
function copied<T>(
  value: T,
  take: (name: string | symbol, read: () => unknown) => readonly [unknown] | undefined,
): T {
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as T & object;
  for (const name of Reflect.ownKeys(value)) {
    if (!Object.getOwnPropertyDescriptor(value, name)?.enumerable) continue;
    const taken = take(name, () => (value as Record<PropertyKey, unknown>)[name]);
    // Defined, not assigned: assigning to `__proto__` would set the prototype.
    if (taken) Object.defineProperty(copy, name, { value: taken[0], enumerable: true });
  }
  return copy;
}
