import { REST_PART_NAME, widthOf, type FunctionSpec, type RunOptions } from "../contract/spec.ts";
import { isPrimitive } from "../key/encode.ts";
import type { Slots } from "../key/slots.ts";
import { bytesOf } from "../memory/size.ts";
import { isOutdated, Tier } from "../memory/tier.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { clock, isClockFake, isFresh } from "../platform/clock.ts";
import { isDisabled } from "../platform/environment.ts";
import type { Origin } from "../platform/origin.ts";
import { answerCall, Call, type HandleRequest } from "./slow-path.ts";
import { Counters } from "./counters.ts";
import { defaultStore } from "./default-store.ts";
import { epoch } from "./epoch.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import type { Meter } from "./meter.ts";
import type { RecordHashes } from "./record-hashes.ts";
import { Flights } from "./single-flight.ts";
import { enableBalance } from "./balance.ts";
import { enableKeyTexts } from "./key-text.ts";
import { enableDebug } from "./log.ts";
import { enableCopy } from "./protect.ts";
import { enableSelfCalls } from "./self-calls.ts";
import type { Store } from "./store.ts";
import { emitCall } from "./store-result.ts";
import { enableWarnings } from "./warnings.ts";

/** What is known of a function that has no unique id. */
export interface Unverified {
  /** The function itself, if its `cached()` is compiled: each evaluation of the call may be given another one. */
  readonly compiled: object | undefined;
  readonly isAnonymous: boolean;
  readonly origin: Origin;
  /** Where it was defined, or how its source begins; `undefined` if the program names it. */
  readonly place: string | undefined;
}

/** Number of arguments that become slots. A call with more arguments is found by its text. */
const REST_PART_SLOTS = 3;

/** Slots that take more bytes, because one of them is a long text, are kept as their hash. */
const MAX_SLOT_BYTES = 256;
const addBytes = (sum: number, slot: unknown): number => sum + bytesOf(slot);

/** Always empty. The inline lookup reads it while every call must take the slow path. */
const EMPTY_TIER = new Tier(1, 1);

/** Enables warnings, and the texts by which they name a part of a call without a key. */
function enableMessages(): void {
  enableWarnings();
  enableKeyTexts();
}

/**
 * Enables messages except in production. The condition is written inline, so that a bundler drops them: also the `catch`
 * of a `try` that is empty then.
 */
function enableOutsideProduction(): void {
  try {
    if (process.env.NODE_ENV !== "production") enableMessages();
  } catch {
    enableMessages(); // A page without a bundler has no `process`.
  }
}

/** Enables what helps in development; tells whether this is development. Written inline, too. */
function enableForDevelopment(): boolean {
  try {
    if (process.env.NODE_ENV === "development") {
      enableCopy();
      enableSelfCalls();
      enableBalance();
      enableDebug();
      return true;
    }
  } catch {
    // A page without a bundler.
  }
  return false;
}

/**
 * One cached function at run time.
 *
 * `get1`, `get2`, … are the whole cost of a hit: one comparison that checks whether the binding to a cache is
 * current, the lookup, and the expiry check. They are written out for each number of slots, because a rest parameter
 * would allocate an array for each call. {@link answerCall} does everything else.
 */
