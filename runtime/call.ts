import { Party, signalOf, unaborted, untilAborted, withSignal } from "./abort.ts";
import { now } from "./clock.ts";
import { warn } from "./environment.ts";
import { Flight } from "./flight.ts";
import { isPrimitive } from "./key.ts";
import type { Mode } from "./internal.ts";
import { about, keep } from "./keep.ts";
import { Whole, type Slots } from "./shape.ts";
import type { Site } from "./site.ts";
import type { Remote } from "./store.ts";
import { placeOf, placeOfText, type Place } from "./trie.ts";

/** What a handle wants of a call: its key alone, a run that is kept, or a run that is not. */
export interface Intent {
  readonly op: "bind" | "refresh" | "bypass";
  /** Filled in by the call: the site that it reached (an instance's own, maybe) and its slots. */
  site?: Site;
  slots?: Slots;
  args?: readonly unknown[];
}

/** How a result comes about. */
export interface Work {
  /** The function itself. */
  readonly run: (inputs: readonly unknown[]) => unknown;
  /** What it takes. */
  readonly inputs: readonly unknown[];
  /** What it was called with, for `skip`. */
  readonly args: readonly unknown[];
}

/** One call on its way: where its result belongs, and how to get it. */
export interface Call extends Work {
  readonly site: Site;
  readonly place: Place;
}

const givesPromises = (mode: Mode): boolean => mode === "async" || mode === "promise";

/** Answers one call that no fresh entry was found for on the short way. */
export function call(site: Site, slots: Slots, work: Work): unknown {
  const { intent } = site;
  const run = (): unknown => work.run(work.inputs);
  if (!intent && site.disabled) return run();
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
    Object.assign(intent, { site, slots, args: work.args });
    if (intent.op === "bind") return undefined;
  }
  if (intent?.op === "bypass") return run();
  const place = locate(site, slots);
  if ("unkeyable" in place)
    return bypass(site, `${place.unkeyable} has a value that no key can be made of`, run);
  const it: Call = { site, place, ...work };
  const { remote } = site.store!;
  if (remote) return far(remote, intent ? drop(it) : it, intent !== undefined);
  if (intent) return start(drop(it));

  const { counters } = site;
  const entry = site.tier.find(place);
  const age = entry < 0 ? Infinity : now() - site.tier.expires[entry]!;
  if (age < 0) return hit(it, entry);
  const flight = flightOf(it);
  if (age < (site.options.swr ?? 0)) {
    // Taken out before others are told, who may do anything to the entry.
    const value = give(site, entry);
    if (!flight) refreshBehind(it);
    counters.stale++;
    site.store!.events.emit("stale", () => about(it));
    return value;
  }
  counters.misses++;
  site.store!.events.emit("miss", () => about(it));
  return flight?.promise && site.options.lock !== "none" ? join(it, flight) : start(it, entry >= 0);
}

/** Through a store that is not in memory, which only a function that gives promises can wait for. */
function far(remote: Remote, it: Call, anew: boolean): unknown {
  const { site } = it;
  if (site.givesPromises) return anew ? remote.refresh(it) : remote.answer(it);
  // Nothing but a run tells, so the first one is not looked up.
  const result = remote.attempt(it);
  if (isThenable(result)) return result;
  site.root.promises = false;
  site.rebind();
  site.bind();
  return keep(it, result, false);
}

/** Waits for a run in flight; a caller who can be aborted leaves alone. */
export function join({ inputs }: Call, { promise, party }: Flight): Promise<unknown> {
  const signal = signalOf(inputs);
  if (party) return party.join(promise!, signal);
  return signal ? untilAborted(promise!, signal) : promise!;
}

/** The call with a signal that is aborted only when all have left who wait for it. */
export function gather<C extends Call>(it: C, flight: Flight, abandon: () => void): C {
  // What may be sync is over before anybody can leave, and gets its arguments as they are.
  const signal = it.site.givesPromises ? signalOf(it.inputs) : undefined;
  // One that is aborted already is for the function to see.
  if (!signal || signal.aborted) return it;
  flight.party = new Party(abandon);
  return { ...it, inputs: withSignal(it.inputs, flight.party.signal) };
}

/** Whether a run is not to be joined, since {@link gather} leaves it its caller's own signal. */
export function isItsCallers({ site, inputs }: Call): boolean {
  if (site.spec.mode === "sync" || site.root.promises === false) return false;
  const signal = signalOf(inputs);
  return signal !== undefined && (signal.aborted || !site.givesPromises);
}

