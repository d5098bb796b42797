import { signalOf, unaborted, untilAborted, type Signal } from "./abort.ts";
import {
  abandon,
  ended,
  flightOf,
  forget,
  gather,
  isItsCallers,
  isThenable,
  join,
  land,
  type Call,
} from "./call.ts";
import { now } from "./clock.ts";
import { behind } from "./config.ts";
import type { Data } from "./driver.ts";
import { mark } from "./entry-mark.ts";
import { CacheError } from "./errors.ts";
import { Flight } from "./flight.ts";
import { about, isSkipped } from "./keep.ts";
import { ClearNotes } from "./remote-clears.ts";
import { codecFor } from "./remote-codec.ts";
import { readResult, writeResult, type Found } from "./remote-entry.ts";
import { Leases, type Lease } from "./remote-lease.ts";
import type { RemoteStore } from "./remote-store.ts";
import { Writes } from "./remote-writes.ts";
import type { Site } from "./site.ts";
import type { Remote } from "./store.ts";
import type { Place } from "./trie.ts";

/** What a look at the store came to. */
interface Look {
  readonly found?: Found | undefined;
  /** The store did not answer: there is no point in asking it for a lease. */
  readonly failed?: boolean;
}

/** A call of a cold key on its way: first a look at the store, which all wait for, then maybe a run. */
class RemoteFlight extends Flight {
  readonly began: number = performance.now();
  look: Promise<Look>;
  run: Promise<unknown> | undefined = undefined;
  /** {@link RemoteCalls.generation} when it started. */
  readonly cleared: number;

  constructor(it: Call, cleared: number, look: Promise<Look>) {
    const { site } = it;
    super(it.place, site.tier, isAlone(it) ? site.drops : undefined);
    this.look = look;
    this.cleared = cleared;
  }
}

type Where = Pick<Call, "site" | "place">;

/** Whether nobody joins the run of a call. */
const isAlone = (it: Call): boolean => it.site.options.lock === "none" || isItsCallers(it);

/**
 * The calls of functions whose results are in a store outside of this process.
 *
 * A call looks at the store, and runs if nothing is there. Calls of one key share the look and the run. What the
 * store does wrong is an event: the function runs, and its result is the answer.
 */
export class RemoteCalls implements Remote {
  readonly #store: RemoteStore;
  readonly #writes = new Writes();
  readonly #refreshing = new Map<string, RemoteFlight>();
  readonly #names = new Map<string, WeakRef<Site>>();
  readonly #clears: ClearNotes;
  readonly leases: Leases;
  /** Goes up when the whole cache is cleared: no run of before is kept. */
  generation = 0;

  constructor(store: RemoteStore) {
    this.#store = store;
    this.#clears = new ClearNotes(store);
    this.leases = new Leases(store);
  }

  get name(): string {
    return this.#store.driver.name;
  }

