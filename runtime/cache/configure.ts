import type { CachedFunction } from "../call/cached-function.ts";
import { bumpEpoch } from "../call/epoch.ts";
import { features } from "../call/features.ts";
import { enableKeyTexts } from "../call/key-text.ts";
import { enableDebug, isLogger, setLog, type LogFunction, type Logger } from "../call/log.ts";
import { enableRefusals } from "../call/refuse.ts";
import type { Store } from "../call/store.ts";
import { setVerify } from "../call/verify.ts";
import type { Cache } from "../contract/cache.ts";
import type { ClassCodec } from "../contract/class-codec.ts";
import { CacheError } from "../contract/errors.ts";
import { ABI } from "../contract/spec.ts";
import { isSerializer, type Serializer } from "../contract/serializer.ts";
import { suggest } from "../contract/suggest.ts";
import { checkCompiled } from "../call/require-compiled.ts";
import { warn } from "../platform/environment.ts";
import { otherAbi, shared } from "../platform/shared.ts";
import { checkClasses } from "./classes.ts";

/** Options of {@link configure}. An option that is left out stays as it was. */
export interface Configuration {
  /** The cache of functions without `backend`. Default: a cache in memory. */
  default?: Cache;
  /** Caches by alias, for the option `backend`. */
  backends?: Readonly<Record<string, Cache>>;
  /** Your own serializers by alias, for the option `serializer`. */
  serializers?: Readonly<Record<string, Serializer>>;
  /**
   * Classes of packages whose instances make keys, and may be in results on every store. A class of your own can have a
   * method `[cacheKey]()` instead, if only keys need it.
   */
  classes?: readonly ClassCodec[];
  /**
   * Gets the promise of each write or refresh that outlives its call, for platforms that freeze a process after a
   * response: `(promise) => context.waitUntil(promise)`. The promises never reject.
   */
  waitUntil?: (promise: Promise<void>) => void;
  /**
   * Whether `cached()` throws `not-compiled` for a function that the compiler has not seen, instead of caching it by its
   * arguments: a build without the plugin is then noticed. `AOTCACHE_REQUIRE_COMPILED=1` does the same. Default: `false`.
   */
  requireCompiled?: boolean;
  /**
   * Gets each message, instead of the console: a function `(level, message, details)`, or a logger with the methods
   * `debug`, `info`, `warn` and `error`. Warnings, which are said once, are `warn`, in production too; events are
   * `debug`, failures of stores and runs `error`. Of hits, it gets at most 20 of each function in a second. `undefined`:
   * the console again, which gets warnings outside of production.
   */
  log?: LogFunction | Logger | undefined;
  /**
   * The share of hits, between 0 and 1, that are recomputed behind the caller. A result that differs is not stored, but
   * an event `mismatch`, and a warning once for each function. Default: 0.
   */
  verify?: number;
}

const CONFIGURATION_NAMES: readonly string[] = [
  "default",
  "backends",
  "serializers",
  "classes",
  "waitUntil",
  "requireCompiled",
  "log",
  "verify",
] satisfies (keyof Configuration)[];

const current: Configuration = /* @__PURE__ */ shared("configuration", () => ({}));

/**
 * Sets the default cache, named caches and serializers, classes, `waitUntil`, `log` and `verify`.
 *
 * It may run at any time, and again: the next call of each function uses the new values.
 *
 * @throws {CacheError} `option-unknown`, or `option-value` for an invalid value.
 * @example
 * configure({ default: memory({ max: 50_000 }), backends: { small: memory({ max: 100 }) } });
 */
export function configure(configuration: Configuration): void {
  for (const name of Object.keys(configuration)) {
    if (CONFIGURATION_NAMES.includes(name)) continue;
    const nearest = suggest(name, CONFIGURATION_NAMES);
    const help = nearest ? `write \`${nearest}\`` : `it takes ${CONFIGURATION_NAMES.join(", ")}`;
    throw new CacheError("option-unknown", `configure() has no option \`${name}\`; ${help}.`);
  }
  enableDebug();
  const { default: main, backends: named = {}, serializers = {}, waitUntil, requireCompiled } = configuration;
  const { log, verify } = configuration;
  if (log !== undefined && typeof log !== "function" && !isLogger(log))
    throw new CacheError(
      "option-value",
      "`log` is not a log; write a function that takes a level, a message and details, or a logger with `debug`, `info`, `warn` and `error`.",
    );
  if (verify !== undefined && !(typeof (verify as unknown) === "number" && verify >= 0 && verify <= 1))
    throw new CacheError(
      "option-value",
      "`verify` is not a number from 0 to 1; write the share of hits, like `0.01`.",
    );
  if (waitUntil !== undefined && typeof (waitUntil as unknown) !== "function")
    throw new CacheError("option-value", "`waitUntil` is not a function; write one that takes a promise.");
  if (requireCompiled !== undefined && typeof (requireCompiled as unknown) !== "boolean")
    throw new CacheError(
      "option-value",
      "`requireCompiled` is neither `true` nor `false`; write one of them.",
    );
  for (const [alias, serializer] of Object.entries(serializers)) {
    if (isSerializer(serializer)) continue;
    throw new CacheError(
      "option-value",
      `\`${alias}\` in \`serializers\` is not a serializer; write { name, encode, decode }.`,
    );
  }
  const register = configuration.classes && checkClasses(configuration.classes);
  if (main !== undefined) checkStore(main, "`default`");
  for (const [alias, cache] of Object.entries(named)) checkStore(cache, `\`${alias}\` in \`backends\``);
  const other = otherAbi();
  if (other !== undefined) {
    warn(
      `abi-mismatch: this process has aotcache with ABI ${other} and with ABI ${ABI}, and configure() reaches only the functions of its own; install one version of aotcache.`,
    );
  }
  Object.assign(current, configuration);
  register?.();
  if (requireCompiled !== undefined) features.requireCompiled = requireCompiled;
  if ("log" in configuration) setLog(log);
  if (verify !== undefined) setVerify(verify);
  enableBackends();
  bumpEpoch();
}

