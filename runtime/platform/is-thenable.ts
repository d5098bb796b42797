/** Tells whether a value can be awaited: a promise, or anything else with a method `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false; // A getter that throws does so again for the caller that reads the property.
  }
}

/**
 * Tells whether a thenable is a promise that another promise can stand for. One with members of its own, such as a
 * query builder, is not; one with a `then` of its own may start its work only there.
 */
export function isPlainPromise(value: unknown): boolean {
  try {
    for (let at = value as object | null; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      // The prototype of promises of any realm, or of a polyfill.
      if (Object.hasOwn(at, Symbol.toStringTag))
        return (at as Promise<unknown>)[Symbol.toStringTag] === "Promise";
      // Names that start with an underscore are private.
      if (Object.getOwnPropertyNames(at).some((name) => name !== "constructor" && !name.startsWith("_")))
        return false;
    }
  } catch {
    // A proxy that throws.
  }
  return false;
}