export class CachedFunction {
  readonly spec: FunctionSpec;
  options: RunOptions;
  /** Number of slots of a key. */
  readonly depth: number;
  /** Set while a handle makes the next call. */
  handleRequest: HandleRequest | undefined = undefined;
  /** Called after a value was stored in memory, while a `refresh()` is running. */
  onStore: ((cachedFn: CachedFunction, place: KeyPlace) => void) | undefined = undefined;
  counters: Counters = new Counters();
  store: Store | undefined = undefined;
  tier: Tier = EMPTY_TIER;
  flights: Flights;
  /** Incremented whenever a key is dropped: a sync run that removed its own key must not store its result. */
  drops = 0;
  /** The subjects of warnings that were written: see `warnOnce`. */
  warned = "";
  /** What calls cost, if that is measured. */
  meter: Meter | undefined = undefined;
  /** Set on functions whose id may not be unique: uncompiled ones, and those that the compiler does not know. */
  unverified: Unverified | undefined = undefined;
  /** Finds the hashes of records, for an uncompiled function. */
  declare recordHashes?: RecordHashes;
  /** See `headOf`. */
  declare keyHead?: string;
  /** Names the parameters of an uncompiled function. */
  declare parameterNames?: () => readonly string[];
  /** Whether runs returned a promise: all, none, or some. Decides where the function's type does not. */
  promises: boolean | "mixed" | undefined = undefined;
  /** The function itself; differs from `this` on the cached functions of its instances. */
  readonly root: CachedFunction;
  /** Decided once: later, a long text would be looked for elsewhere than where it is. */
  readonly #hasHashes = features.hashes !== undefined;
  #epoch = 0;
  /** The tier that the inline lookup reads: `tier` or {@link EMPTY_TIER}. */
  #hitTier: Tier = EMPTY_TIER;
  #instances: WeakMap<object, CachedFunction> | undefined = undefined;
  /** Counts from the stores that the function was bound to before. */
  earlierCounters: Counters = new Counters();

  constructor(spec: FunctionSpec, root?: CachedFunction) {
    this.spec = spec;
    this.options = root?.options ?? { ...spec.options };
    this.depth = spec.parts.reduce(
      (sum, part) => sum + (part.name === REST_PART_NAME ? REST_PART_SLOTS : widthOf(part)),
      0,
    );
    this.flights = new Flights(this.depth);
    this.root = root ?? this;
  }

  get0(): Tier | undefined {
    return this.get1(undefined);
  }

