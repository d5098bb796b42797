import { enableKeyTexts, keyText, keyValues } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { dropFlight, keyPlaceFor, type HandleRequest, type IdRequest } from "../call/slow-path.ts";
import { balanceOf, enableMeter } from "../call/meter.ts";
import { functionTotal, hitRatio } from "../call/counters.ts";
import { stateAt } from "../call/stale.ts";
import { storeValue } from "../call/store-result.ts";
import { nameWithPlace } from "../call/name-with-place.ts";
import type { RemoteCaller } from "../call/store.ts";
import { CacheError } from "../contract/errors.ts";
import type { Slots } from "../key/slots.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { invalidateWhere } from "./invalidate-where.ts";
import { comparableTexts, partsOfKey, type ExplainedPart } from "./key-parts.ts";
import { cachedFunctionOf } from "./link.ts";
import { missReason, type MissReason } from "./miss-reason.ts";

export type { ExplainedPart } from "./key-parts.ts";
export type { MissReason } from "./miss-reason.ts";

/** Any function; `never` parameters make every function assignable to it. */
export type AnyFunction = (...args: never[]) => unknown;

/** Counters of a cached function since it was defined. */
export interface FunctionStats {
  readonly hits: number;
  /** Those of them that the near tier answered. */
  readonly nearHits: number;
  /** Lookups that found nothing, calls that joined a run in flight included. */
  readonly misses: number;
  /** Answers with a stale value (`swr`, `sie`). */
  readonly stale: number;
  /** Runs that failed, and results that could not be stored. */
  readonly errors: number;
  /** Calls that had no key, or whose result could not be given to a second caller. */
  readonly bypassed: number;
  readonly evictions: number;
  readonly sets: number;
  /** Runs that succeeded. */
  readonly runs: number;
  /** Runs in flight now. */
  readonly inFlight: number;
  /** Entries in memory now. */
  readonly entries: number;
  /** Between 0 and 1. */
  readonly hitRatio: number;
  /** Average duration of a successful run in seconds, without the time to read the clock; 0 before the first. */
  readonly averageRun: number;
  /**
   * Seconds from a call to its answer, if it is a hit: the median of the last 15 that were measured, which are every
   * 64th of the first 4,096 hits, and then every 1,024th. 0 before the first, and while nothing is measured.
   */
  readonly averageHit: number;
  /** Seconds of `averageHit` that making the key takes; 0 if all parts of the key are primitive. Median, too. */
  readonly averageKey: number;
  /**
   * Seconds that hits and stale answers spared, less what they took, and less the look-ups of misses. Negative if the
   * function is slower with its cache.
   */
  readonly saved: number;
}

/** How one call would be answered, and why. */
export interface Explanation {
  /** The text of the key; `undefined` if the call has none. */
  readonly key: string | undefined;
  /** The key, part by part. */
  readonly parts: readonly ExplainedPart[];
  /** What is left out of the key, and why. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  /** The ttl in seconds; `Infinity` for forever, `undefined` if it depends on the result. */
  readonly ttl: number | undefined;
  /** What it is kept in: the alias of the backend, or the kind of the store: `memory`, `redis`. */
  readonly backend: string;
  readonly state: "fresh" | "stale" | "absent";
  /** Why nothing is kept for the call, if its state is `absent`. */
  readonly miss?: MissReason;
  /** The near tier would answer. */
  readonly near?: true;
  /** The function's location, `src/users.ts:12`; `undefined` if it was not compiled. */
  readonly at: string | undefined;
}

/**
 * The operations on a cached function, typed by its parameters.
 *
 * Errors are of the class {@link CacheError}. An operation fails with
 * - `key-unkeyable` if binding the arguments throws (a default value, a missing receiver); `refresh` and `bypass` fail
 *   with the function's own error instead;
 * - `backend-unknown`, `backend-remote`, `result-mixed`, `name-missing`, `id-duplicate`, `option-value` or
 *   `option-conflict` if the function cannot use its cache.
 *
 * On a store outside of memory, `peek`, `invalidate`, `prime`, `clear` and `explain` also reject with `timeout`,
 * `unavailable`, `peer-missing` or `closed` if the store cannot answer.
 */
