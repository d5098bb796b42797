/** The optional parts of the runtime, which emitted code enables where a function needs them. */
import type { CacheError } from "../contract/errors.ts";
import type { BatchForm, SpecOptions } from "../contract/spec.ts";
import type { Unkeyable } from "../key/encode.ts";
import type { Slots } from "../key/slots.ts";
import type { TagState, TierMaker } from "../memory/tier.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { shared } from "../platform/shared.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { EventSink } from "./events.ts";
import type { Call } from "./slow-path.ts";
import type { Meter } from "./meter.ts";
import type { Flight } from "./flight.ts";
import type { CallTarget } from "./store-result.ts";
import type { Store } from "./store.ts";

/** Runs that their callers can abort. */
export interface SignalFeature {
  /** Waits for the answer of a run in flight. If the caller's signal is aborted, only this caller leaves. */
  waitFor(call: Call, flight: Flight, answer: Promise<unknown>): Promise<unknown>;
  /** The call with a signal that is aborted only when all callers of the flight have left. */
  withGroupSignal(call: Call, flight: Flight): Call;
  /** Whether the run keeps its caller's own signal, so that no other caller may join it. */
  keepsOwnSignal(call: Call): boolean;
  /** The call with a signal that is never aborted. */
  withoutSignal(call: Call): Call;
  /** Makes the run's signal follow that of the caller that started it, also after the run: the result may use it. */
  followOwner(flight: Flight): void;
}

/** Checks of results that the type of a function does not prove to be plain data. */
export interface ResultFeature {
  /**
   * Returns the reason why a returned value cannot be given to a second caller; `undefined` if it can. Notes whether
   * it is a promise, if the type of the function does not tell.
   */
  check(cachedFn: CachedFunction, returned: unknown): string | undefined;
  /** Returns the same for the value of a promise. Then calls that joined the run have to run, too. */
  checkSettled(flight: Flight, value: unknown): string | undefined;
  /** Returns the same for a value that is stored without a run. */
  checkValue(value: unknown): string | undefined;
}

/** In development, rejects a call that a run makes for the key that it is running: both would wait for ever. */
export interface SelfCallFeature {
  /** Runs a call, so that the calls that it makes are known to be its own. */
  run(call: Call, flight: Flight): unknown;
  /** The rejection of a call that would join a run that waits for it; `undefined` if it may join. */
  rejection(call: Call, flight: Flight): Promise<never> | undefined;
}

/** What is written once for each function. */
export interface WarningFeature {
  /** A call was not cached. */
  uncached(cachedFn: CachedFunction, reason: string): void;
  /** A result was not stored, for a reason that is a sentence. Warnings of one subject are written once. */
  unstored(cachedFn: CachedFunction, reason: string, subject?: string): void;
  /** An option kept a result from being stored, which is a mistake if it does so always. */
  excluded(cachedFn: CachedFunction, option: "skip" | "ttl"): void;
}

/** Measures what some calls cost. */
export interface MeterFeature {
  /** Whether the inline lookup leaves a hit to the slow path, to be measured there. */
  isDue(cachedFn: CachedFunction): boolean;
  /** Answers a call, and measures it if it is one of those. */
  answer(call: Call, slots: Slots, answer: (call: Call, slots: Slots) => unknown): unknown;
  /** Called when a store outside of memory had the result. */
  servedRemotely(call: Call): void;
  /** Counts calls that are answered together. Returns whether one of them is to be measured alone. */
  isAmong(cachedFn: CachedFunction, calls: number): boolean;
}

/** Recomputes some hits behind the caller, and compares. */
export interface VerifyFeature {
  /** Whether the inline lookup leaves a hit to the slow path, to be recomputed. */
  isDue(cachedFn: CachedFunction): boolean;
  /** Answers a call, and recomputes it if it is one of those. */
  answer(call: Call, answer: () => unknown): unknown;
  /** Called when a store outside of memory had the result. */
  servedRemotely(call: Call): void;
  /** Called when a body that is part of its caller ends. */
  endInlineRun(call: Call, outcome: { readonly result: unknown } | { readonly error: unknown }): void;
}

