import { REST_PART_NAME, type CachedFunction } from "../call/cached-function.ts";
import { dropFlight, keyPlaceFor, type HandleRequest } from "../call/call.ts";
import { hitRatio } from "../call/events.ts";
import { storeValue } from "../call/store-result.ts";
import type { RemoteCaller } from "../call/store.ts";
import { CacheError } from "../contract/errors.ts";
import { encodeArguments } from "../key/encode.ts";
import type { Slots } from "../key/shape.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { now } from "../platform/clock.ts";
import { enableAll } from "./all-features.ts";
import { cachedFunctionOf } from "./link.ts";

/** Any function; `never` parameters make every function assignable to it. */
export type AnyFunction = (...args: never[]) => unknown;

/** Numbers of one cached function since it was defined. */
export interface FunctionStats {
  readonly hits: number;
  /** Look-ups that found nothing; those that joined a run in flight are among them. */
  readonly misses: number;
  /** Answers with an older value (`swr`, `sie`). */
  readonly stale: number;
  /** Runs that failed. */
  readonly errors: number;
  /** Calls that had no key. */
  readonly bypassed: number;
  readonly evictions: number;
  readonly sets: number;
  /** Runs that ended well. */
  readonly runs: number;
  /** Runs that have not ended. */
  readonly inFlight: number;
  /** Entries kept right now. */
  readonly entries: number;
  /** Between 0 and 1. */
  readonly hitRatio: number;
  /** Average of a run that ended well, in seconds; 0 before the first. */
  readonly averageRun: number;
}

/** How one call would be answered, and why. */
export interface Explanation {
  /** Text of the key; undefined if some argument has none. */
  readonly key: string | undefined;
  /** The key, part by part. */
  readonly parts: readonly { readonly name: string; readonly type?: string; readonly text: string }[];
  /** What stays out of the key, and why. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  /** Seconds; `Infinity` for forever. */
  readonly ttl: number;
  readonly backend: string;
  readonly state: "fresh" | "stale" | "absent";
  /** Where the function stands: `src/users.ts:12`; undefined if it was not compiled. */
  readonly at: string | undefined;
}

