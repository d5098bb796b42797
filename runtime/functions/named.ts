import type { FunctionSpec } from "../contract/spec.ts";

const names = new WeakMap<object, FunctionSpec>();

/**
 * Hands an identity to the `cached()` around it: `cached(named(fetchUser, spec))`. The function stands
 * elsewhere and is called uncached there, so it cannot be the cached one itself.
 */
export function named<F extends (...args: never[]) => unknown>(fn: F, spec: () => FunctionSpec): F {
  names.set(fn, spec());
  return fn;
}

/** Takes the identity that was handed over for a function; the next `cached()` of it has its own. */
export function takeIdentity(fn: object): FunctionSpec | undefined {
  const spec = names.get(fn);
  names.delete(fn);
  return spec;
}
