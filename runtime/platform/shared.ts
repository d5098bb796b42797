import { ABI } from "../contract/spec.ts";

type State = Record<string, unknown>;

const PREFIX = "aotcache/";

/**
 * Returns a part of the state that all copies of the runtime in this process share: `import` and `require`, several
 * bundles. Without it, `configure()` of one copy would not reach the functions of another.
 *
 * The state is a property of the global object. Its name has the ABI, so that copies with another ABI have their own.
 */
export function shared<T>(name: string, make: () => T): T {
  const state = ((globalThis as Record<symbol, State | undefined>)[Symbol.for(PREFIX + ABI)] ??= {});
  return (state[name] ??= make()) as T;
}

/** The ABI of a copy of the runtime that shares no state with this one. */
export function otherAbi(): string | undefined {
  return Object.getOwnPropertySymbols(globalThis)
    .map((symbol) => Symbol.keyFor(symbol) ?? "")
    .find((key) => key.startsWith(PREFIX) && key !== PREFIX + ABI)
    ?.slice(PREFIX.length);
}
