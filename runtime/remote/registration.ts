import { idOf } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { CacheError } from "../contract/errors.ts";
import { weakRef } from "../platform/weak-ref.ts";
import type { RemoteClient } from "./client.ts";
import { codecFor } from "./serializer.ts";

/** Checks functions before they use a store, where only their ids tell their results apart. */
export class Registration {
  readonly #client: RemoteClient;
  /** Functions whose id may not be unique, by it. */
  readonly #byId = new Map<string, ReturnType<typeof weakRef<CachedFunction>>>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /**
   * Registers a function.
   *
   * @throws {CacheError} `option-conflict` for `lock: distributed` on a store that locks within one process only.
   * `option-value` for an unknown serializer, or for `none`. For a function whose id may not be unique,
   * `name-missing`, or `id-duplicate`: two functions with one id would return each other's results. A module that a development
   * server evaluates again replaces its functions.
   */
  register(cachedFn: CachedFunction): void {
    const { driver } = this.#client;
    if (cachedFn.options.lock === "distributed" && !this.#client.isAtomic) {
      throw new CacheError(
        "option-conflict",
        `${idOf(cachedFn)}: \`lock\` is "distributed", but ${driver.name} locks within one process only; write "local", or use redis() or memcached().`,
      );
    }
    const codec = codecFor(cachedFn, this.#client);
    // A codec that cannot be loaded is an error of each call that needs it, not an unhandled rejection.
    if (codec instanceof Promise) codec.catch(() => undefined);
    if (!cachedFn.unverified) return;
    const [, name] = cachedFn.spec.id;
    if (cachedFn.unverified.isAnonymous) {
      throw new CacheError(
        "name-missing",
        `A function without a name cannot be stored on ${driver.name}; name the function, or write cached(fn, { name: "…" }).`,
      );
    }
    const first = this.#byId.get(idOf(cachedFn))?.deref();
    if (first && first !== cachedFn && !isReplacement(cachedFn, first)) {
      throw new CacheError(
        "id-duplicate",
        `Two cached functions have the id ${idOf(cachedFn)} on ${driver.name} (${[first, cachedFn].map(({ unverified }) => unverified!.origin.place).join(" and ")}) and would return each other's results; give ${name} a \`name\` or a \`namespace\` of its own.`,
      );
    }
    this.#byId.set(idOf(cachedFn), weakRef(cachedFn));
  }
}

/**
 * Whether two functions give the same results: one call cached the same function twice, or one is the other from another
 * evaluation of its module. Both may still be called.
 */
function isReplacement({ unverified: a }: CachedFunction, { unverified: b }: CachedFunction): boolean {
  if (!a || !b) return false;
  const isSame = a.compiled !== undefined && a.compiled === b.compiled;
  return isSame || a.origin.replaces(b.origin) || b.origin.replaces(a.origin);
}
