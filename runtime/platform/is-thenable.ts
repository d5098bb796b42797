/** Tells whether a value can be awaited: a promise, or anything else with a method `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false; // A getter that throws does so again for the caller that reads the property.
  }
}
