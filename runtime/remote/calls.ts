import { signalOf, untilAborted, type AbortSignalLike } from "../call/abort.ts";
import { isThenable, settleFlight, type Call } from "../call/call.ts";
import { now } from "../platform/clock.ts";
import type { Codec } from "../codec/codec.ts";
import { eventInfo, storeResult } from "../call/store-result.ts";
import { Registration } from "./registration.ts";
import { codecFor } from "./serializer.ts";
import { readResult } from "./entry.ts";
import { isAlone, RemoteFlight } from "./flight.ts";
import { RemoteHandles } from "./handles.ts";
import { storedKeyOf } from "./keys.ts";
import type { Leases } from "./lease.ts";
import { localRead, type Read } from "./read-batch.ts";
import { RemoteRefreshes } from "./refreshes.ts";
import { RemoteRuns } from "./runs.ts";
import type { RemoteClient } from "./client.ts";
import { joinFlight } from "../call/signals.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import type { RemoteCaller, Store } from "../call/store.ts";
import type { KeyPlace } from "../memory/trie.ts";

/**
 * The calls of functions whose results are in a store outside of this process.
 *
 * A call looks at the store, and runs if nothing is there. Calls of one key share the look and the run. What the
 * store does wrong is an event: the function runs, and its result is the answer.
 *
 * A hit makes one promise and no more: what is left of its time is for the client and for `JSON.parse`.
 */
export class RemoteCalls implements RemoteCaller {
  readonly #store: Store;
  readonly #client: RemoteClient;
  readonly #runs: RemoteRuns;
  readonly #refreshes: RemoteRefreshes;
  readonly #handles: RemoteHandles;
  readonly #registration: Registration;

  constructor(store: Store, client: RemoteClient) {
    this.#store = store;
    this.#client = client;
    this.#runs = new RemoteRuns(client);
    this.#refreshes = new RemoteRefreshes(this.#runs);
    this.#handles = new RemoteHandles(this.#runs, this.#refreshes);
    this.#registration = new Registration(client);
  }

  get name(): string {
    return this.#client.driver.name;
  }

  get leases(): Leases {
    return this.#runs.leases;
  }

  register(cachedFn: CachedFunction): void {
    this.#registration.register(cachedFn);
  }

  call(it: Call, anew: boolean): unknown {
    const { cachedFn } = it;
    if (cachedFn.givesPromises) return anew ? this.#refresh(it) : this.#answer(it);
    // Only a function that gives promises can wait for the store. Nothing but a run tells, so the first one is not
    // looked up.
    const result = this.#attempt(it);
    if (isThenable(result)) return result;
    cachedFn.root.promises = false;
    cachedFn.rebind();
    cachedFn.bind();
    return storeResult(it, result, { promised: false, now: now() });
  }

