import type { FunctionSpec } from "../contract/spec.ts";
import { shared } from "../platform/shared.ts";

const identities = /* @__PURE__ */ shared("identities", () => new WeakMap<object, FunctionSpec>());

/**
 * Passes an identity to the `cached()` around it: `cached(named(fetchUser, spec))`. The function is declared elsewhere
 * and called uncached there, so it cannot be linked itself.
 */
export function named<F extends (...args: never[]) => unknown>(fn: F, spec: () => FunctionSpec): F {
  identities.set(fn, spec());
  return fn;
}

/** Takes the identity that was passed for a function. The next `cached()` of the function gets its own. */
export function takeIdentity(fn: object): FunctionSpec | undefined {
  const spec = identities.get(fn);
  identities.delete(fn);
  return spec;
}
