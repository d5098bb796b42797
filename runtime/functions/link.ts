import { CacheError } from "../contract/errors.ts";
import type { SiteSpec, RunOptions } from "../contract/spec.ts";
import { Site } from "../call/cached-function.ts";

/** Emitted code states the number it was made for; it goes up when old emitted code would misbehave. */
export const ABI = 2;

type Callable = (...args: never[]) => unknown;
type Define = () => Site;

const sites = new WeakMap<object, Define>();

/**
 * Makes the site of a compiled function. Emitted code calls it once, at the link or at the first call.
 *
 * @param needs what puts in place what the function needs besides: see {@link features}
 */
export function site(abi: number, spec: SiteSpec, ...needs: readonly (() => void)[]): Site {
  // Asked first: of another runtime's needs this one may have none.
  if (abi !== ABI) {
    throw new CacheError(
      "abi-mismatch",
      `${spec.id[1]} was compiled by an aotcache with ABI ${abi}, and the runtime has ABI ${ABI}; install one version of aotcache and build again.`,
    );
  }
  for (const need of needs) need();
  return new Site(spec);
}

/** Tells `cacheOf` which site a function has; with the options that only the run time knows. */
export function link(fn: Callable, define: Define, options?: RunOptions): Site {
  sites.set(fn, define);
  const defined = define();
  if (options) defined.configure(options);
  return defined;
}

/** Links a function expression where it stands, and gives it back; a name lost by that is given again. */
export function bind<F extends Callable>(fn: F, define: Define, name?: string): F {
  if (name !== undefined && fn.name !== name)
    Object.defineProperty(fn, "name", { value: name, configurable: true });
  link(fn, define);
  return fn;
}

/** Links a method of an object literal that no statement can name, and gives the object back. */
export function bindMember<O extends object>(object: O, access: readonly string[], define: Define): O {
  const member = access.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], object);
  link(member as Callable, define);
  return object;
}

/** The site of a compiled or wrapped function. */
export function siteOf(fn: object): Site | undefined {
  return sites.get(fn)?.();
}
