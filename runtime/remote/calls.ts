import { signalOf, untilAborted, type Signal } from "../call/abort.ts";
import { isThenable, land, type Call } from "../call/call.ts";
import { now } from "../platform/clock.ts";
import type { Codec } from "../codec/codec.ts";
import { about, keep } from "../call/store-result.ts";
import { Admission } from "./registration.ts";
import { codecFor } from "./serializer.ts";
import { readResult } from "./entry.ts";
import { isAlone, RemoteFlight } from "./flight.ts";
import { RemoteHandles } from "./handles.ts";
import { keyOf } from "./keys.ts";
import type { Leases } from "./lease.ts";
import { lookThatFound, type Look } from "./read-batch.ts";
import { RemoteRefreshes } from "./refreshes.ts";
import { RemoteRuns } from "./runs.ts";
import type { RemoteClient } from "./client.ts";
import { join } from "../call/signals.ts";
import type { Site } from "../call/cached-function.ts";
import type { Remote, Store } from "../call/store.ts";
import type { Place } from "../memory/trie.ts";

/**
 * The calls of functions whose results are in a store outside of this process.
 *
 * A call looks at the store, and runs if nothing is there. Calls of one key share the look and the run. What the
 * store does wrong is an event: the function runs, and its result is the answer.
 *
 * A hit makes one promise and no more: what is left of its time is for the client and for `JSON.parse`.
 */
export class RemoteCalls implements Remote {
  readonly #store: Store;
  readonly #client: RemoteClient;
  readonly #runs: RemoteRuns;
  readonly #refreshes: RemoteRefreshes;
  readonly #handles: RemoteHandles;
  readonly #admission: Admission;

  constructor(store: Store, client: RemoteClient) {
    this.#store = store;
    this.#client = client;
    this.#runs = new RemoteRuns(client);
    this.#refreshes = new RemoteRefreshes(this.#runs);
    this.#handles = new RemoteHandles(this.#runs, this.#refreshes);
    this.#admission = new Admission(client);
  }

  get name(): string {
    return this.#client.driver.name;
  }

  get leases(): Leases {
    return this.#runs.leases;
  }

  admit(site: Site): void {
    this.#admission.admit(site);
  }

  call(it: Call, anew: boolean): unknown {
    const { site } = it;
    if (site.givesPromises) return anew ? this.#refresh(it) : this.#answer(it);
    // Only a function that gives promises can wait for the store. Nothing but a run tells, so the first one is not
    // looked up.
    const result = this.#attempt(it);
    if (isThenable(result)) return result;
    site.root.promises = false;
    site.rebind();
    site.bind();
    return keep(it, result, { promised: false, now: now() });
  }