/** What can be done with a cached function besides calling it; typed by its parameters. */
export interface CacheHandle<F extends AnyFunction = AnyFunction> {
  /** Text of the key of a call. @throws {CacheError} `key-unkeyable` */
  key(...args: Parameters<F>): string;
  /** The kept value, or `undefined`; never runs the function. */
  peek(...args: Parameters<F>): Promise<Awaited<ReturnType<F>> | undefined>;
  /** Removes the entry of a call and keeps a run in flight from being kept; true if there was either. */
  invalidate(...args: Parameters<F>): Promise<boolean>;
  /** Runs the function, keeps the result and gives it. */
  refresh(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** Keeps a value for a call without running. */
  prime(args: Parameters<F>, value: Awaited<ReturnType<F>>): Promise<void>;
  /** Runs the function and keeps nothing. */
  bypass(...args: Parameters<F>): Promise<Awaited<ReturnType<F>>>;
  /** Removes all entries of this function, of nobody else. */
  clear(): Promise<void>;
  stats(): FunctionStats;
  /** Tells the key of a call part by part, and how it would be answered. */
  explain(...args: Parameters<F>): Promise<Explanation>;
}

/**
 * Gives the handle of a cached function: its keys, its entries, its numbers.
 *
 * @param fn a function that was compiled, or that `cached()` returned
 * @param receiver the object whose method it is, where something of it makes the key
 * @throws {CacheError} `not-cached` for any other function.
 * @example
 * const add = cached((a: number, b: number) => a + b, { name: "add" });
 * add(1, 2);
 * await cacheOf(add).peek(1, 2); // 3
 */
export function cacheOf<F extends AnyFunction>(fn: F, receiver?: unknown): CacheHandle<F> {
  enableAll();
  const cachedFn = typeof fn === "function" ? cachedFunctionOf(fn) : undefined;
  if (cachedFn) return new Handle(cachedFn, fn, receiver) as unknown as CacheHandle<F>;
  const name = typeof fn === "function" && fn.name !== "" ? `\`${fn.name}\`` : "This";
  throw new CacheError(
    "not-cached",
    `${name} is no cached function; mark it with \`// @cached\` and build with the compiler, or wrap it in cached().`,
  );
}

function stateOf({ options, tier }: CachedFunction, place: KeyPlace | undefined): Explanation["state"] {
  const entry = place ? tier.find(place) : -1;
  if (entry < 0) return "absent";
  const age = now() - tier.expires[entry]!;
  if (age < 0) return "fresh";
  return age < Math.max(options.swr ?? 0, options.sie ?? 0) ? "stale" : "absent";
}

function explainParts(cachedFn: CachedFunction, all: Slots): Explanation["parts"] {
  const slots = cachedFn.keyValues(all);
  let next = 0;
  return cachedFn.spec.parts.map((part) => {
    const count =
      part.fields?.length ?? (part.name === REST_PART_NAME ? Math.max(slots.length - next, 0) : 1);
    const { as: _, ...plain } = part;
    const text = encodeArguments([plain], slots.slice(next, (next += count)));
    return {
      name: part.name,
      ...(part.type === undefined ? {} : { type: part.type }),
      text: typeof text === "string" ? text : `(no key: ${text.unkeyable})`,
    };
  });
}

/** A primed value is given like a run's: as a promise if the function gives one, as far as can be told. */
function givesPromise({ spec, root }: CachedFunction, value: unknown): boolean {
  if (spec.mode !== "either") return spec.mode !== "sync";
  return root.promises ?? value instanceof Promise;
}

/** The store outside of memory, which lets the function in if no call has had it do so. */
function remoteOf(cachedFn: CachedFunction): RemoteCaller | undefined {
  const { remote } = cachedFn.store!;
  remote?.register(cachedFn.root);
  return remote;
}

/** What a call for a handle came to: the site it reached, its slots, and what the function returned. */
interface Reached {
  readonly cachedFn: CachedFunction;
  readonly slots: Slots;
  readonly result: unknown;
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
    const { cachedFn, slots } = this.#bind(args);
    const text = cachedFn.keyText(slots);
    if (typeof text === "string") return text;
    throw new CacheError(
      "key-unkeyable",
      `This call of ${cachedFn.spec.id[1]} has no key: no key can be made of ${text.unkeyable}.`,
    );
  }

  async peek(...args: unknown[]): Promise<unknown> {
    const { cachedFn, place } = this.#find(args);
    const remote = remoteOf(cachedFn);
    if (remote) return place && remote.peek(cachedFn, place);
    const { options, tier } = cachedFn;
    const entry = place ? tier.find(place) : -1;
    if (entry < 0 || now() - tier.expires[entry]! >= (options.swr ?? 0)) return undefined;
    const value = tier.values[entry];
    return options.copy === "clone" ? structuredClone(value) : value;
  }

  async invalidate(...args: unknown[]): Promise<boolean> {
    const { cachedFn, place } = this.#find(args);
    if (!place) return false;
    const remote = remoteOf(cachedFn);
    if (remote) return remote.invalidate(cachedFn, place);
    const dropped = dropFlight(cachedFn, place);
    const kept = stateOf(cachedFn, place) !== "absent";
    const entry = cachedFn.tier.find(place);
    if (entry >= 0) cachedFn.tier.drop(entry);
    return kept || dropped;
  }

  async refresh(...args: unknown[]): Promise<unknown> {
    return this.#reach("refresh", args).result;
  }

