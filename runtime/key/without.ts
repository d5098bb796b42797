import { isPlain } from "./plain.ts";

/** A shallow copy of a plain object without some own properties (an `AbortSignal`); other values as they are. */
export function without<T>(value: T, ...names: readonly string[]): T {
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as T & object;
  for (const name of Reflect.ownKeys(value)) {
    const own = Object.getOwnPropertyDescriptor(value, name);
    if (!own?.enumerable || names.includes(name as string)) continue;
    // Defined, not assigned: `__proto__` is a name like any other.
    const read = { value: (value as Record<PropertyKey, unknown>)[name], enumerable: true };
    Object.defineProperty(copy, name, read);
  }
  return copy;
}
