import { isPlain } from "./plain.ts";

/**
 * Returns a shallow copy of a plain object without some of its own properties, for example without an `AbortSignal`.
 * Returns any other value unchanged.
 */
export function without<T>(value: T, ...names: readonly string[]): T {
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as T & object;
  for (const name of Reflect.ownKeys(value)) {
    const descriptor = Object.getOwnPropertyDescriptor(value, name);
    if (!descriptor?.enumerable || names.includes(name as string)) continue;
    // Defined, not assigned: assigning to `__proto__` would set the prototype.
    const property = { value: (value as Record<PropertyKey, unknown>)[name], enumerable: true };
    Object.defineProperty(copy, name, property);
  }
  return copy;
}
