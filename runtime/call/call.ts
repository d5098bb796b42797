import { now } from "../platform/clock.ts";
import { warn } from "../platform/environment.ts";
import { features } from "./features.ts";
import { Flight } from "./flight.ts";
import { isPrimitive } from "../key/encode.ts";
import type { Mode } from "../contract/spec.ts";
import { about, keep } from "./store-result.ts";
import { Whole, type Slots } from "../key/shape.ts";
import type { Site } from "./cached-function.ts";
import { NOWHERE, placeOf, placeOfText, type Place } from "../memory/trie.ts";

/** What a handle wants of a call: its key alone, a run that is kept, or a run that is not. */
export interface Intent {
  readonly op: "bind" | "refresh" | "bypass";
  /** Filled in by the call: the site that it reached (an instance's own, maybe) and its slots. */
  site?: Site;
  slots?: Slots;
}

/** How a result comes about. */
export interface Work {
  readonly fn: (...args: never[]) => unknown;
  /** Its receiver. */
  readonly self: unknown;
  /** What it takes. */
  readonly inputs: readonly unknown[];
  /** What it was called with, for `skip`. */
  readonly args: readonly unknown[];
}

/** One call on its way: where its result belongs, and how to get it. */
export class Call implements Work {
  readonly site: Site;
  readonly fn: Work["fn"];
  readonly self: unknown;
  readonly inputs: readonly unknown[];
  readonly args: readonly unknown[];
  place: Place = NOWHERE;

  constructor(site: Site, { fn, self, inputs, args }: Work) {
    this.site = site;
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
    const other = new Call(this.site, { fn, self, inputs, args });
    other.place = this.place;
    return other;
  }
}

const givesPromises = (mode: Mode): boolean => mode === "async" || mode === "promise";

/** Answers one call that no fresh entry was found for on the short way. */
export function call(it: Call, slots: Slots): unknown {
  const { site } = it;
  const { intent } = site;
  if (!intent && site.disabled) return it.run();
  try {
    site.bind();
  } catch (error) {
    // A wrong alias is an error of who wrote it; a function that gives promises gives that as one, too.
    const rethrow = (): never => {
      throw error;
    };
    if (site.root.promises ?? givesPromises(site.spec.mode)) return Promise.resolve().then(rethrow);
    return rethrow();
  }
  if (intent) {
    site.intend(undefined);
    intent.site = site;
    intent.slots = slots;
    if (intent.op === "bind") return undefined;
    if (intent.op === "bypass") return it.run();
  }
  const place = locate(site, slots);
  if ("unkeyable" in place) return bypass(it, `${place.unkeyable} has a value that no key can be made of`);
  it.place = place;
  if (intent) forget(site, place);
  const { remote } = site.store!;
  if (remote) return remote.call(it, intent !== undefined);
  return intent ? start(it) : near(it);
}

/** Through memory. */
function near(it: Call): unknown {
  const { site, place } = it;
  const { counters, options, tier, store } = site;
  const entry = tier.find(place);
  if (entry >= 0) {
    const age = now() - tier.expires[entry]!;
    if (age < 0) return hit(it, entry);
    if (options.swr !== undefined && age < options.swr) return features.stale!.answer(it, entry);
  }
  counters.misses++;
  store!.events.emit("miss", () => about(it));
  const flight = site.flightAt(place);
  return flight?.promise && options.lock !== "none" ? join(it, flight) : start(it, entry >= 0);
}

const join = (it: Call, flight: Flight): Promise<unknown> =>
  features.signals?.join(it, flight) ?? flight.promise!;

/** Where a call's entry stands: by its slots if they are primitive, else by the text of its arguments. */
export function locate(site: Site, slots: Slots): Place | { readonly unkeyable: string } {
  if (!(slots instanceof Whole) && slots.length <= site.depth && slots.every(isPrimitive))
    return placeOf(slots);
  const text = site.argumentsOf(slots);
  return typeof text === "string" ? placeOfText(text) : text;
}

