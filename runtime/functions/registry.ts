/** The cached functions of the process, for tools that show all of them. */
import { shared } from "../platform/shared.ts";
import { weakRef } from "../platform/weak-ref.ts";

const remembered = /* @__PURE__ */ shared("refs", () => ({
  refs: [] as ReturnType<typeof weakRef<object>>[],
}));

/** How many functions are added between two searches for functions that are gone. */
const SWEEP_EVERY = 500;

/** Notes a compiled or wrapped function. It is not kept alive: a program may make one for each request. */
export function remember(fn: object): void {
  if (remembered.refs.push(weakRef(fn)) % SWEEP_EVERY < 1)
    remembered.refs = remembered.refs.filter((ref) => ref.deref());
}

/** The compiled and wrapped functions that still exist, those without a call included, in the order of their definition. */
export const rememberedFunctions = (): ((...args: never[]) => unknown)[] =>
  remembered.refs.flatMap((ref) => (ref.deref() as ((...args: never[]) => unknown) | undefined) ?? []);