/** A request to a store outside of memory that has ended. */
export interface StoreAnswer {
  /** `redis`, `memcached`. */
  readonly store: string;
  /** The operation: `get`, `set`. */
  readonly what: string;
  /** What was read: a key, or how many. */
  readonly keys?: string;
  readonly ms: number;
  readonly error?: unknown;
}

/** Finds keys with objects or long texts by their hash, in memory. */
export interface HashFeature {
  /** Otherwise, only primitive values have a hash. */
  readonly hasObjects: boolean;
  /** The hash of slots; `undefined` if they have none. */
  hashOf(cachedFn: CachedFunction, values: readonly unknown[]): string | undefined;
  /** The entry of slots of which one is an object or a long text, or -1. */
  find(cachedFn: CachedFunction, slots: readonly unknown[]): number;
  /** The place of a key; `undefined` if it has none, or for other stores. */
  placeOf(cachedFn: CachedFunction, slots: Slots, isUnshaped: boolean): KeyPlace | Unkeyable | undefined;
  /** Forgets the hash that `find` did not find: `placeOf` would use it. */
  forget(): void;
}

/** The option `tags`. */
export interface TagFeature {
  /** Finds the tags of a call's result. Returns `true` if it has none, and is not stored. */
  refuses(call: Call, slots: Slots): boolean;
  /** Notes the state of the tags when a run begins. */
  begin(call: Call): void;
  /** The tags of a call's result, or the reason why it has none and is not stored. */
  tagsOf(cachedFn: CachedFunction, slots: Slots, args: readonly unknown[]): readonly string[] | string;
  /** The state of tags in a store in memory. */
  statesOf(store: Store, tags: readonly string[]): readonly TagState[];
}

/** Batch functions. */
export interface BatchFeature {
  /** The results of ids, in the form that the function returns. */
  assemble(
    form: BatchForm,
    ids: { readonly all: readonly unknown[]; readonly ids: readonly unknown[] },
    results: readonly unknown[],
  ): unknown;
  /** The results of a run by the position of the ids. Notes their form. */
  readRun(cachedFn: CachedFunction, ids: readonly unknown[], result: unknown): readonly unknown[];
}

/** Keys with objects that are told apart by `===`. */
export interface IdentityFeature {
  /** Makes the tier of a function with such keys; `undefined` for other functions. */
  tierFor(cachedFn: CachedFunction): TierMaker | undefined;
  /** The place of a key with such objects; `undefined` if there are none. */
  placeOf(cachedFn: CachedFunction, slots: Slots): KeyPlace | Unkeyable | undefined;
}

/** What an inspector has recorded of a key. */
export interface KeyHistory {
  readonly parts: Readonly<Record<string, string>> | undefined;
  /** When the last entry expires, in the time of memory, unless there was none. */
  readonly expires?: number;
  /** The number of the event by which the first entry was stored. */
  readonly stored?: number;
  readonly evicted: boolean;
}

/** What became of keys, while an inspector records. */
export interface HistoryFeature {
  /** What is known of a key of a function or of its instance. */
  find(cachedFn: CachedFunction, key: string): KeyHistory | undefined;
  /** Whether an entry was stored after the event of this number. */
  isLater(cachedFn: CachedFunction, place: KeyPlace, order: number | undefined): boolean;
  /** The parts of the keys of a function, or of its instance, that were stored before the event of this number. */
  keptKeys(cachedFn: CachedFunction, order: number | undefined): Iterable<NonNullable<KeyHistory["parts"]>>;
}

/** Answers from expired entries. */
export interface StaleFeature {
  /** Decides how long the entries of a function stay behind their expiry. */
  prepare(cachedFn: CachedFunction): void;
  /** Returns the stale value that `swr` allows, and starts a refresh in the background. */
  answerStale(call: Call, entry: number): unknown;
  /** Returns the stale value that `sie` allows instead of the error; throws the error if there is none. */
  answerFailedRun(call: Call, error: unknown): unknown;
  /** Whether the last run of the key failed so recently that it is not repeated while an old value stands in. */
  areRetriesPaused(call: Call): boolean;
}