export interface CacheHandle<F extends AnyFunction = AnyFunction> {
  /** Returns the text of the key of a call. @throws {CacheError} `key-unkeyable` also if an argument has no key. */
  key(...args: Parameters<F>): string;
  /** Returns the stored value, or `undefined`. Never runs the function. */
  peek(...args: Parameters<F>): Promise<Awaited<ReturnType<F>> | undefined>;
  /** Removes the entry of a call, and drops the result of a run in flight; returns whether there was either. */
  invalidate(...args: Parameters<F>): Promise<boolean>;
  /**
   * Removes all entries whose keys have these values, and drops the results of such runs in flight; returns the number of
   * entries. `where` has names of parameters, or paths (`"opts.locale"`), that are part of the key. An entry of which
   * memory has only the hash of its key, because of long texts or nested objects, goes with any values.
   *
   * @throws {CacheError} `option-value` for a name that is not part of the key, and `clear-refused` on a store outside of
   * memory, whose keys cannot be listed by their values: tags can do it there.
   * @example
   * await cacheOf(getUser).invalidateWhere({ id: 42 }); // in every locale
   */
  invalidateWhere(where: Readonly<Record<string, unknown>>): Promise<number>;
  /** Runs the function, stores the result and returns it. */
  refresh(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /**
   * Stores a value for a call without a run. A value whose `ttl` function returns zero or less removes the entry.
   *
   * @throws {CacheError} `key-unkeyable`, `unstorable`, or `ttl-invalid` if that function fails.
   */
  prime(args: Parameters<F>, value: Awaited<ReturnType<F>>): Promise<void>;
  /** Runs the function and stores nothing. */
  bypass(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** Removes all entries of this function. @throws {CacheError} `clear-refused` if the store cannot list its keys. */
  clear(): Promise<void>;
  /** Returns the counters. */
  stats(): FunctionStats;
  /** Returns the key of a call part by part, and how the call would be answered. */
  explain(...args: Parameters<F>): Promise<Explanation>;
}

/**
 * Returns the handle of a cached function, for its keys, entries and counters.
 *
 * @param fn a compiled function, the result of `cached()`, or a spy that tells what it wraps (`vi.fn(fn)`)
 * @param receiver the object of a method that reads `this`. Left out: no receiver
 * @throws {CacheError} `not-cached` for any other function.
 * @example
 * const add = cached((a: number, b: number) => a + b, { name: "add" });
 * add(1, 2);
 * await cacheOf(add).peek(1, 2); // 3
 */
export function cacheOf<F extends AnyFunction>(fn: F, receiver?: unknown): CacheHandle<F> {
  enableKeyTexts();
  enableMeter();
  for (const each of [fn, wrappedBy(fn)]) {
    const cachedFn = typeof each === "function" ? cachedFunctionOf(each) : undefined;
    if (cachedFn) return new Handle(cachedFn, each as F, receiver) as unknown as CacheHandle<F>;
  }
  const name = typeof fn === "function" && fn.name !== "" ? `\`${fn.name}\`` : "This";
  throw new CacheError(
    "not-cached",
    isMock(fn)
      ? `${name} is a spy or a mock, which does not tell what it wraps; keep the cached function before you replace it, and pass that.`
      : `${name} is not a cached function; mark it with \`// @cached\` and build with the compiler, or wrap it in cached().`,
  );
}

/** What the spies and mocks of Vitest, Jest, `node:test` and Sinon have. */
interface Mock {
  readonly mock?: object;
  readonly getMockImplementation?: () => unknown;
  readonly wrappedMethod?: unknown;
}

const isMock = (fn: unknown): boolean => {
  const { mock, wrappedMethod } = (fn ?? {}) as Mock;
  return typeof fn === "function" && (typeof mock === "object" || wrappedMethod !== undefined);
};

/** The function that a spy or a mock calls, if it tells. */
function wrappedBy(fn: unknown): unknown {
  if (!isMock(fn)) return undefined;
  const { wrappedMethod } = fn as Mock;
  return wrappedMethod ?? (fn as Mock).getMockImplementation?.();
}

function stateOf({ options, tier }: CachedFunction, place: KeyPlace | undefined): Explanation["state"] {
  const entry = place ? tier.find(place) : -1;
  return entry < 0 ? "absent" : stateAt(options, memoryTime() - tier.expires[entry]!);
}

/** Whether a primed value is returned as a promise: if the function's type, last run or the value itself says so. */
function givesPromise({ spec, root }: CachedFunction, value: unknown): boolean {
  if (spec.mode !== "either") return spec.mode !== "sync";
  return typeof root.promises === "boolean" ? root.promises : value instanceof Promise;
}

/** The store outside of memory, if the function uses one. Registers the function if no call has done so. */
function remoteOf(cachedFn: CachedFunction): RemoteCaller | undefined {
  const { remote } = cachedFn.store!;
  remote?.register(cachedFn.root);
  return remote;
}

function dropEntry({ tier }: CachedFunction, place: KeyPlace): void {
  const entry = tier.find(place);
  if (entry >= 0) tier.drop(entry);
}

/** The calls of `refresh()` in memory that have not ended. */
const refreshes = /* @__PURE__ */ new WeakMap<CachedFunction, Set<HandleRequest>>();

/** The requests for single keys: for a batch function, one for each id. */
const partsOf = (request: HandleRequest): readonly HandleRequest[] => request.each ?? [request];

/** A refresh that is running removes only what was stored before it. Returns what is called when it ends. */
function watchRefresh(root: CachedFunction, request: HandleRequest): () => void {
  const running = refreshes.get(root) ?? new Set();
  refreshes.set(root, running.add(request));
  root.onStore = (cachedFn, place) => {
    const entry = cachedFn.tier.find(place);
    for (const each of [...running].flatMap(partsOf))
      if (each.cachedFn === cachedFn && each.place && cachedFn.tier.find(each.place) === entry)
        each.place = undefined;
  };
  return () => {
    running.delete(request);
    if (running.size === 0) root.onStore = undefined;
  };
}

/** The outcome of a call for a handle: the cached function that it reached, its slots, and the function's result. */
interface RequestOutcome {
  readonly cachedFn: CachedFunction;
  readonly slots: Slots;
  readonly result: unknown;
  readonly request: HandleRequest;
}

/** A key that an operation is about. It has no place if the call cannot be cached. */
interface Target extends Pick<IdRequest, "cachedFn" | "slots" | "args" | "id"> {
  readonly place: KeyPlace | undefined;
  readonly tags: readonly string[] | undefined;
}

/** The keys that an operation is about: one or, for a batch function, one for each id. */
interface Found {
  readonly cachedFn: CachedFunction;
  readonly targets: readonly Target[];
  /** The ids as they were given to a batch function. */
  readonly all: readonly unknown[] | undefined;
}

class Handle {
  readonly #cachedFn: CachedFunction;
  readonly #fn: (...args: unknown[]) => unknown;
  readonly #receiver: unknown;

  constructor(cachedFn: CachedFunction, fn: AnyFunction, receiver: unknown) {
    this.#cachedFn = cachedFn;
    this.#fn = fn as (...args: unknown[]) => unknown;
    this.#receiver = receiver;
  }

  key(...args: unknown[]): string {
    const { cachedFn, slots } = this.#findOne(args);
    const text = keyText(cachedFn, slots);
    if (typeof text === "string") return text;
    throw new CacheError(
      "key-unkeyable",
      `This call of ${nameWithPlace(cachedFn)} has no key: ${text.unkeyable} ${text.why}.`,
    );
  }

  async peek(...args: unknown[]): Promise<unknown> {
    const { cachedFn, targets, all } = this.#find(args);
    if (!all) return this.#peek(targets[0]!);
    const values = await Promise.all(targets.map(async (target) => this.#peek(target)));
    if (values.every((value) => value === undefined)) return undefined;
    const ids = { all, ids: targets.map(({ id }) => id) };
    return features.batches!.assemble(cachedFn.spec.multi!.form ?? "list", ids, values);
  }

  async #peek({ cachedFn, place, tags }: Target): Promise<unknown> {
    const remote = remoteOf(cachedFn);
    if (remote) return place && remote.peek({ cachedFn, place, tags });
    const { options, tier } = cachedFn;
    const entry = place ? tier.find(place) : -1;
    if (entry < 0 || memoryTime() - tier.expires[entry]! >= (options.swr ?? 0)) return undefined;
    const value = tier.valueAt(entry);
    return options.copy === "clone" ? features.copyAgain!(value) : value;
  }

  async invalidate(...args: unknown[]): Promise<boolean> {
    const removed = await Promise.all(
      this.#find(args).targets.map(async (target) => this.#invalidate(target)),
    );
    return removed.includes(true);
  }

  async #invalidate({ cachedFn, place }: Target): Promise<boolean> {
    if (!place) return false;
    const remote = remoteOf(cachedFn);
    if (remote) return remote.invalidate({ cachedFn, place });
    const dropped = dropFlight(cachedFn, place);
    const existed = stateOf(cachedFn, place) !== "absent";
    dropEntry(cachedFn, place);
    return existed || dropped;
  }

  async invalidateWhere(where: Readonly<Record<string, unknown>>): Promise<number> {
    const cachedFn = this.#own();
    cachedFn.bind();
    const remote = remoteOf(cachedFn);
    if (!remote) return invalidateWhere(cachedFn, where);
    throw new CacheError(
      "clear-refused",
      `${remote.name} cannot list the keys of ${nameWithPlace(cachedFn)} by their values; give its results tags, and invalidate a tag.`,
    );
  }

  async refresh(...args: unknown[]): Promise<unknown> {
    const request: HandleRequest = { op: "refresh" };
    const end = watchRefresh(this.#cachedFn.root, request);
    try {
      const result = await this.#request(request, args).result;
      // A result that is not stored, because of `skip` for example, does not leave the value before it.
      for (const { cachedFn, place } of partsOf(request)) if (place) dropEntry(cachedFn!, place);
      return result;
    } finally {
      end();
    }
  }

  async prime(args: unknown[], value: unknown): Promise<void> {
    const { cachedFn, targets, all } = this.#find(args);
    if (!all) return this.#prime(targets[0]!, value);
    const settled: unknown = value instanceof Promise ? await value : value;
    const results = features.batches!.readRun(cachedFn, all, settled);
    const byId = new Map(all.map((id, index) => [id, results[index]]));
    const kept = targets.filter(({ id }) => !(byId.get(id) instanceof Error));
    await Promise.all(kept.map(async (target) => this.#prime(target, byId.get(target.id))));
  }

  async #prime(found: Target, value: unknown): Promise<void> {
    const { cachedFn, place, tags, args } = found;
    if (!place) {
      throw new CacheError(
        "key-unkeyable",
        `This call of ${nameWithPlace(cachedFn)} has no key, so no value can be stored for it.`,
      );
    }
    const settled: unknown = value instanceof Promise ? await value : value;
    const target = { cachedFn, place, args };
    const given = cachedFn.options.ttl ?? cachedFn.store!.ttlMs;
    const ttl = typeof given === "function" ? features.ttlFor!(target, settled) : given;
    if (ttl === 0) {
      // It has expired already, and replaces what is there.
      await this.#invalidate(found);
      return;
    }
    const reason = features.results?.checkValue(settled);
    if (reason) throw new CacheError("unstorable", `${nameWithPlace(cachedFn)}: ${reason}.`);
    const remote = remoteOf(cachedFn);
    if (remote) return remote.prime({ ...target, tags }, settled, ttl);
    dropFlight(cachedFn, place);
    const states = tags && features.tags!.statesOf(cachedFn.store!, tags);
    const error = storeValue({ cachedFn, place, states }, settled, {
      ttl,
      promised: givesPromise(cachedFn, value),
      now: memoryTime(),
    });
    if (error) throw error;
  }

  async bypass(...args: unknown[]): Promise<unknown> {
    return this.#request({ op: "bypass" }, args).result;
  }

  async clear(): Promise<void> {
    const cachedFn = this.#own();
    cachedFn.bind();
    const remote = remoteOf(cachedFn);
    if (remote) return remote.clear(cachedFn);
    cachedFn.clear();
  }

  stats(): FunctionStats {
    const cachedFn = this.#own();
    const total = functionTotal(cachedFn);
    const { hits, nearHits, misses, stale, errors, bypassed, evictions, sets, runs } = total;
    const { averageRun, hit, key, saved } = balanceOf(cachedFn, total);
    return {
      ...{ hits, nearHits, misses, stale, errors, bypassed, evictions, sets, runs },
      inFlight: cachedFn.flights.size,
      entries: cachedFn.tier.size,
      hitRatio: hitRatio(total),
      averageRun: averageRun / 1000,
      averageHit: hit / 1000,
      averageKey: key / 1000,
      saved: saved / 1000,
    };
  }

  async explain(...args: unknown[]): Promise<Explanation> {
    const { cachedFn, place, slots, tags } = this.#findOne(args);
    const text = keyText(cachedFn, slots);
    const values = keyValues(cachedFn, slots);
    const remote = remoteOf(cachedFn);
    const { backend, ttl, ahead = 0 } = cachedFn.options;
    const state = place && remote ? await remote.state({ cachedFn, place, tags }) : stateOf(cachedFn, place);
    return {
      key: typeof text === "string" ? text : undefined,
      parts: partsOfKey(cachedFn, values),
      omitted: (cachedFn.spec.omitted ?? []).map(([name, why]) => ({ name, why })),
      ttl: typeof ttl === "function" ? undefined : ((ttl ?? cachedFn.store!.ttlMs) + ahead) / 1000,
      backend: typeof backend === "string" ? backend : (remote?.name ?? "memory"),
      state,
      ...(state === "absent" &&
        typeof text === "string" && {
          miss: missReason(cachedFn, { place, text, parts: comparableTexts(cachedFn, values) }),
        }),
      ...(remote && place && remote.isNear({ cachedFn, place }) && { near: true as const }),
      at: cachedFn.spec.at,
    };
  }

  /** The cached function of the receiver under `this=instance`, else that of the function. */
  #own(): CachedFunction {
    return this.#receiver !== undefined && this.#cachedFn.spec.perInstance
      ? this.#cachedFn.of(this.#receiver)
      : this.#cachedFn;
  }

  #bind(args: unknown[]): RequestOutcome {
    return this.#request({ op: "bind" }, args);
  }

  #find(args: unknown[]): Found {
    const { cachedFn, slots, request } = this.#bind(args);
    const { each = [{ cachedFn, slots, args, id: undefined }], all } = request;
    const targets = each.map((one): Target => {
      const place = keyPlaceFor(cachedFn, one.slots);
      const tags = cachedFn.options.tags && features.tags!.tagsOf(cachedFn, one.slots, one.args);
      const isUncached = "unkeyable" in place || typeof tags === "string";
      return { ...one, ...(isUncached ? { place: undefined, tags: undefined } : { place, tags }) };
    });
    return { cachedFn, targets, all };
  }

  /** The key of a call; of a batch function, that of a single id. */
  #findOne(args: unknown[]): Target {
    const { cachedFn, targets } = this.#find(args);
    const [target] = targets;
    if (target && targets.length === 1) return target;
    const { name } = cachedFn.spec.multi!;
    throw new CacheError(
      "key-unkeyable",
      `Each of the ${name} of ${nameWithPlace(cachedFn)} has a key of its own; give a list of one.`,
    );
  }