/** Drops the run in flight of a key: who waits for it gets its result, which is not kept. True if there was one. */
export function forget(site: Site, place: Place): boolean {
  const flight = site.flights.remove(place);
  site.drops++;
  if (flight) flight.dropped = true;
  return flight !== undefined;
}

function hit(it: Call, entry: number): unknown {
  const value = give(it.site, entry);
  it.site.tier.serve(entry);
  it.site.counters.hits++;
  it.site.store!.events.emit("hit", () => about(it));
  return value;
}

/** Hands out a kept value the way the function gives it. */
export function give({ options, spec, tier }: Site, entry: number): unknown {
  const kept = tier.values[entry];
  const value = options.copy === "clone" ? structuredClone(kept) : kept;
  return tier.promised[entry] && spec.mode !== "sync" ? Promise.resolve(value) : value;
}

/** Runs the function for a key; `stale` if there is something that may stand in if it fails. */
export function start(it: Call, stale = false): unknown {
  const { site, place } = it;
  const { drops, tier } = site;
  const { generation } = tier;
  const began = now();
  const { signals } = features;
  const alone = signals?.isItsCallers(it) === true;
  // A sync run is over before anybody could find it.
  const flight =
    site.spec.mode === "sync"
      ? undefined
      : new Flight(place, tier, alone || site.options.lock === "none" ? drops : undefined);
  let result: unknown;
  try {
    const gathered = (flight && signals?.gather(it, flight, () => abandon(it, flight))) ?? it;
    result = gathered.run();
  } catch (error) {
    return failed(it, error, stale);
  }
  const { mode } = site.spec;
  const promised = isThenable(result);
  site.root.promises = promised;
  if (promised ? mode === "sync" : givesPromises(mode)) {
    const given = promised ? "a promise" : "no promise";
    return bypass(it, `its type lies about the result, which is ${given}`, () => result);
  }
  if (!promised) {
    const time = ended(site, began);
    const untouched = drops === site.drops && tier === site.tier && generation === tier.generation;
    return untouched ? keep(it, result, { promised: false, now: time }) : result;
  }
  const own = flight!;
  own.dropped ||= drops !== site.drops;
  own.promise = Promise.resolve(result).then(
    (value) => {
      const time = ended(site, began);
      return land(it, own) && tier === site.tier ? keep(it, value, { promised: true, now: time }) : value;
    },
    (error: unknown) => {
      land(it, own);
      return failed(it, error, stale);
    },
  );
  if (!own.dropped && !alone) site.flights.put(own);
  return own.party ? join(it, own) : own.promise;
}

/** Ends a flight; true if its result may be kept. */
export function land({ site, place }: Call, flight: Flight): boolean {
  if (site.flights.find(place) === flight) site.flights.remove(place);
  const alone = flight.drops === undefined || flight.drops === site.drops;
  return !flight.dropped && alone && flight.generation === flight.tier.generation;
}

/** Lets go of a flight when all have left who waited for it. */
export function abandon(it: Call, flight: Flight): void {
  flight.dropped = true;
  land(it, flight);
}

/** Counts a run that began at a time; gives the time. */
export function ended({ counters }: Site, began: number): number {
  const time = now();
  counters.runs++;
  counters.runMs += time - began;
  return time;
}

/** An error goes to those who wait for the run, unless an older value may stand in (`sie`). */
function failed(it: Call, error: unknown, stale: boolean): unknown {
  it.site.counters.errors++;
  if (stale && it.site.options.sie !== undefined) return features.stale!.standIn(it, error);
  throw error;
}

/** A call without a key runs by itself; said once, since it is a missed hit at every call. */
function bypass(it: Call, reason: string, run: () => unknown = () => it.run()): unknown {
  const { site } = it;
  site.counters.bypassed++;
  site.store!.events.emit("bypass", () => ({ key: undefined, id: site.id, reason }));
  if (!site.root.warned) {
    site.root.warned = true;
    warn(`a call of ${site.spec.id[1]} is not cached: ${reason}.`);
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