/** Where a call's entry stands: by its slots if they are primitive, else by the text of its arguments. */
export function locate(site: Site, slots: Slots): Place | { readonly unkeyable: string } {
  if (!(slots instanceof Whole) && slots.length <= site.depth && slots.every(isPrimitive))
    return placeOf(slots);
  const text = site.argumentsOf(slots);
  return typeof text === "string" ? placeOfText(text) : text;
}

export function flightOf({ site, place }: Call): Flight | undefined {
  const flight = site.flights.find(place);
  return flight?.tier === site.tier && flight.generation === flight.tier.generation ? flight : undefined;
}

/** Lets go of a run in flight: who waits for it gets its result, and it is not kept. */
function drop(it: Call): Call {
  forget(it.site, it.place);
  return it;
}

/** Drops the run in flight of a key; true if there was one. */
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
function give({ options, spec, tier }: Site, entry: number): unknown {
  const kept = tier.values[entry];
  const value = options.copy === "clone" ? structuredClone(kept) : kept;
  return tier.promised[entry] && spec.mode !== "sync" ? Promise.resolve(value) : value;
}

/** Runs the function for a key; `stale` if there is something that may stand in if it fails. */
function start(it: Call, stale = false): unknown {
  const { site } = it;
  const { drops, tier } = site;
  const { generation } = tier;
  const began = now();
  const alone = isItsCallers(it);
  const flight = new Flight(it.place, tier, alone || site.options.lock === "none" ? drops : undefined);
  let result: unknown;
  try {
    const { run, inputs } = gather(it, flight, () => abandon(it, flight));
    result = run(inputs);
  } catch (error) {
    return failed(it, error, stale);
  }
  const { mode } = site.spec;
  const promised = isThenable(result);
  site.root.promises = promised;
  if (promised ? mode === "sync" : givesPromises(mode)) {
    const given = promised ? "a promise" : "no promise";
    return bypass(site, `its type lies about the result, which is ${given}`, () => result);
  }
  if (!promised) {
    ended(site, began);
    const untouched = drops === site.drops && tier === site.tier && generation === tier.generation;
    return untouched ? keep(it, result, false) : result;
  }
  flight.dropped ||= drops !== site.drops;
  flight.promise = Promise.resolve(result).then(
    (value) => {
      ended(site, began);
      return land(it, flight) && tier === site.tier ? keep(it, value, true) : value;
    },
    (error: unknown) => {
      land(it, flight);
      return failed(it, error, stale);
    },
  );
  if (!flight.dropped && !alone) site.flights.put(flight);
  return flight.party ? join(it, flight) : flight.promise;
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

export function ended(site: Site, began: number): void {
  site.counters.runs++;
  site.counters.runMs += now() - began;
}

/** An error goes to those who wait for the run, unless an older value may stand in (`sie`). */
function failed(it: Call, error: unknown, stale: boolean): unknown {
  const { counters, options, store, tier } = it.site;
  counters.errors++;
  // Looked up again: it may have been invalidated, or replaced by a newer value, during the run.
  const kept = stale ? tier.find(it.place) : -1;
  if (kept < 0 || now() - tier.expires[kept]! >= (options.sie ?? 0)) throw error;
  const value = give(it.site, kept);
  counters.stale++;
  store!.events.emit("stale", () => ({ ...about(it), error }));
  return value;
}

/** Runs once behind the caller's back; what it throws is an event, and the old value stays. */
function refreshBehind(it: Call): void {
  const placeholder = new Flight(it.place, it.site.tier);
  it.site.flights.put(placeholder);
  const report = (error: unknown): void => {
    it.site.store!.events.emit("error", () => ({
      ...about(it),
      error,
      reason: "a refresh behind a stale value failed",
    }));
  };
  // A macrotask: a sync function would otherwise run before the caller gets on with the old value.
  setTimeout(() => {
    const first = it.site.flights.find(it.place) === placeholder;
    const { tier } = it.site;
    const kept = tier.find(it.place);
    if (!land(it, placeholder) || !first || (kept >= 0 && tier.expires[kept]! > now())) return;
    try {
      const result = start(unaborted(it));
      if (isThenable(result)) Promise.resolve(result).catch(report);
    } catch (error) {
      report(error);
    }
  }, 0);
}

/** A call without a key runs by itself; said once, since it is a missed hit at every call. */
function bypass(site: Site, reason: string, run: () => unknown): unknown {
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
