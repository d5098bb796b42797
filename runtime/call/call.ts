import { now } from "../platform/clock.ts";
import { warn } from "../platform/environment.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { isPrimitive } from "../key/encode.ts";
import type { Mode } from "../contract/spec.ts";
import { eventInfo, storeResult } from "./store-result.ts";
import { UnshapedSlots, type Slots } from "../key/shape.ts";
import type { CachedFunction } from "./cached-function.ts";
import { NO_PLACE, keyPlaceOf, keyPlaceOfText, type KeyPlace } from "../memory/trie.ts";

/** What a handle wants of a call: its key alone, a run that is kept, or a run that is not. */
export interface HandleRequest {
  readonly op: "bind" | "refresh" | "bypass";
  /** Filled in by the call: the site that it reached (an instance's own, maybe) and its slots. */
  cachedFn?: CachedFunction;
  slots?: Slots;
}

/** How a result comes about. */
export interface Invocation {
  readonly fn: (...args: never[]) => unknown;
  /** Its receiver. */
  readonly self: unknown;
  /** What it takes. */
  readonly inputs: readonly unknown[];
  /** What it was called with, for `skip`. */
  readonly args: readonly unknown[];
}

/** One call on its way: where its result belongs, and how to get it. */
export class Call implements Invocation {
  readonly cachedFn: CachedFunction;
  readonly fn: Invocation["fn"];
  readonly self: unknown;
  readonly inputs: readonly unknown[];
  readonly args: readonly unknown[];
  place: KeyPlace = NO_PLACE;

  constructor(cachedFn: CachedFunction, { fn, self, inputs, args }: Invocation) {
    this.cachedFn = cachedFn;
    this.fn = fn;
    this.self = self;
    this.inputs = inputs;
    this.args = args;
  }

  /** Runs the function. */
  run(): unknown {
    return Reflect.apply(this.fn, this.self, this.inputs);
  }

  /** The same call, of a function that takes other values. */
  with(inputs: readonly unknown[]): Call {
    const { fn, self, args } = this;
    const other = new Call(this.cachedFn, { fn, self, inputs, args });
    other.place = this.place;
    return other;
  }
}

const givesPromises = (mode: Mode): boolean => mode === "async" || mode === "promise";

/** Answers one call that no fresh entry was found for on the short way. */
export function answerCall(call: Call, slots: Slots): unknown {
  const { cachedFn } = call;
  const { handleRequest } = cachedFn;
  if (!handleRequest && cachedFn.disabled) return call.run();
  try {
    cachedFn.bind();
  } catch (error) {
    // A wrong alias is an error of who wrote it; a function that gives promises gives that as one, too.
    const rethrow = (): never => {
      throw error;
    };
    if (cachedFn.root.promises ?? givesPromises(cachedFn.spec.mode)) return Promise.resolve().then(rethrow);
    return rethrow();
  }
  if (handleRequest) {
    cachedFn.serveHandle(undefined);
    handleRequest.cachedFn = cachedFn;
    handleRequest.slots = slots;
    if (handleRequest.op === "bind") return undefined;
    if (handleRequest.op === "bypass") return call.run();
  }
  const place = keyPlaceFor(cachedFn, slots);
  if ("unkeyable" in place)
    return runUncached(call, `${place.unkeyable} has a value that no key can be made of`);
  call.place = place;
  if (handleRequest) dropFlight(cachedFn, place);
  const { remote } = cachedFn.store!;
  if (remote) return remote.call(call, handleRequest !== undefined);
  return handleRequest ? startRun(call) : callThroughMemory(call);
}

/** Through memory. */
function callThroughMemory(call: Call): unknown {
  const { cachedFn, place } = call;
  const { counters, options, tier, store } = cachedFn;
  const entry = tier.find(place);
  if (entry >= 0) {
    const age = now() - tier.expires[entry]!;
    if (age < 0) return serveHit(call, entry);
    if (options.swr !== undefined && age < options.swr) return features.stale!.answerStale(call, entry);
  }
  counters.misses++;
  store!.events.emit("miss", () => eventInfo(call));
  const flight = cachedFn.flightAt(place);
  return flight?.promise && options.lock !== "none" ? joinFlight(call, flight) : startRun(call, entry >= 0);
}

const joinFlight = (call: Call, flight: Flight): Promise<unknown> =>
  features.signals?.joinFlight(call, flight) ?? flight.promise!;

/** Where a call's entry stands: by its slots if they are primitive, else by the text of its arguments. */
export function keyPlaceFor(
  cachedFn: CachedFunction,
  slots: Slots,
): KeyPlace | { readonly unkeyable: string } {
  if (!(slots instanceof UnshapedSlots) && slots.length <= cachedFn.depth && slots.every(isPrimitive))
    return keyPlaceOf(slots);
  const text = cachedFn.argumentText(slots);
  return typeof text === "string" ? keyPlaceOfText(text) : text;
}

