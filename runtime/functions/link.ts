import { CachedFunction } from "../call/cached-function.ts";
import { CacheError } from "../contract/errors.ts";
import { ABI, type FunctionSpec, type RunOptions } from "../contract/spec.ts";
import { shared } from "../platform/shared.ts";
import { remember } from "./registry.ts";

type Callable = (...args: never[]) => unknown;
type Definer = () => CachedFunction;

const cachedFunctions = /* @__PURE__ */ shared("functions", () => new WeakMap<object, Definer>());

/**
 * Makes the cached function of a compiled function. Emitted code calls it once, when it links the function or at the
 * first call.
 *
 * @param needs enable the features that the function needs
 * @throws {CacheError} `abi-mismatch` if the code was compiled for another version of the runtime.
 */
export function define(abi: number, spec: FunctionSpec, ...needs: readonly (() => void)[]): CachedFunction {
  // Checked first: `needs` of another version may not exist in this runtime.
  if (abi !== ABI) {
    throw new CacheError(
      "abi-mismatch",
      `${spec.id[1]} was compiled by an aotcache with ABI ${abi}, and the runtime has ABI ${ABI}; install one version of aotcache and build again.`,
    );
  }
  for (const need of needs) need();
  return new CachedFunction(spec);
}

/**
 * Registers a function's cached function for `cacheOf`, and sets the options that are known only at run time. The
 * program may have replaced the function by any other value: a decorator can replace a class.
 */
export function link(fn: unknown, definer: Definer, options?: RunOptions): CachedFunction {
  if (typeof fn === "function") {
    cachedFunctions.set(fn, definer);
    remember(fn);
  }
  const defined = definer();
  if (options) defined.configure(options);
  return defined;
}

/** Links a function expression in place and returns it. Restores the name that it would lose by this. */
export function bind<F extends Callable>(fn: F, definer: Definer, name?: string): F {
  if (name !== undefined && fn.name !== name)
    Object.defineProperty(fn, "name", { value: name, configurable: true });
  link(fn, definer);
  return fn;
}

/** Links a method of an object literal that no statement can refer to, and returns the object. */
export function bindMember<O extends object>(object: O, access: readonly string[], definer: Definer): O {
  link(
    access.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], object),
    definer,
  );
  return object;
}

/** The receiver of a private method as an object, for `in`. Without one, an object that has no such method. */
export const receiver = (self: unknown): object =>
  (typeof self === "object" || typeof self === "function") && self !== null ? self : {};

/** The cached function of a compiled or wrapped function. */
export function cachedFunctionOf(fn: object): CachedFunction | undefined {
  return cachedFunctions.get(fn)?.();
}