  async prime(args: unknown[], value: unknown): Promise<void> {
    const { cachedFn, place } = this.#find(args);
    if (!place) {
      throw new CacheError(
        "key-unkeyable",
        `This call of ${cachedFn.spec.id[1]} has no key, so nothing can be kept for it.`,
      );
    }
    const kept: unknown = value instanceof Promise ? await value : value;
    const remote = remoteOf(cachedFn);
    if (remote) return remote.prime(cachedFn, place, kept);
    dropFlight(cachedFn, place);
    const error = storeValue({ cachedFn, place }, kept, {
      promised: givesPromise(cachedFn, value),
      now: now(),
    });
    if (error) throw error;
  }

  async bypass(...args: unknown[]): Promise<unknown> {
    return this.#reach("bypass", args).result;
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
    const total = cachedFn.total();
    const { hits, misses, stale, errors, bypassed, evictions, sets, runs, runMs } = total;
    return {
      ...{ hits, misses, stale, errors, bypassed, evictions, sets, runs },
      inFlight: cachedFn.flights.size,
      entries: cachedFn.tier.size,
      hitRatio: hitRatio(total),
      averageRun: runs === 0 ? 0 : runMs / runs / 1000,
    };
  }

  async explain(...args: unknown[]): Promise<Explanation> {
    const { cachedFn, place, slots } = this.#find(args);
    const text = cachedFn.keyText(slots);
    const remote = remoteOf(cachedFn);
    const { backend } = cachedFn.options;
    return {
      key: typeof text === "string" ? text : undefined,
      parts: explainParts(cachedFn, slots),
      omitted: (cachedFn.spec.omitted ?? []).map(([name, why]) => ({ name, why })),
      ttl: (cachedFn.options.ttl ?? cachedFn.store!.ttlMs) / 1000,
      backend: typeof backend === "string" ? backend : (remote?.name ?? "memory"),
      state: place && remote ? await remote.state(cachedFn, place) : stateOf(cachedFn, place),
      at: cachedFn.spec.at,
    };
  }

  /** The receiver's own site under `this=instance`, else the function's. */
  #own(): CachedFunction {
    return this.#receiver !== undefined && this.#cachedFn.spec.perInstance
      ? this.#cachedFn.of(this.#receiver)
      : this.#cachedFn;
  }

  #bind(args: unknown[]): Reached {
    return this.#reach("bind", args);
  }

  #find(args: unknown[]): { cachedFn: CachedFunction; slots: Slots; place: KeyPlace | undefined } {
    const { cachedFn, slots } = this.#bind(args);
    const place = keyPlaceFor(cachedFn, slots);
    return { cachedFn, slots, place: "unkeyable" in place ? undefined : place };
  }

  /**
   * Calls the function with an intent, which its site finds in place of a look-up. So the function itself
   * binds the arguments: its defaults and destructuring stand nowhere else.
   */
  #reach(op: HandleRequest["op"], args: unknown[]): Reached {
    const request: HandleRequest = { op };
    this.#cachedFn.bind();
    const { handleRequest: outer } = this.#cachedFn;
    this.#cachedFn.serveHandle(request);
    let result: unknown;
    try {
      result = this.#fn.apply(this.#receiver, args);
    } catch (error) {
      if (op !== "bind") throw error;
      throw this.#unbound(error);
    } finally {
      request.cachedFn?.serveHandle(undefined);
      this.#cachedFn.serveHandle(outer);
    }
    const { cachedFn, slots } = request;
    if (cachedFn && slots) return { cachedFn, slots, result };
    // An async function that could not bind its arguments: the error is the answer of a run, as it would be.
    if (op !== "bind") return { cachedFn: this.#cachedFn, slots: [], result };
    if (result instanceof Promise) result.catch(() => undefined);
    throw this.#unbound();
  }

  #unbound(cause?: unknown): CacheError {
    return new CacheError(
      "key-unkeyable",
      `This call of ${this.#cachedFn.spec.id[1]} has no key: binding its arguments failed (a default that throws, or a receiver that is missing: write cacheOf(object.method, object)).`,
      cause === undefined ? undefined : { cause },
    );
  }
}