  #answer(it: Call): Promise<unknown> {
    const given = signalOf(it.inputs);
    // One that is aborted already is for the function to see.
    const signal = given?.aborted ? undefined : given;
    const flight = this.#flightFor(it);
    if (flight) {
      this.#tellMiss(it);
      return joinFlight(it, flight);
    }
    const key = storedKeyOf(this.#client, it);
    const answer =
      typeof key === "string"
        ? this.#lookUp(it, key, signal)
        : key.then((name) => this.#lookUp(it, name, signal));
    return signal ? untilAborted(answer, signal) : answer;
  }

  #lookUp(it: Call, key: string, signal: AbortSignalLike | undefined): Promise<unknown> {
    const onItsWay = this.#runs.writes.get(key);
    const { cachedFn } = it;
    const look =
      onItsWay === undefined
        ? this.#client.reads(cachedFn.options.timeout).at(key)
        : localRead(key, onItsWay);
    look.begin(cachedFn.tier.generation, this.#runs.generation);
    return look.batch.over.then(() => this.#see(it, look, signal));
  }

  /** The run that a call joins, if there is one. */
  #flightFor(it: Call): RemoteFlight | undefined {
    const flight = it.cachedFn.flightAt(it.place) as RemoteFlight | undefined;
    if (flight?.promise === undefined || flight.cleared !== this.#runs.generation) return undefined;
    return isAlone(it) ? undefined : flight;
  }

  /** Gives what a look found, or what a run gives. */
  #see(it: Call, look: Read, signal: AbortSignalLike | undefined): unknown {
    if (look.data === undefined) return this.#miss(it, look, signal);
    let codec: Codec | Promise<Codec>;
    try {
      codec = codecFor(it.cachedFn, this.#client);
    } catch (error) {
      return this.#miss(it, look.failed(error), signal);
    }
    if (!(codec instanceof Promise)) return this.#read(it, look, signal, codec);
    return codec.then(
      (loaded) => this.#read(it, look, signal, loaded),
      (error: unknown) => this.#miss(it, look.failed(error), signal),
    );
  }

  #read(it: Call, look: Read, signal: AbortSignalLike | undefined, codec: Codec): unknown {
    const { cachedFn } = it;
    const found = readResult(look.data!, look.start, codec);
    if (!found || found.age >= (cachedFn.options.swr ?? 0)) return this.#miss(it, look, signal);
    const { events } = cachedFn.store!;
    if (found.age < 0) {
      cachedFn.counters.hits++;
      if (events.has("hit")) events.emit("hit", () => eventInfo(it));
    } else {
      cachedFn.counters.stale++;
      events.emit("stale", () => eventInfo(it));
      this.#refreshes.start(it);
    }
    return found.value;
  }

  #miss(it: Call, look: Read, signal: AbortSignalLike | undefined): Promise<unknown> {
    const { cachedFn } = it;
    const { error } = look;
    // Once for all who shared the look.
    if (error !== undefined && look.tell())
      this.#runs.report(it, error, "the store failed; the function runs");
    this.#tellMiss(it);
    // Who has left does not run it for the others: one of them does, with a signal that is not aborted.
    if (signal?.aborted) throw signal.reason;
    const running = this.#flightFor(it);
    if (running) return joinFlight(it, running);
    const flight = this.#flight(it, look.batch.began);
    if (look.isDropped || !look.isOf(cachedFn.tier.generation, this.#runs.generation)) flight.dropped = true;
    else this.#put(it, flight);
    flight.promise = this.#runs.run(it, flight, error !== undefined);
    return isAlone(it) ? flight.promise : joinFlight(it, flight);
  }

  #tellMiss(it: Call): void {
    it.cachedFn.counters.misses++;
    it.cachedFn.store!.events.emit("miss", () => eventInfo(it));
  }

  #flight(it: Call, began: number): RemoteFlight {
    return new RemoteFlight(it, { began, cleared: this.#runs.generation });
  }

  /** Lets later calls find a flight, unless it is to fly alone. */
  #put({ cachedFn }: Call, flight: RemoteFlight): void {
    // What has another cache by now would be found there.
    if (flight.drops === undefined && cachedFn.store === this.#store) cachedFn.flights.put(flight);
  }

  /** Runs in any case, and keeps the result. */
  #refresh(it: Call): Promise<unknown> {
    const flight = this.#flight(it, performance.now());
    this.#put(it, flight);
    flight.promise = this.#runs.run(it, flight, true);
    return flight.abortGroup ? joinFlight(it, flight) : flight.promise;
  }

  /** Runs a function of which nothing but a run tells whether it gives promises: one, or the result itself. */
  #attempt(it: Call): unknown {
    const { cachedFn } = it;
    const flight = this.#flight(it, performance.now());
    const given = it.run();
    if (!isThenable(given)) return given;
    const result = Promise.resolve(given);
    cachedFn.root.promises = true;
    cachedFn.rebind();
    try {
      this.register(cachedFn.root);
    } catch (error) {
      result.catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is one
      return Promise.reject(error);
    }
    this.#put(it, flight);
    const settled = this.#runs.settle(it, { flight, result, began: flight.began });
    flight.promise = settled.catch((error: unknown) => {
      settleFlight(it, flight);
      return this.#runs.failed(it, error);
    });
    return flight.abortGroup ? joinFlight(it, flight) : flight.promise;
  }

  peek(cachedFn: CachedFunction, place: KeyPlace): Promise<unknown> {
    return this.#handles.peek({ cachedFn, place });
  }

  state(cachedFn: CachedFunction, place: KeyPlace): Promise<"fresh" | "stale" | "absent"> {
    return this.#handles.state({ cachedFn, place });
  }

  invalidate(cachedFn: CachedFunction, place: KeyPlace): Promise<boolean> {
    return this.#handles.invalidate({ cachedFn, place });
  }

  prime(cachedFn: CachedFunction, place: KeyPlace, value: unknown): Promise<void> {
    return this.#handles.prime({ cachedFn, place }, value);
  }

  clear(cachedFn: CachedFunction): Promise<void> {
    return this.#handles.clear(cachedFn);
  }

  /** Lets no run that is under way be kept, and no look that is be joined. */
  dropRuns(): void {
    this.#runs.generation++;
    this.#client.forgetReads();
  }

  /** Resolves when what is on its way now has been written. */
  settled(): Promise<void> {
    return this.#runs.writes.settled();
  }
}