  /**
   * Lets a function in.
   *
   * @throws {CacheError} `option-value` for a serializer that nobody knows, or that only memory can do without. Of a
   * function that was not compiled, `name-missing` or `id-duplicate`: two under one id would give each other's results.
   */
  admit(site: Site): void {
    if (site.options.lock === "distributed" && this.#store.driver.limits.atomic === "process") {
      throw new CacheError(
        "option-conflict",
        `${site.id}: \`lock\` is "distributed", and ${this.name} locks within one process only; write "local", or use redis() or memcached().`,
      );
    }
    const codec = codecFor(site, this.#store);
    // One that cannot be loaded is an error of each call that needs it.
    if (codec instanceof Promise) codec.catch(() => undefined);
    if (!site.unproved) return;
    const [, name] = site.spec.id;
    if (site.unproved === "anonymous") {
      throw new CacheError(
        "name-missing",
        `A function without a name has no place on ${this.name}: name the function, or write cached(fn, { name: "…" }).`,
      );
    }
    const first = this.#names.get(site.id)?.deref();
    if (first && first !== site) {
      throw new CacheError(
        "id-duplicate",
        `Two cached functions are called ${site.id} on ${this.name}, and would give each other's results; give ${name} a \`name\` or a \`namespace\` of its own.`,
      );
    }
    this.#names.set(site.id, new WeakRef(site));
  }

  async answer(it: Call): Promise<unknown> {
    const signal = signalOf(it.inputs);
    const { site } = it;
    let flight = site.options.lock === "none" ? undefined : (flightOf(it) as RemoteFlight | undefined);
    if (!flight || flight.cleared !== this.generation) {
      const fresh = new RemoteFlight(it, this.generation, this.#look(it));
      if (signal?.aborted) return this.#join(it, fresh, undefined);
      if (fresh.drops === undefined) site.flights.put(fresh);
      // Who comes later looks again: it may have been invalidated meanwhile.
      fresh.look = fresh.look.then((look) => {
        if (look.found) land(it, fresh);
        return look;
      });
      flight = fresh;
    }
    const answer = this.#join(it, flight, signal);
    return signal && !signal.aborted ? untilAborted(answer, signal) : answer;
  }

  async #join(it: Call, flight: RemoteFlight, signal: Signal | undefined): Promise<unknown> {
    const { site } = it;
    const { counters, store } = site;
    // Who joins a run is counted at once among those who wait for it.
    const { found, failed }: Look = flight.run ? {} : await flight.look;
    if (found) {
      const fresh = found.age < 0;
      counters[fresh ? "hits" : "stale"]++;
      store!.events.emit(fresh ? "hit" : "stale", () => about(it));
      if (!fresh) this.#refreshBehind(it);
      return found.take();
    }
    counters.misses++;
    store!.events.emit("miss", () => about(it));
    // Who has left does not run it for the others: one of them does, with a signal that is not aborted.
    if (signal?.aborted) throw signal.reason;
    flight.run ??= flight.promise = this.#run(it, flight, failed === true);
    return isItsCallers(it) ? flight.run : join(it, flight);
  }

  /** Looks at what is on its way and in the store, for what is fresh or may stand in by `swr`. Never rejects. */
  async #look(it: Where): Promise<Look> {
    try {
      const found = await this.#find(it);
      return found && found.age < (it.site.options.swr ?? 0) ? { found } : {};
    } catch (error) {
      this.#report(it, error, "the store failed; the function runs");
      return { failed: true };
    }
  }

  async #find({ site, place }: Where): Promise<Found | undefined> {
    const key = await this.#keyOf(site, place);
    const data = this.#writes.get(key) ?? (await this.#store.read(key, site.options.timeout));
    return data === undefined ? undefined : readResult(data, await codecFor(site, this.#store));
  }

  #keyOf(site: Site, place: Place): string | Promise<string> {
    return this.#store.functionKey(site.head, site.restOfPlace(place));
  }

