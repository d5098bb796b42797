/** The slow path of a cached call: everything after the inline lookup has found no fresh entry. */
import type { Mode } from "../contract/spec.ts";
import type { Unkeyable } from "../key/encode.ts";
import { isUnshapedSlots, type Slots } from "../key/slots.ts";
import type { TagState, Tier } from "../memory/tier.ts";
import { NO_PLACE, keyPlaceOf, type KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { isThenable } from "../platform/is-thenable.ts";
import type { CachedFunction } from "./cached-function.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { joinFlight, runFlight } from "./single-flight.ts";
import { emitCall, storeResult } from "./store-result.ts";

/** What a handle needs from a call: only its key (`bind`), a run that is stored, or a run that is not stored. */
export interface HandleRequest {
  readonly op: "bind" | "refresh" | "bypass";
  /** Set by the call: the cached function that it reached (possibly that of an instance), and its slots. */
  cachedFn?: CachedFunction;
  slots?: Slots;
  /** The key that a refresh in memory has to remove after it, unless a value was stored since it began. */
  place?: KeyPlace | undefined;
  /** Set by a call of a batch function: a request for each of its ids. */
  each?: readonly IdRequest[];
  /** Set by such a call: its ids as they were given. */
  all?: readonly unknown[];
}

/** The part of a request for one id of a batch. */
export interface IdRequest extends HandleRequest {
  readonly id: unknown;
  readonly cachedFn: CachedFunction;
  readonly slots: Slots;
  /** The arguments of the call, with the id in place of the ids. */
  readonly args: readonly unknown[];
}

/** A function with the receiver and the arguments to run it with. */
export interface Invocation {
  readonly fn: (...args: never[]) => unknown;
  /** The receiver. */
  readonly self: unknown;
  /** The arguments of `fn`. */
  readonly inputs: readonly unknown[];
  /** The arguments of the cached function, for `skip`. */
  readonly args: readonly unknown[];
}

/** A call in progress: the place of its result, and how to compute it. */
export class Call implements Invocation {
  readonly cachedFn: CachedFunction;
  readonly fn: Invocation["fn"];
  readonly self: unknown;
  readonly inputs: readonly unknown[];
  readonly args: readonly unknown[];
  place: KeyPlace = NO_PLACE;
  slots: Slots | undefined = undefined;
  /** The tags of the result. */
  declare tags?: readonly string[] | undefined;
  /** The state of the tags in memory when the run began. */
  declare states?: readonly TagState[] | undefined;
  /** The function runs, and its result is not stored. */
  uncached = false;
  /** There is an expired value to return if the run fails. */
  stale = false;
  /** The duration of the run in milliseconds, once it has ended. */
  took: number | undefined = undefined;
  /** Why the function runs behind its caller. */
  declare background?: "refresh" | "verify";
  /** Runs the function for this call alone, if it is part of a batch. */
  declare recompute?: () => Promise<unknown>;
  /** The call is for one id of a batch, whose function runs for several of them. */
  declare isPart?: boolean;
  /** Called when the call waits for the run of another, in any process. */
  declare onWait?: (() => void) | undefined;
  /** What must not change during the run: `CachedFunction.drops`, the tier, and its generation. */
  #drops = 0;
  #tier: Tier | undefined = undefined;
  #generation = 0;
  #began = 0;

  constructor(cachedFn: CachedFunction, { fn, self, inputs, args }: Invocation) {
    this.cachedFn = cachedFn;
    this.fn = fn;
    this.self = self;
    this.inputs = inputs;
    this.args = args;
  }

  run(): unknown {
    return features.noteRun
      ? features.noteRun(this)
      : (Reflect.apply(this.fn, this.self, this.inputs) as unknown);
  }

  /** Starts a run: its time is measured, and changes of the cache are noticed. */
  begin(): void {
    const { drops, tier } = this.cachedFn;
    this.#drops = drops;
    this.#tier = tier;
    this.#generation = tier.generation;
    features.tags?.begin(this);
    this.#began = memoryTime();
  }

  /** Counts the run. Returns the time. */
  end(): number {
    const time = recordRun(this.cachedFn, this.#began);
    this.took = time - this.#began;
    return time;
  }

  /** Whether no key was dropped since the run began, and the function has the same cache, which was not cleared. */
  get isUntouched(): boolean {
    const { drops, tier } = this.cachedFn;
    return drops === this.#drops && tier === this.#tier && tier.generation === this.#generation;
  }
}

const givesPromises = (mode: Mode): boolean => mode === "async" || mode === "promise";

/** The answer to a call for which the function must run. */
export const MUST_RUN: unique symbol = Symbol.for("aotcache.must-run");

/** Slow path: the inline lookup found no fresh entry. */
export function answerCall(call: Call, slots: Slots): unknown {
  const answer = answerWithoutRun(call, slots);
  if (answer !== MUST_RUN) return answer;
  return call.uncached ? call.run() : startRun(call);
}

/** Answers a call without a run of the function, if that is possible; otherwise returns {@link MUST_RUN}. */
export function answerWithoutRun(call: Call, slots: Slots): unknown {
  return features.meter ? features.meter.answer(call, slots, findAnswer) : findAnswer(call, slots);
}

function findAnswer(call: Call, slots: Slots): unknown {
  const { cachedFn } = call;
  call.slots = slots;
  const { handleRequest } = cachedFn;
  if (!handleRequest && cachedFn.disabled) return runUncached(call);
  try {
    cachedFn.bind();
  } catch (error) {
    return failBinding(cachedFn, error);
  }
  if (handleRequest) {
    cachedFn.serveHandle(undefined);
    handleRequest.cachedFn = cachedFn;
    handleRequest.slots = slots;
    if (handleRequest.op === "bind") return undefined;
    if (handleRequest.op === "bypass") return runUncached(call);
  }
  const place = keyPlaceFor(cachedFn, slots);
  if ("unkeyable" in place) {
    recordBypass(call, `${place.unkeyable} ${place.why}`);
    return runUncached(call);
  }
  if (features.tags?.refuses(call, slots)) return runUncached(call);
  call.place = place;
  if (handleRequest) dropFlight(cachedFn, place);
  const { remote } = cachedFn.store!;
  if (remote) return remote.call(call, handleRequest !== undefined);
  if (!handleRequest) return answerFromMemory(call);
  handleRequest.place = place;
  return MUST_RUN;
}

/** Throws the error of a wrong option, such as an unknown alias. A function that returns promises rejects instead. */
export function failBinding({ root, spec }: CachedFunction, error: unknown): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- bind() throws errors
  if (root.promises ?? givesPromises(spec.mode)) return Promise.reject(error);
  throw error;
}

function runUncached(call: Call): typeof MUST_RUN {
  call.uncached = true;
  return MUST_RUN;
}

function answerFromMemory(call: Call): unknown {
  const { cachedFn, place } = call;
  const { counters, options, tier } = cachedFn;
  const entry = tier.find(place);
  if (entry >= 0) {
    const age = memoryTime() - tier.expires[entry]!;
    if (age < 0) return serveHit(call, entry);
    const isStale = age < (options.swr ?? 0);
    // After a failure, the old value is returned at once for a while.
    if (isStale || (age < (options.sie ?? 0) && features.stale!.areRetriesPaused(call)))
      return features.stale!.answerStale(call, entry);
    call.stale = age < (options.sie ?? 0);
  }
  counters.misses++;
  emitCall("miss", call);
  const flight = cachedFn.flightAt(place);
  if (!flight?.promise || options.lock === "none") return MUST_RUN;
  return joinFlight(call, flight, () => startRun(call));
}

/** Without {@link features.keyTexts}, nobody gets to know why a call has no key. */
const NO_KEY: Unkeyable = { unkeyable: "an argument", why: "has no key" };

/** The place of a call's entry: its slots if they are short, else the hash (in memory) or the text of its arguments. */
export function keyPlaceFor(cachedFn: CachedFunction, slots: Slots): KeyPlace | Unkeyable {
  const weak = features.identity?.placeOf(cachedFn, slots);
  if (weak) return weak;
  const isUnshaped = isUnshapedSlots(slots);
  if (!isUnshaped && slots.length <= cachedFn.depth && cachedFn.fits(slots)) return keyPlaceOf(slots);
  return (
    features.hashes?.placeOf(cachedFn, slots, isUnshaped) ?? features.keyTexts?.(cachedFn, slots) ?? NO_KEY
  );
}

/** Drops the run in flight of a key; returns whether there was one. Its callers get the result, which is not stored. */
export function dropFlight(cachedFn: CachedFunction, place: KeyPlace): boolean {
  const flight = cachedFn.flights.remove(place);
  cachedFn.drops++;
  if (flight) flight.dropped = true;
  return flight !== undefined;
}

/** Answers from an entry in memory. */
export function serveHit(call: Call, entry: number): unknown {
  const value = returnEntry(call.cachedFn, entry);
  call.cachedFn.tier.serve(entry);
  call.cachedFn.counters.hits++;
  emitCall("hit", call);
  return value;
}

/** Returns a stored value as the function would: cloned if `copy` asks for it, as a promise if it was one. */
export function returnEntry({ options, spec, tier }: CachedFunction, entry: number): unknown {
  const stored = tier.valueAt(entry);
  const value = options.copy === "clone" ? features.copyAgain!(stored) : stored;
  return tier.promised[entry] && spec.mode !== "sync" ? Promise.resolve(value) : value;
}

const isAlone = (call: Call): boolean => features.signals?.keepsOwnSignal(call) === true;

/** Begins a run: from here on, what removes its key keeps its result from being stored. */
export function beginRun(call: Call): Flight | undefined {
  const { cachedFn, place } = call;
  const { drops, tier } = cachedFn;
  call.begin();
  // A sync run ends before another call could join it.
  if (cachedFn.spec.mode === "sync") return undefined;
  const isShared = !isAlone(call) && cachedFn.options.lock !== "none";
  const flight = new Flight(place, tier, isShared ? undefined : drops);
  flight.tags = call.states;
  return flight;
}

/** Runs the function and stores its result. */
export function startRun(call: Call, flight: Flight | undefined = beginRun(call)): unknown {
  const { cachedFn } = call;
  const { signals } = features;
  const alone = isAlone(call);
  let result: unknown;
  try {
    const shared = (flight && signals?.withGroupSignal(call, flight)) ?? call;
    result = flight ? runFlight(shared, flight) : shared.run();
  } catch (error) {
    return failRun(call, error);
  }
  if (isBypassed(call, result)) return result;
  if (!flight || !isThenable(result)) return storeSyncResult(call, result);
  flight.dropped ||= !call.isUntouched;
  const end = (value: unknown): unknown => {
    const time = call.end();
    const isCurrent = settleFlight(call, flight) && flight.tier === cachedFn.tier;
    const reason = features.results?.checkSettled(flight, value);
    if (reason) recordBypass(call, reason);
    else if (isCurrent) storeResult(call, value, { promised: true, now: time });
    return value;
  };
  const run = Promise.resolve(result);
  flight.promise = (features.limitRun?.(call, flight, run, end) ?? run).then(end, (error: unknown) => {
    settleFlight(call, flight);
    return failRun(call, error);
  });
  features.shareCopies?.(call, flight);
  if (!flight.dropped && !alone) cachedFn.flights.put(flight);
  return flight.abortGroup ? features.signals!.waitFor(call, flight, flight.promise) : flight.promise;
}

/** Checks whether a result cannot be stored: its type does not announce it, or it can be given only once. */
function isBypassed(call: Call, result: unknown): boolean {
  const { cachedFn } = call;
  const { mode } = cachedFn.spec;
  const promised = isThenable(result);
  let reason = features.results?.check(cachedFn, result);
  if (!reason && (promised ? mode === "sync" : givesPromises(mode)))
    reason = `its type does not match the result, which is ${promised ? "a promise" : "no promise"}`;
  if (reason) recordBypass(call, reason);
  return reason !== undefined;
}

/** Ends the run of a sync function: stores its result, unless it cannot be stored. */
export function endSyncRun(call: Call, result: unknown): void {
  if (!isBypassed(call, result)) storeSyncResult(call, result);
}

function storeSyncResult(call: Call, result: unknown): unknown {
  const time = call.end();
  return call.isUntouched ? storeResult(call, result, { promised: false, now: time }) : result;
}

/** Ends a flight; returns whether its result may be stored. */
export function settleFlight({ cachedFn, place }: Pick<Call, "cachedFn" | "place">, flight: Flight): boolean {
  flight.ended = true;
  if (cachedFn.flights.find(place) === flight) cachedFn.flights.remove(place);
  const alone = flight.drops === undefined || flight.drops === cachedFn.drops;
  return !flight.dropped && alone && flight.generation === flight.tier.generation;
}

/** Counts a run that began at `began` and ends now; returns the time. */
export function recordRun({ counters, root }: CachedFunction, began: number): number {
  const time = memoryTime();
  counters.runs++;
  counters.runMs += time - began;
  root.meter?.ran(time - began);
  return time;
}

/** Throws the error to the callers of the run, unless a stale value may replace it (`sie`). */
export function failRun(call: Call, error: unknown): unknown {
  call.cachedFn.counters.errors++;
  if (call.stale) return features.stale!.answerFailedRun(call, error);
  throw error;
}

/** Records a call that is not cached. Warns once per function, because each such call is a missed hit. */
export function recordBypass(call: Call, reason: string): void {
  const { cachedFn } = call;
  cachedFn.counters.bypassed++;
  emitCall("bypass", call, { reason });
  features.warnings?.uncached(cachedFn, reason);
}
