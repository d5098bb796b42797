import type { CachedFunction } from "../call/cached-function.ts";
import { bumpEpoch } from "../call/epoch.ts";
import { features } from "../call/features.ts";
import { Store } from "../call/store.ts";
import type { Cache } from "../contract/cache.ts";
import { CacheError } from "../contract/errors.ts";
import { isSerializer, type Serializer } from "../contract/serializer.ts";
import { suggest } from "../contract/suggest.ts";
import { warn } from "../platform/environment.ts";

/** What {@link configure} takes. */
export interface Configuration {
  /** Where functions without a `backend` keep their results. Default: memory. */
  default?: Cache;
  /** Caches by the alias that `backend=` names. */
  backends?: Readonly<Record<string, Cache>>;
  /** Serializers by the alias that `serializer=` names, besides the built-in ones. */
  serializers?: Readonly<Record<string, Serializer>>;
  /**
   * Is handed each write that goes on behind a caller who has its answer already, where a platform would freeze
   * the process otherwise: `(promise) => context.waitUntil(promise)`. The promises never reject.
   */
  waitUntil?: (promise: Promise<void>) => void;
}

const NAMES: readonly string[] = [
  "default",
  "backends",
  "serializers",
  "waitUntil",
] satisfies (keyof Configuration)[];

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
    if (NAMES.includes(name)) continue;
    const nearest = suggest(name, NAMES);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${NAMES.join(", ")}`;
    throw new CacheError("option-unknown", `configure() has no option \`${name}\`; ${help}.`);
  }
  const { default: main, backends: named = {}, serializers = {}, waitUntil } = configuration;
  if (waitUntil !== undefined && typeof (waitUntil as unknown) !== "function")
    throw new CacheError("option-value", "`waitUntil` is not a function; write one that takes a promise.");
  for (const [alias, serializer] of Object.entries(serializers)) {
    if (isSerializer(serializer)) continue;
    throw new CacheError(
      "option-value",
      `\`${alias}\` in \`serializers\` is no serializer; write { name, encode, decode }.`,
    );
  }
  if (main !== undefined) storeOf(main, "`default`");
  for (const [alias, cache] of Object.entries(named)) storeOf(cache, `\`${alias}\` in \`backends\``);
  Object.assign(current, configuration);
  enableBackends();
  bumpEpoch();
}

/** Hands over what goes on behind a caller. */
export function runInBackground(work: Promise<void>): void {
  try {
    current.waitUntil?.(work);
  } catch (error) {
    warn(`\`waitUntil\` threw: ${error instanceof Error ? error.message : typeof error}`);
  }
}

/** The serializer that has an alias. */
export function serializerNamed(alias: string): Serializer | undefined {
  const { serializers = {} } = current;
  return Object.hasOwn(serializers, alias) ? serializers[alias] : undefined;
}

/** Lets functions have a cache of their own, or a configured one. */
export function enableBackends(): void {
  features.storeFor = storeFor;
}

/** What cannot wait for a store outside of memory stays in memory, unless it was sent there by name. */
function storeFor({ options, spec, root, givesPromises }: CachedFunction): Store | undefined {
  const { backend } = options;
  const store = storeNamed(backend);
  if (!store?.remote) return store;
  const { mode, perInstance, id } = spec;
  const sync = mode === "sync" || (mode === "either" && root.promises === false);
  if (!perInstance && !sync) {
    // One that may turn out to stay in memory is let in when it has told.
    if (givesPromises) store.remote.register(root);
    return store;
  }
  if (backend === undefined) return undefined;
  throw new CacheError(
    "backend-remote",
    `${id[1]} ${perInstance ? "keeps the entries of an instance with it" : "gives its result at once"}, and its backend${typeof backend === "string" ? ` "${backend}"` : ""} is ${store.remote.name}, not memory; ${perInstance ? "name properties with `this`" : "make it async"}, or take the backend out.`,
  );
}

function storeNamed(backend: string | Cache | undefined): Store | undefined {
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
  return cache === undefined ? undefined : storeOf(cache, "`backend`");
}

function storeOf(cache: unknown, what: string): Store {
  if (cache instanceof Store) return cache;
  throw new CacheError(
    "option-value",
    `${what} is not a cache; write one that memory(), redis() or memcached() made.`,
  );
}