/**
 * Features that only some functions need.
 *
 * Emitted code enables those that its functions need, an uncompiled `cached()` enables all, and `configure()` and
 * `cacheOf()` enable their own. So a bundle contains only the features that its functions use. A feature that is not
 * enabled has no effect.
 */
export interface Features {
  warnings: WarningFeature;
  signals: SignalFeature;
  stale: StaleFeature;
  selfCalls: SelfCallFeature;
  meter: MeterFeature;
  /** Called after each run that succeeded, with its duration in seconds. */
  ran: (cachedFn: CachedFunction, seconds: number) => void;
  /** Called when a call that the inline lookup did not answer begins. */
  callBegan: (call: Call) => void;
  /** Recomputes some hits: see `verify.ts`. */
  verify: VerifyFeature;
  /** Called when a store outside of memory has answered a request, or failed. */
  storeAnswered: (answer: StoreAnswer) => void;
  /** In development, judges at a hit that was measured whether the function pays. */
  balance: (call: Call, meter: Meter) => void;
  /**
   * Rejects when the run takes longer than `deadline`, and calls `keepLate` with a value that comes later. Otherwise
   * settles like the run.
   */
  limitRun: (
    call: Call,
    flight: Flight,
    run: Promise<unknown>,
    keepLate: (value: unknown) => void,
  ) => Promise<unknown>;
  /**
   * How long a result is fresh by a `ttl` that is a function, in milliseconds; 0 if it is not stored, which an event
   * tells in case of an error. `undefined` for functions without such a `ttl`.
   */
  ttlToKeep: (call: Call, value: unknown) => number | undefined;
  /** How long a value is fresh, without jitter, in milliseconds. @throws {CacheError} `ttl-invalid`. */
  ttlFor: (target: CallTarget, value: unknown) => number;
  /** Whether the option `skip` excludes a result from being stored. */
  isSkipped: (call: Call, value: unknown) => boolean;
  /**
   * Returns what is stored instead of a value, so that a caller that changes its result changes no other caller's. What
   * the caller of `call` owns is not frozen; without a call, that is the value itself.
   */
  protect: (value: unknown, copy: SpecOptions["copy"], call?: Call) => unknown;
  /**
   * Reports that memory does not keep a value, by an event, and by an error that it returns. Without a cause, the value
   * is larger than the cache.
   */
  refuse: (target: CallTarget, cause?: Error) => CacheError;
  /** Copies what `protect` returned for `copy: clone`. */
  copyAgain: (stored: unknown) => unknown;
  /** Sees the events of all functions of the process, on whatever cache. */
  events: EventSink;
  /** What an inspector has recorded of keys. */
  history: HistoryFeature;
  results: ResultFeature;
  hashes: HashFeature;
  identity: IdentityFeature;
  /** The place of a key that is found by its text, or why there is none. */
  keyTexts: (cachedFn: CachedFunction, slots: Slots) => KeyPlace | Unkeyable;
  tags: TagFeature;
  batches: BatchFeature;
  /** Runs the function of a call, and notes that it runs: a call of a batch in it must not wait for it. */
  noteRun: (call: Call) => unknown;
  /** Called when a body begins that is part of its caller; returns what is called when it ends. */
  beginInlineRun: (call: Call) => (failure?: { readonly error: unknown }) => void;
  /** With `copy: clone`, each call that joins a run gets its own copy of the result. */
  shareCopies: (call: Call, flight: Flight) => void;
  /** Whether functions that were not compiled must not run. */
  requireCompiled: boolean;
  /** Hands the promise of background work to the platform (`waitUntil`). */
  runInBackground: (work: Promise<void>) => void;
  /** The store of a function: its own backend, else the configured default; `undefined` without either. */
  storeFor: (cachedFn: CachedFunction) => Store | undefined;
}

export const features: Partial<Features> = /* @__PURE__ */ shared("features", () => ({}));
