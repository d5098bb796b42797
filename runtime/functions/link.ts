import { CachedFunction } from "../call/cached-function.ts";
import { CacheError } from "../contract/errors.ts";
import type { FunctionSpec, RunOptions } from "../contract/spec.ts";

/** Emitted code states the number it was made for; it goes up when old emitted code would misbehave. */
export const ABI = 3;

type Callable = (...args: never[]) => unknown;
type Definer = () => CachedFunction;

const cachedFunctions = new WeakMap<object, Definer>();

/**
 * Makes the site of a compiled function. Emitted code calls it once, at the link or at the first call.
 *
 * @param needs what puts in place what the function needs besides: see {@link features}
 */
export function define(abi: number, spec: FunctionSpec, ...needs: readonly (() => void)[]): CachedFunction {
  // Asked first: of another runtime's needs this one may have none.
  if (abi !== ABI) {
    throw new CacheError(
      "abi-mismatch",
      `${spec.id[1]} was compiled by an aotcache with ABI ${abi}, and the runtime has ABI ${ABI}; install one version of aotcache and build again.`,
    );
  }
  for (const need of needs) need();
  return new CachedFunction(spec);
}

/** Tells `cacheOf` which site a function has; with the options that only the run time knows. */
export function link(fn: Callable, definer: Definer, options?: RunOptions): CachedFunction {
  cachedFunctions.set(fn, definer);
  const defined = definer();
  if (options) defined.configure(options);
  return defined;
}

/** Links a function expression where it stands, and gives it back; a name lost by that is given again. */
export function bind<F extends Callable>(fn: F, definer: Definer, name?: string): F {
  if (name !== undefined && fn.name !== name)
    Object.defineProperty(fn, "name", { value: name, configurable: true });
  link(fn, definer);
  return fn;
}

/** Links a method of an object literal that no statement can name, and gives the object back. */
export function bindMember<O extends object>(object: O, access: readonly string[], definer: Definer): O {
  const member = access.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], object);
  link(member as Callable, definer);
  return object;
}

/** The site of a compiled or wrapped function. */
export function cachedFunctionOf(fn: object): CachedFunction | undefined {
  return cachedFunctions.get(fn)?.();
}