/** Drops the run in flight of a key: who waits for it gets its result, which is not kept. True if there was one. */
export function dropFlight(cachedFn: CachedFunction, place: KeyPlace): boolean {
  const flight = cachedFn.flights.remove(place);
  cachedFn.drops++;
  if (flight) flight.dropped = true;
  return flight !== undefined;
}

function serveHit(call: Call, entry: number): unknown {
  const value = returnEntry(call.cachedFn, entry);
  call.cachedFn.tier.serve(entry);
  call.cachedFn.counters.hits++;
  call.cachedFn.store!.events.emit("hit", () => eventInfo(call));
  return value;
}

/** Hands out a kept value the way the function gives it. */
export function returnEntry({ options, spec, tier }: CachedFunction, entry: number): unknown {
  const kept = tier.values[entry];
  const value = options.copy === "clone" ? structuredClone(kept) : kept;
  return tier.promised[entry] && spec.mode !== "sync" ? Promise.resolve(value) : value;
}

/** Runs the function for a key; `stale` if there is something that may stand in if it fails. */
export function startRun(call: Call, stale = false): unknown {
  const { cachedFn, place } = call;
  const { drops, tier } = cachedFn;
  const { generation } = tier;
  const began = now();
  const { signals } = features;
  const alone = signals?.keepsOwnSignal(call) === true;
  // A sync run is over before anybody could find it.
  const flight =
    cachedFn.spec.mode === "sync"
      ? undefined
      : new Flight(place, tier, alone || cachedFn.options.lock === "none" ? drops : undefined);
  let result: unknown;
  try {
    const gathered =
      (flight && signals?.withGroupSignal(call, flight, () => detachFlight(call, flight))) ?? call;
    result = gathered.run();
  } catch (error) {
    return failRun(call, error, stale);
  }
  const { mode } = cachedFn.spec;
  const promised = isThenable(result);
  cachedFn.root.promises = promised;
  if (promised ? mode === "sync" : givesPromises(mode)) {
    const given = promised ? "a promise" : "no promise";
    return runUncached(call, `its type lies about the result, which is ${given}`, () => result);
  }
  if (!promised) {
    const time = recordRun(cachedFn, began);
    const untouched = drops === cachedFn.drops && tier === cachedFn.tier && generation === tier.generation;
    return untouched ? storeResult(call, result, { promised: false, now: time }) : result;
  }
  const own = flight!;
  own.dropped ||= drops !== cachedFn.drops;
  own.promise = Promise.resolve(result).then(
    (value) => {
      const time = recordRun(cachedFn, began);
      return settleFlight(call, own) && tier === cachedFn.tier
        ? storeResult(call, value, { promised: true, now: time })
        : value;
    },
    (error: unknown) => {
      settleFlight(call, own);
      return failRun(call, error, stale);
    },
  );
  if (!own.dropped && !alone) cachedFn.flights.put(own);
  return own.abortGroup ? joinFlight(call, own) : own.promise;
}

/** Ends a flight; true if its result may be kept. */
export function settleFlight({ cachedFn, place }: Call, flight: Flight): boolean {
  if (cachedFn.flights.find(place) === flight) cachedFn.flights.remove(place);
  const alone = flight.drops === undefined || flight.drops === cachedFn.drops;
  return !flight.dropped && alone && flight.generation === flight.tier.generation;
}

/** Lets go of a flight when all have left who waited for it. */
export function detachFlight(call: Call, flight: Flight): void {
  flight.dropped = true;
  settleFlight(call, flight);
}

/** Counts a run that began at a time; gives the time. */
export function recordRun({ counters }: CachedFunction, began: number): number {
  const time = now();
  counters.runs++;
  counters.runMs += time - began;
  return time;
}

/** An error goes to those who wait for the run, unless an older value may stand in (`sie`). */
function failRun(call: Call, error: unknown, stale: boolean): unknown {
  call.cachedFn.counters.errors++;
  if (stale && call.cachedFn.options.sie !== undefined) return features.stale!.answerFailedRun(call, error);
  throw error;
}

/** A call without a key runs by itself; said once, since it is a missed hit at every call. */
function runUncached(call: Call, reason: string, run: () => unknown = () => call.run()): unknown {
  const { cachedFn } = call;
  cachedFn.counters.bypassed++;
  cachedFn.store!.events.emit("bypass", () => ({ key: undefined, id: cachedFn.id, reason }));
  if (!cachedFn.root.warned) {
    cachedFn.root.warned = true;
    warn(`a call of ${cachedFn.spec.id[1]} is not cached: ${reason}.`);
  }
  return run();
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  try {
    return typeof (value as { then?: unknown }).then === "function";
  } catch {
    return false; // a getter that throws: it is for who reads it to find out
  }
}
