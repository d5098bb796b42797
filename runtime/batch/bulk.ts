/** The ids of a call for which nothing but a run is needed: they have no calls, promises and flights of their own. */
import { signalOf } from "../call/abort.ts";
import type { BulkKeys } from "../call/bulk.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { Flight } from "../call/flight.ts";
import { recordBypass, settleFlight, type Call, type Invocation } from "../call/slow-path.ts";
import { storeResult, ttlToKeep, withJitter } from "../call/store-result.ts";
import type { Tier } from "../memory/tier.ts";
import { NO_PLACE, type KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { BatchFlights, type HiddenFlights } from "./flights.ts";
import { markErrorOfId, type GivenIds } from "./run-queue.ts";
import { isAnyRunning } from "./running.ts";

/** The events of single ids. */
const EVENTS = ["hit", "miss", "stale", "set"] as const;

/**
 * Whether the ids of a call can be handled together: nothing that is done for each of them is in use, such as tags,
 * signals of callers, or listeners.
 */
export function isBulk({ options, spec, store }: CachedFunction, { inputs }: Invocation): boolean {
  const { tags, copy, deadline, lock } = options;
  return (
    tags === undefined &&
    copy === "none" &&
    deadline === undefined &&
    lock !== "distributed" &&
    !features.events &&
    !features.selfCalls &&
    !features.verify &&
    !features.callBegan &&
    !isAnyRunning() &&
    !(features.signals && signalOf(inputs)) &&
    !EVENTS.some((event) => store!.events?.has(event)) &&
    !spec.parts.some(({ identity }) => identity)
  );
}

/** The call whose ids they are. An id is known by its position in the call. */
export interface BulkCaller {
  readonly given: GivenIds;
  /** `Tier.added` when the call has found that none of its missing ids has an entry in memory; -1 if it has not. */
  readonly absentSince: number;
  /** Whether the key of an id is found by its slots. */
  isShort(at: number): boolean;
  /** The place of such a key. It is made again whenever it is needed, because most are needed once. */
  placeOf(at: number): KeyPlace;
  /** The call of an id, for options that are functions. */
  callOf(id: unknown): Call;
  /** Keeps the result of an id for the caller. */
  keep(at: number, result: unknown): void;
}

/** Lets the calls that have joined the run of an id have its result. */
interface Joined {
  readonly flight: Flight;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Bulk implements HiddenFlights {
  /** In the order of the call, with their positions in it. */
  readonly ids: unknown[] = [];
  readonly positions: number[] = [];
  /** The numbers of the keys in the store. */
  readonly #indexes: number[] = [];
  readonly #cachedFn: CachedFunction;
  readonly #caller: BulkCaller;
  readonly #keys: BulkKeys | undefined;
  readonly #tier: Tier;
  readonly #generation: number;
  readonly #drops: number;
  #began = 0;
  /** `undefined` as long as nobody has looked for them. */
  #joined: (Joined | undefined)[] | undefined;
  /** A run that removes a key itself keeps its results from being stored. */
  #isDropped = false;

  /** @param keys the keys in the store; `undefined` for memory */
  constructor(cachedFn: CachedFunction, caller: BulkCaller, keys: BulkKeys | undefined) {
    this.#cachedFn = cachedFn;
    this.#caller = caller;
    this.#keys = keys;
    this.#tier = cachedFn.tier;
    this.#generation = cachedFn.tier.generation;
    this.#drops = cachedFn.drops;
  }

  get count(): number {
    return this.ids.length;
  }

  /** Whether an id has no result in memory, not even a stale one, and no run in flight, and its key is short. */
  isMissing(at: number): boolean {
    const cachedFn = this.#cachedFn;
    const { tier, flights } = cachedFn;
    if (!this.#caller.isShort(at)) return false;
    if (flights.size > 0 && cachedFn.flightAt(this.#caller.placeOf(at))) return false;
    if (tier.size === 0 || tier.added === this.#caller.absentSince) return true;
    const entry = tier.find(this.#caller.placeOf(at));
    return entry < 0 || (tier.grace === 0 && tier.expires[entry]! <= memoryTime());
  }

  /** Adds a missing id. */
  add(at: number, index: number): void {
    this.ids.push(this.#caller.given.ids[at]);
    this.positions.push(at);
    this.#indexes.push(index);
    this.#cachedFn.counters.misses++;
  }

  #placeOf(at: number): KeyPlace {
    return this.#caller.placeOf(this.positions[at]!);
  }

  /** Lets other calls find the ids in flight. */
  publish(): void {
    if (this.#cachedFn.options.lock !== "none") BatchFlights.of(this.#cachedFn).hide(this);
  }

  /** Reserves the ids in the store. Returns those that have to go their own way. */
  async reserve(answer: (position: number, index: number) => unknown): Promise<void> {
    const left = new Set(await this.#keys!.begin(this.#indexes));
    if (left.size === 0) return;
    const all = [...this.ids.keys()].filter((at) => left.has(this.#indexes[at]!)).reverse();
    for (const at of all) {
      const [joined] = this.#joined?.splice(at, 1) ?? [];
      this.ids.splice(at, 1);
      const [position] = this.positions.splice(at, 1);
      const [index] = this.#indexes.splice(at, 1);
      this.#cachedFn.counters.misses--;
      if (joined) settleFlight({ cachedFn: this.#cachedFn, place: joined.flight }, joined.flight);
      const result = answer(position!, index!);
      joined?.resolve(result);
    }
  }

  *reveal(): Iterable<Flight> {
    this.#joined = [];
    for (let at = 0; at < this.count; at++) {
      const flight = this.#keys?.flightOf(this.#indexes[at]!) ?? new Flight(this.#placeOf(at), this.#tier);
      let resolve!: Joined["resolve"];
      let reject!: Joined["reject"];
      flight.promise = new Promise<unknown>((...settlers) => ([resolve, reject] = settlers));
      // Nobody may have joined it.
      flight.promise.catch(() => undefined);
      this.#joined.push({ flight, resolve, reject });
      yield flight;
    }
  }

  start(): void {
    this.#began = memoryTime();
    this.#keys?.start();
  }

  /** The sync part of the run has ended. */
  started(): void {
    if (this.#keys) return;
    const { drops, tier } = this.#cachedFn;
    this.#isDropped = drops !== this.#drops || tier !== this.#tier || tier.generation !== this.#generation;
    if (!this.#isDropped) this.publish();
  }

  /** Ends the run: stores the results, and gives them to the callers. */
  end(resultAt: (at: number) => unknown, promised: boolean): void {
    const cachedFn = this.#cachedFn;
    const { counters, root, tier } = cachedFn;
    const now = memoryTime();
    const took = now - this.#began;
    const joined = this.#endFlights();
    const isCurrent = this.#isCurrent;
    const isSameTier = this.#keys !== undefined || tier === this.#tier;
    const keep = this.#keeper({ promised, now, took: took / this.count });
    for (let at = 0; at < this.count; at++) {
      const value = resultAt(at);
      const own = joined?.[at];
      const isWanted = own
        ? settleFlight({ cachedFn, place: own.flight }, own.flight) && isSameTier
        : isCurrent;
      this.#caller.keep(this.positions[at]!, value);
      if (value instanceof Error) {
        counters.errors++;
        markErrorOfId(value);
        own?.reject(value);
        continue;
      }
      counters.runs++;
      counters.runMs += took;
      root.meter?.ran(took);
      const reason = features.results?.checkSettled(own?.flight ?? new Flight(NO_PLACE, tier), value);
      if (reason) recordBypass(this.#callAt(at), reason);
      else if (isWanted) keep(at, value);
      own?.resolve(value);
    }
    this.#keys?.end();
  }

  /** Whether no key was removed during the run, if nobody has looked for one of them. */
  get #isCurrent(): boolean {
    const { tier, drops, options } = this.#cachedFn;
    return (
      !this.#isDropped &&
      (this.#keys !== undefined || tier === this.#tier) &&
      this.#tier.generation === this.#generation &&
      (options.lock !== "none" || this.#drops === drops)
    );
  }

  /** Stores results. */
  #keeper(run: {
    readonly promised: boolean;
    readonly now: number;
    readonly took: number;
  }): (at: number, value: unknown) => void {
    const cachedFn = this.#cachedFn;
    const { counters, options, root, tier, store } = cachedFn;
    const keys = this.#keys;
    // Options that are functions get the call with the result.
    const asks = options.skip !== undefined || typeof options.ttl === "function";
    if (asks) {
      return (at, value) => {
        const call = this.#callAt(at);
        if (!keys) return void storeResult(call, value, run);
        const fresh = ttlToKeep(call, value);
        if (fresh > 0) keys.keep(this.#indexes[at]!, value, fresh);
      };
    }
    const ttl = (options.ttl as number | undefined) ?? store!.ttlMs;
    const { now, promised, took } = run;
    if (keys) return (at, value) => keys.keep(this.#indexes[at]!, value, ttl);
    // As long as nobody else has added an entry, the ids have none.
    let { absentSince } = this.#caller;
    return (at, value) => {
      const place = this.#placeOf(at);
      const expires = now + withJitter(ttl, options);
      const isAbsent = tier.added === absentSince;
      const refused = tier.store(place, { value, expires, promised, took, tags: undefined }, now, isAbsent);
      if (isAbsent && !refused) absentSince++;
      if (refused === "large") features.refuse?.({ cachedFn, place });
      if (refused) return;
      root.onStore?.(cachedFn, place);
      counters.sets++;
    };
  }

  /** Rejects the calls that have joined the run. */
  fail(error: unknown): void {
    const cachedFn = this.#cachedFn;
    const joined = this.#endFlights();
    cachedFn.counters.errors += this.count;
    for (const { flight, reject } of joined?.filter((each) => each !== undefined) ?? []) {
      settleFlight({ cachedFn, place: flight }, flight);
      reject(error);
    }
    this.#keys?.end();
  }

  #endFlights(): readonly (Joined | undefined)[] | undefined {
    const { flights } = this.#cachedFn;
    if (flights instanceof BatchFlights) flights.end(this);
    return this.#joined;
  }

  #callAt(at: number): Call {
    const call = this.#caller.callOf(this.ids[at]);
    call.place = this.#placeOf(at);
    return call;
  }
}