  #answer(it: Call): Promise<unknown> {
    const given = signalOf(it.inputs);
    // One that is aborted already is for the function to see.
    const signal = given?.aborted ? undefined : given;
    const flight = this.#flightFor(it);
    if (flight) {
      this.#tellMiss(it);
      return join(it, flight);
    }
    const key = keyOf(this.#client, it);
    const answer =
      typeof key === "string"
        ? this.#lookUp(it, key, signal)
        : key.then((name) => this.#lookUp(it, name, signal));
    return signal ? untilAborted(answer, signal) : answer;
  }

  #lookUp(it: Call, key: string, signal: Signal | undefined): Promise<unknown> {
    const onItsWay = this.#runs.writes.get(key);
    const { site } = it;
    const look =
      onItsWay === undefined
        ? this.#client.looks(site.options.timeout).at(key)
        : lookThatFound(key, onItsWay);
    look.begin(site.tier.generation, this.#runs.generation);
    return look.batch.over.then(() => this.#see(it, look, signal));
  }

  /** The run that a call joins, if there is one. */
  #flightFor(it: Call): RemoteFlight | undefined {
    const flight = it.site.flightAt(it.place) as RemoteFlight | undefined;
    if (flight?.promise === undefined || flight.cleared !== this.#runs.generation) return undefined;
    return isAlone(it) ? undefined : flight;
  }

  /** Gives what a look found, or what a run gives. */
  #see(it: Call, look: Look, signal: Signal | undefined): unknown {
    if (look.data === undefined) return this.#miss(it, look, signal);
    let codec: Codec | Promise<Codec>;
    try {
      codec = codecFor(it.site, this.#client);
    } catch (error) {
      return this.#miss(it, look.failed(error), signal);
    }
    if (!(codec instanceof Promise)) return this.#read(it, look, signal, codec);
    return codec.then(
      (loaded) => this.#read(it, look, signal, loaded),
      (error: unknown) => this.#miss(it, look.failed(error), signal),
    );
  }

  #read(it: Call, look: Look, signal: Signal | undefined, codec: Codec): unknown {
    const { site } = it;
    const found = readResult(look.data!, look.start, codec);
    if (!found || found.age >= (site.options.swr ?? 0)) return this.#miss(it, look, signal);
    const { events } = site.store!;
    if (found.age < 0) {
      site.counters.hits++;
      if (events.has("hit")) events.emit("hit", () => about(it));
    } else {
      site.counters.stale++;
      events.emit("stale", () => about(it));
      this.#refreshes.start(it);
    }
    return found.value;
  }

  #miss(it: Call, look: Look, signal: Signal | undefined): Promise<unknown> {
    const { site } = it;
    const { error } = look;
    // Once for all who shared the look.
    if (error !== undefined && look.tell())
      this.#runs.report(it, error, "the store failed; the function runs");
    this.#tellMiss(it);
    // Who has left does not run it for the others: one of them does, with a signal that is not aborted.
    if (signal?.aborted) throw signal.reason;
    const running = this.#flightFor(it);
    if (running) return join(it, running);
    const flight = this.#flight(it, look.batch.began);
    if (look.isDropped || !look.isOf(site.tier.generation, this.#runs.generation)) flight.dropped = true;
    else this.#put(it, flight);
    flight.promise = this.#runs.run(it, flight, error !== undefined);
    return isAlone(it) ? flight.promise : join(it, flight);
  }

  #tellMiss(it: Call): void {
    it.site.counters.misses++;
    it.site.store!.events.emit("miss", () => about(it));
  }

  #flight(it: Call, began: number): RemoteFlight {
    return new RemoteFlight(it, { began, cleared: this.#runs.generation });
  }

  /** Lets later calls find a flight, unless it is to fly alone. */
  #put({ site }: Call, flight: RemoteFlight): void {
    // What has another cache by now would be found there.
    if (flight.drops === undefined && site.store === this.#store) site.flights.put(flight);
  }

  /** Runs in any case, and keeps the result. */
  #refresh(it: Call): Promise<unknown> {
    const flight = this.#flight(it, performance.now());
    this.#put(it, flight);
    flight.promise = this.#runs.run(it, flight, true);
    return flight.party ? join(it, flight) : flight.promise;
  }

  /** Runs a function of which nothing but a run tells whether it gives promises: one, or the result itself. */
  #attempt(it: Call): unknown {
    const { site } = it;
    const flight = this.#flight(it, performance.now());
    const given = it.run();
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
    this.#put(it, flight);
    const settled = this.#runs.settle(it, { flight, result, began: flight.began });
    flight.promise = settled.catch((error: unknown) => {
      land(it, flight);
      return this.#runs.failed(it, error);
    });
    return flight.party ? join(it, flight) : flight.promise;
  }

  peek(site: Site, place: Place): Promise<unknown> {
    return this.#handles.peek({ site, place });
  }

  state(site: Site, place: Place): Promise<"fresh" | "stale" | "absent"> {
    return this.#handles.state({ site, place });
  }

  invalidate(site: Site, place: Place): Promise<boolean> {
    return this.#handles.invalidate({ site, place });
  }

  prime(site: Site, place: Place, value: unknown): Promise<void> {
    return this.#handles.prime({ site, place }, value);
  }

  clear(site: Site): Promise<void> {
    return this.#handles.clear(site);
  }

  /** Lets no run that is under way be kept, and no look that is be joined. */
  dropRuns(): void {
    this.#runs.generation++;
    this.#client.lookAgain();
  }

  /** Resolves when what is on its way now has been written. */
  settled(): Promise<void> {
    return this.#runs.writes.settled();
  }
}