  get1(a: unknown): Tier | undefined {
    if (this.#epoch !== epoch.current) return undefined;
    const entry = this.#hitTier.get1(a);
    return this.serve(entry < 0 ? this.#findHash([a]) : entry);
  }

  get2(a: unknown, b: unknown): Tier | undefined {
    if (this.#epoch !== epoch.current) return undefined;
    const entry = this.#hitTier.get2(a, b);
    return this.serve(entry < 0 ? this.#findHash([a, b]) : entry);
  }

  get3(a: unknown, b: unknown, c: unknown): Tier | undefined {
    if (this.#epoch !== epoch.current) return undefined;
    const entry = this.#hitTier.get3(a, b, c);
    return this.serve(entry < 0 ? this.#findHash([a, b, c]) : entry);
  }

  get(slots: readonly unknown[]): Tier | undefined {
    if (this.#epoch !== epoch.current) return undefined;
    const entry = this.#hitTier.get(slots);
    return this.serve(entry < 0 ? this.#findHash(slots) : entry);
  }

  /** Whether a key is kept as its slots: they are primitive, and not too long. */
  fits(slots: readonly unknown[]): boolean {
    return slots.every(isPrimitive) && !(this.#hasHashes && slots.reduce(addBytes, 0) > MAX_SLOT_BYTES);
  }

  #findHash(slots: readonly unknown[]): number {
    const { hashes } = features;
    return hashes && this.#hitTier.size > 0 && !this.fits(slots) ? hashes.find(this, slots) : -1;
  }

  /** The tier of the inline lookup; `undefined` if the call has to take the slow path. */
  get hitTier(): Tier | undefined {
    return this.#epoch === epoch.current && this.#hitTier !== EMPTY_TIER ? this.#hitTier : undefined;
  }

  /** Counts a hit of the inline lookup; `undefined` if its entry is not fresh. */
  serve(entry: number): Tier | undefined {
    if (entry < 0) return undefined;
    const tier = this.#hitTier;
    if (tier.tags && tier.current(entry) < 0) return undefined;
    const { counters } = this;
    const expires = tier.expires[entry]!;
    // Reads the clock only for an entry that is about to expire, at every 64th hit, and if a test has replaced it.
    const near = expires <= clock.horizon || (counters.hits & 63) === 0 || isClockFake();
    if (near && (!isFresh(expires) || features.meter?.isDue(this))) return undefined;
    counters.hits++;
    return tier.serve(entry);
  }

  /**
   * Answers a call that the inline lookup did not: from a stale value, from a run in flight, or by running.
   *
   * @param args the arguments of the inner function
   * @param holder the inner function as a property with the outer function's name, from which it gets its own name
   * @param slots the slots of the key. Left out: `args`
   * @param self the receiver, if the inner function is a method
   * @param given the arguments of the outer function, for a `skip` function. Left out: `args`
   */
  run<const A extends readonly unknown[], R, T = undefined>(
    args: readonly [...A],
    holder: Readonly<Record<string, (this: T, ...args: A) => R>>,
    slots: Slots = args,
    self?: T,
    given: readonly unknown[] = args,
  ): R {
    // There is one property. `Object.values` would allocate an array for it.
    for (const name in holder)
      return answerCall(new Call(this, { fn: holder[name]!, self, inputs: args, args: given }), slots) as R;
    throw new TypeError("No function.");
  }

  /** The cached function of one instance, for `this=instance`. Its entries are collected with the instance. */
  of(instance: unknown): CachedFunction {
    if ((typeof instance !== "object" && typeof instance !== "function") || instance === null) return this;
    this.#instances ??= new WeakMap();
    let cachedFn = this.#instances.get(instance);
    if (!cachedFn) this.#instances.set(instance, (cachedFn = new CachedFunction(this.spec, this)));
    const { handleRequest } = this;
    if (handleRequest) {
      // Moved, not shared: a call of another instance inside the run does not belong to the handle.
      this.serveHandle(undefined);
      handleRequest.cachedFn = cachedFn;
      cachedFn.serveHandle(handleRequest);
    }
    return cachedFn;
  }

  /** Sets options that are known only at run time. */
  configure(options: RunOptions): void {
    Object.assign(this.options, options);
    this.store = undefined;
    this.rebind();
  }

  /** Makes the next call look up its cache again. */
  rebind(): void {
    this.#epoch = 0;
  }

  /** Makes the next call serve a handle. The call then takes the slow path, which checks for requests. */
  serveHandle(request: HandleRequest | undefined): void {
    this.handleRequest = request;
    if (request) this.rebind();
  }

  /** `AOTCACHE_DISABLE=1`. Not read at each call: reading an environment variable can take as long as a miss. */
  get disabled(): boolean {
    return this.#epoch !== epoch.current && isDisabled();
  }

  /** Looks up the cache, if anything that the choice depends on has changed. */
  bind(): Store {
    if (this.#epoch === epoch.current) return this.store!;
    const store = features.storeFor?.(this) ?? defaultStore;
    if (store !== this.store) {
      this.store = store;
      this.earlierCounters.add(this.counters);
      if (this.root !== this) this.root.bind();
      this.counters = this.root === this ? store.countersFor(this) : this.root.counters;
      this.tier = store.tier(this.depth, this.options.max, features.identity?.tierFor(this), this);
      this.tier.onEvict = (place) => {
        this.counters.evictions++;
        emitCall("evict", { cachedFn: this, place });
      };
    }
    features.stale?.prepare(this);
    enableOutsideProduction();
    const copy = enableForDevelopment() ? "freeze" : "none";
    this.options.copy ??= copy;
    const slow =
      this.options.copy === "clone" || store.events?.has("hit") || features.events?.has("hit", this);
    this.#hitTier = slow ? EMPTY_TIER : this.tier;
    // While disabled, the function stays unbound: each call takes the slow path, which checks for that.
    if (!isDisabled()) this.#epoch = epoch.current;
    return store;
  }

  /** Whether it is known before a run that the function returns a promise. */
  get givesPromises(): boolean {
    const { mode } = this.spec;
    if (mode !== "either") return mode !== "sync";
    return this.root.promises === true || this.options.lock === "distributed";
  }

  /** The run in flight of a key, unless it belongs to another cache or began before the cache was cleared. */
  flightAt(place: KeyPlace): Flight | undefined {
    const flight = this.flights.find(place);
    const isCurrent = flight?.tier === this.tier && flight.generation === flight.tier.generation;
    return isCurrent && !isOutdated(flight.tags) ? flight : undefined;
  }

  /** Removes all entries, also those of instances, and keeps runs in flight from storing their results. */
  clear(): void {
    this.tier.clear();
    this.flights.clear();
    this.#instances = undefined;
  }
}