/** The default cache and the named ones, each once. */
export const configuredCaches = (): Cache[] => [
  ...new Set([...(current.default ? [current.default] : []), ...Object.values(current.backends ?? {})]),
];

/** The alias of a cache, or else the kind of its store: `memory`, `redis`. */
export const nameOfCache = (store: Store): string =>
  Object.entries(current.backends ?? {}).find(([, cache]) => (cache as unknown) === store)?.[0] ??
  store.remote?.name ??
  "memory";

/** The name of the cache that a function uses or, before its first call, is going to use. */
export function nameOfCacheFor({ store, options, spec }: CachedFunction): string {
  if (store) return nameOfCache(store);
  if (typeof options.backend === "string") return options.backend;
  const isLocal = spec.mode === "sync" || spec.perInstance;
  const cache = options.backend ?? (isLocal ? undefined : current.default);
  return cache ? nameOfCache(cache as unknown as Store) : "memory";
}

/** Passes the promise of background work to `waitUntil`. */
export function runInBackground(work: Promise<void>): void {
  try {
    current.waitUntil?.(work);
  } catch (error) {
    warn(`\`waitUntil\` threw: ${error instanceof Error ? error.message : typeof error}`);
  }
}

/** The configured serializer of an alias. */
export function serializerNamed(alias: string): Serializer | undefined {
  const { serializers = {} } = current;
  return Object.hasOwn(serializers, alias) ? serializers[alias] : undefined;
}

/** Enables the option `backend`, and the configured default cache. */
export function enableBackends(): void {
  // A store outside of memory names its entries by these texts.
  enableKeyTexts();
  enableRefusals();
  features.storeFor = storeFor;
  features.runInBackground = runInBackground;
}

/**
 * The store of a function: its `backend`, else the configured default. Functions that are sync, if only for some
 * arguments, and entries per instance cannot use a store outside of memory: they do not use a default that is one.
 *
 * @throws {CacheError} `option-conflict` for the option `identity`, `backend-remote` or `result-mixed` if their own `backend` is one, `backend-unknown`, `option-value`, or an error of
 * `RemoteCaller.register`.
 */
function storeFor({ options, spec, root, givesPromises }: CachedFunction): Store | undefined {
  if (root.unverified && !root.unverified.compiled) checkCompiled(spec.id[1]);
  const { backend } = options;
  const store = storeNamed(backend);
  if (!store?.remote) return store;
  const { mode, perInstance, id, parts } = spec;
  const mixed = spec.mixed === true || root.promises === "mixed";
  const sync = mixed || mode === "sync" || (mode === "either" && root.promises === false);
  if (!perInstance && !sync && parts.some(({ identity }) => identity)) {
    throw new CacheError(
      "option-conflict",
      `${id[1]} tells objects apart by \`identity\`, which only memory can, but ${backend === undefined ? "the default cache" : typeof backend === "string" ? `"${backend}"` : "its backend"} is ${store.remote.name}; name a memory cache with \`backend\`, or remove \`identity\`.`,
    );
  }
  if (!perInstance && !sync) {
    // A function that may turn out to be sync is registered after its first run.
    if (givesPromises) store.remote.register(root);
    return store;
  }
  if (backend === undefined) return undefined;
  const is = mixed ? "returns a promise at some calls only" : "is not async";
  throw new CacheError(
    mixed && !perInstance ? "result-mixed" : "backend-remote",
    `${id[1]} ${perInstance ? "stores its entries per instance" : is}, so its backend must be memory, but${typeof backend === "string" ? ` "${backend}"` : " it"} is ${store.remote.name}; ${perInstance ? "name properties with `this`" : "make it async"}, or remove the backend.`,
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
  return cache === undefined ? undefined : checkStore(cache, "`backend`");
}

function checkStore(cache: unknown, what: string): Store {
  const abi = (cache as Partial<Store> | null | undefined)?.storeAbi;
  if (abi === ABI) return cache as Store;
  if (abi !== undefined) {
    throw new CacheError(
      "abi-mismatch",
      `${what} was made by an aotcache with ABI ${String(abi)}, and this runtime has ABI ${ABI}; install one version of aotcache.`,
    );
  }
  throw new CacheError(
    "option-value",
    `${what} is not a cache; write one that memory(), redis() or memcached() made.`,
  );
}
