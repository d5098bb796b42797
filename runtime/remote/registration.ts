import { CacheError } from "../contract/errors.ts";
import { codecFor } from "./serializer.ts";
import type { RemoteClient } from "./client.ts";
import type { CachedFunction } from "../call/cached-function.ts";

/** Lets functions into a store where they live side by side, by their names. */
export class Registration {
  readonly #client: RemoteClient;
  readonly #names = new Map<string, WeakRef<CachedFunction>>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /**
   * Lets a function in.
   *
   * @throws {CacheError} `option-value` for a serializer that nobody knows, or that only memory can do without. Of a
   * function that was not compiled, `name-missing` or `id-duplicate`: two under one id would give each other's results.
   */
  register(cachedFn: CachedFunction): void {
    const { driver } = this.#client;
    if (cachedFn.options.lock === "distributed" && driver.limits.atomic === "process") {
      throw new CacheError(
        "option-conflict",
        `${cachedFn.id}: \`lock\` is "distributed", and ${driver.name} locks within one process only; write "local", or use redis() or memcached().`,
      );
    }
    const codec = codecFor(cachedFn, this.#client);
    // One that cannot be loaded is an error of each call that needs it.
    if (codec instanceof Promise) codec.catch(() => undefined);
    if (!cachedFn.unverified) return;
    const [, name] = cachedFn.spec.id;
    if (cachedFn.unverified === "anonymous") {
      throw new CacheError(
        "name-missing",
        `A function without a name has no place on ${driver.name}: name the function, or write cached(fn, { name: "…" }).`,
      );
    }
    const first = this.#names.get(cachedFn.id)?.deref();
    if (first && first !== cachedFn) {
      throw new CacheError(
        "id-duplicate",
        `Two cached functions are called ${cachedFn.id} on ${driver.name}, and would give each other's results; give ${name} a \`name\` or a \`namespace\` of its own.`,
      );
    }
    this.#names.set(cachedFn.id, new WeakRef(cachedFn));
  }
}