  /**
   * Calls the function with a request, which the slow path serves instead of a lookup. So the function itself binds
   * the arguments: only it knows its defaults and destructuring.
   */
  #request(request: HandleRequest, args: unknown[]): RequestOutcome {
    const { op } = request;
    this.#cachedFn.bind();
    const { handleRequest: outer } = this.#cachedFn;
    this.#cachedFn.serveHandle(request);
    let result: unknown;
    try {
      result = this.#fn.apply(this.#receiver, args);
    } catch (error) {
      throw op === "bind" && !(error instanceof CacheError) ? this.#unbound(error) : error;
    } finally {
      request.cachedFn?.serveHandle(undefined);
      this.#cachedFn.serveHandle(outer);
    }
    const { cachedFn, slots } = request;
    if (cachedFn && slots) return { cachedFn, slots, result, request };
    // An async function failed to bind its arguments: it rejects, as in any other run.
    if (op !== "bind") return { cachedFn: this.#cachedFn, slots: [], result, request };
    if (result instanceof Promise) result.catch(() => undefined);
    throw this.#unbound();
  }

  #unbound(cause?: unknown): CacheError {
    return new CacheError(
      "key-unkeyable",
      `This call of ${nameWithPlace(this.#cachedFn)} has no key: binding its arguments failed (a default that throws, or a missing receiver: write cacheOf(object.method, object)).`,
      cause === undefined ? undefined : { cause },
    );
  }
}