  /** Runs the function, alone among all processes if it is to be. */
  async #run(it: Call, flight: RemoteFlight, failed: boolean): Promise<unknown> {
    const gathered = gather(it, flight, () => abandon(it, flight));
    let lease: Lease | undefined;
    if (it.site.options.lock === "distributed" && !failed) {
      const taken = await this.#lease(it, flight);
      if (taken && "found" in taken) {
        land(it, flight);
        return taken.found.take();
      }
      lease = taken?.lease;
      if (flight.party?.signal.aborted) {
        void lease?.release();
        throw flight.party.signal.reason;
      }
    }
    const began = performance.now();
    try {
      const result = gathered.run(gathered.inputs);
      return await this.#settle(it, { flight, result: Promise.resolve(result), began, lease });
    } catch (error) {
      land(it, flight);
      void lease?.release();
      return this.#failed(it, error);
    }
  }

  async #lease(it: Call, flight: RemoteFlight) {
    try {
      return await this.#takeLease(it, flight);
    } catch (error) {
      this.#report(it, error, "the lock failed; the function runs without it");
      return undefined;
    }
  }

  async #takeLease(it: Call, flight: RemoteFlight) {
    const { site, place } = it;
    const timeout = site.options.timeout ?? this.#store.options.timeout;
    const left = timeout - (performance.now() - flight.began);
    const look = async (): Promise<Found | undefined> => {
      const found = await this.#find(it);
      return found && found.age < 0 ? found : undefined;
    };
    const key = await this.#keyOf(site, place);
    return this.leases.take(key, { look, timeout, left, signal: flight.party?.signal });
  }

  /** Waits for a run; gives its result, and has it written behind. */
  async #settle(
    it: Call,
    run: {
      readonly flight: RemoteFlight;
      readonly result: Promise<unknown>;
      readonly began: number;
      readonly lease?: Lease | undefined;
    },
  ): Promise<unknown> {
    const { flight, began, lease } = run;
    const value = await run.result;
    ended(it.site, now() - (performance.now() - began));
    const item = isSkipped(it, value) ? undefined : await this.#item(it, value);
    // From here to the write nothing waits: whoever invalidates it now finds the one or the other.
    const wanted = land(it, flight) && flight.cleared === this.generation;
    if (item && wanted) {
      const write = this.#writes.start(item.key, item, () => this.#write(it, item, began));
      if (lease) behind(write.then(() => lease.release()));
    } else void lease?.release();
    return value;
  }

  async #write(it: Where, item: { key: string; data: Data; ttl: number }, began: number): Promise<void> {
    const { site } = it;
    const { driver } = this.#store;
    const ask = <T>(run: () => Promise<T>): Promise<T> =>
      this.#store.ask("set", run, { timeout: site.options.timeout, closing: true });
    const age = (): number => performance.now() - began;
    const marked = { ...item, data: mark(item.key, item.data) };
    try {
      if (!(await ask(() => driver.setIfCurrent(marked, age())))) return;
      // A function that was cleared meanwhile leaves a note. Asked behind the write: what was written before the
      // note is cleared, and what was written behind it is found out here.
      const note = await this.#store.clearedKey(site.head);
      if (!(await this.#clears.isCurrent(note, began))) {
        await ask(() => driver.delete([item.key]));
        return;
      }
    } catch (error) {
      this.#report(it, error, "the result could not be written");
      return;
    }
    site.counters.sets++;
    this.#store.events.emit("set", () => about(it));
  }

  /** What is stored for a result; `undefined`, and an event, for one that would not come back as it is. */
  async #item(it: Where, value: unknown) {
    const { site, place } = it;
    try {
      const { options } = site;
      const ttl = (options.ttl ?? this.#store.ttlMs) * (1 - (options.jitter ?? 0) * Math.random());
      const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
      const codec = await codecFor(site, this.#store);
      const data = writeResult(value, codec, extra > 0 ? now() + ttl : undefined);
      return { key: await this.#keyOf(site, place), data, ttl: ttl + extra };
    } catch (error) {
      this.#report(it, error, "the result is not kept");
      return undefined;
    }
  }

  /** An error goes to those who wait for the run, unless an older value may stand in (`sie`). */
  async #failed(it: Call, error: unknown): Promise<unknown> {
    const { counters, options } = it.site;
    counters.errors++;
    if (!options.sie) throw error;
    // Looked at again: it may have been invalidated, or replaced by a newer value, during the run.
    const found = await this.#find(it).catch(() => undefined);
    if (!found || found.age >= options.sie) throw error;
    counters.stale++;
    this.#store.events.emit("stale", () => ({ ...about(it), error }));
    return found.take();
  }

  /** Runs once behind the callers of a stale value; with a distributed lock, once among all processes. */
  #refreshBehind(it: Call): void {
    const key = it.site.textOfPlace(it.place);
    if (this.#refreshing.has(key)) return;
    const flight = new RemoteFlight(it, this.generation, Promise.resolve({}));
    this.#refreshing.set(key, flight);
    // A macrotask: what of the function is not async would otherwise run before the caller gets on.
    setTimeout(() => {
      const run = this.#refreshFor(unaborted(it), flight)
        .catch((error: unknown) => this.#report(it, error, "a refresh behind a stale value failed"))
        .finally(() => this.#refreshing.delete(key));
      behind(run);
    }, 0);
  }

  async #refreshFor(it: Call, flight: RemoteFlight): Promise<void> {
    let lease: Lease | undefined;
    if (it.site.options.lock === "distributed") {
      // Without the lock every process would run it, and nobody waits: the old value stays.
      const taken = await this.#takeLease(it, flight);
      if (taken && "found" in taken) return;
      lease = taken?.lease;
    }
    try {
      const began = performance.now();
      const result = Promise.resolve(it.run(it.inputs));
      await this.#settle(it, { flight, result, began, lease });
    } catch (error) {
      it.site.counters.errors++;
      void lease?.release();
      throw error;
    }
  }

  refresh(it: Call): Promise<unknown> {
    const flight = new RemoteFlight(it, this.generation, Promise.resolve({}));
    if (flight.drops === undefined) it.site.flights.put(flight);
    flight.run = flight.promise = this.#run(it, flight, true);
    return flight.party ? join(it, flight) : flight.run;
  }

  attempt(it: Call): unknown {
    const { site } = it;
    const flight = new RemoteFlight(it, this.generation, Promise.resolve({}));
    const given = it.run(it.inputs);
    if (!isThenable(given)) return given;
    const result = Promise.resolve(given);
    site.root.promises = true;
    site.rebind();
    try {
      this.admit(site.root);
    } catch (error) {
      result.catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is one
      return Promise.reject(error);
    }
    if (flight.drops === undefined) site.flights.put(flight);
    const settled = this.#settle(it, { flight, result, began: flight.began });
    flight.run = flight.promise = settled.catch((error: unknown) => {
      land(it, flight);
      return this.#failed(it, error);
    });
    return flight.party ? join(it, flight) : flight.run;
  }

  async peek(site: Site, place: Place): Promise<unknown> {
    const found = await this.#find({ site, place });
    return found && found.age < (site.options.swr ?? 0) ? found.take() : undefined;
  }

  async state(site: Site, place: Place): Promise<"fresh" | "stale" | "absent"> {
    const found = await this.#find({ site, place });
    if (!found) return "absent";
    if (found.age < 0) return "fresh";
    return found.age < Math.max(site.options.swr ?? 0, site.options.sie ?? 0) ? "stale" : "absent";
  }

  async invalidate(site: Site, place: Place): Promise<boolean> {
    const inFlight = this.#drop(site, place);
    const key = await this.#keyOf(site, place);
    // Unseen from now on. A write that is on its way is refused, since its run began before.
    const onItsWay = this.#writes.drop(key);
    const { driver } = this.#store;
    const was = await this.#store.ask("invalidate", () => driver.invalidate(key));
    return was || onItsWay || inFlight;
  }

  #drop(site: Site, place: Place): boolean {
    const refreshing = this.#refreshing.get(site.textOfPlace(place));
    if (refreshing) refreshing.dropped = true;
    return forget(site, place) || refreshing !== undefined;
  }

  async prime(site: Site, place: Place, value: unknown): Promise<void> {
    this.#drop(site, place);
    const codec = await codecFor(site, this.#store);
    // Here the value is the caller's own, so what is wrong with it is the caller's to know.
    writeResult(value, codec, undefined);
    const item = await this.#item({ site, place }, value);
    if (!item) return;
    const { driver } = this.#store;
    this.#writes.drop(item.key);
    // What runs in another process began before, and is not to replace what is primed.
    await this.#store.ask("invalidate", () => driver.invalidate(item.key));
    const marked = { ...item, data: mark(item.key, item.data) };
    await this.#store.ask("set", () => driver.set([marked]));
    site.counters.sets++;
    this.#store.events.emit("set", () => about({ site, place }));
  }

  async clear(site: Site): Promise<void> {
    site.clear();
    for (const [key, flight] of this.#refreshing) if (key.startsWith(site.head)) flight.dropped = true;
    await this.#writes.settled();
    const note = await this.#store.clearedKey(site.head);
    await this.#clears.leave(note);
    await this.#store.clearPrefix(await this.#store.functionHead(site.head));
  }

  /** Resolves when what is on its way now has been written. */
  settled(): Promise<void> {
    return this.#writes.settled();
  }

  #report(it: Where, error: unknown, reason: string): void {
    this.#store.events.emit("error", () => ({ ...about(it), error, reason }));
  }
}
