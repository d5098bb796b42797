import type { Cache } from "./cache.ts";
import { touch } from "./epoch.ts";
import { CacheError } from "./errors.ts";
import { MemoryStore } from "./memory-store.ts";

/** What {@link configure} takes. */
export interface Configuration {
  /** Where functions without a `backend` keep their results. Default: memory. */
  default?: Cache;
  /** Caches by the alias that `backend=` names. */
  backends?: Readonly<Record<string, Cache>>;
}

/** Where functions keep their results while nothing is configured. */
const builtIn = new MemoryStore(Infinity, 10_000);

const current: Configuration = {};

/**
 * Sets the default cache and the named ones; what is not given stays as it was.
 *
 * Functions look their cache up when they are called, so it does not matter when this runs, and it may run
 * again: the next call of each function sees it.
 *
 * @throws {CacheError} `option-unknown`; `option-value` for what is no cache.
 * @example
 * configure({ default: memory({ max: 50_000 }), backends: { small: memory({ max: 100 }) } });
 */
export function configure(configuration: Configuration): void {
  for (const name of Object.keys(configuration)) {
    if (name !== "default" && name !== "backends") {
      throw new CacheError(
        "option-unknown",
        `configure() has no option \`${name}\`; it takes default and backends.`,
      );
    }
  }
  const { default: main, backends = {} } = configuration;
  if (main !== undefined) storeOf(main, "`default`");
  for (const [alias, cache] of Object.entries(backends)) storeOf(cache, `\`${alias}\` in \`backends\``);
  Object.assign(current, configuration);
  touch();
}

/** The store of a function: its own backend, else the configured default, else memory. */
export function storeFor(backend: string | Cache | undefined): MemoryStore {
  let cache = current.default;
  if (typeof backend === "string") {
    const known = current.backends ?? {};
    if (!Object.hasOwn(known, backend)) {
      const names = Object.keys(known).map((name) => `"${name}"`);
      throw new CacheError(
        "backend-unknown",
        `No backend is called "${backend}"; ${names.length > 0 ? `known: ${names.join(", ")}` : `name it in configure({ backends: { ${backend}: memory() } })`}.`,
      );
    }
    cache = known[backend];
  } else if (backend !== undefined) cache = backend;
  return cache === undefined ? builtIn : storeOf(cache, "`backend`");
}

function storeOf(cache: unknown, what: string): MemoryStore {
  if (cache instanceof MemoryStore) return cache;
  throw new CacheError("option-value", `${what} is not a cache; write one that memory() made.`);
}
