import { signalOf, untilAborted, type AbortSignalLike } from "../call/abort.ts";
import { settleFlight, type Call } from "../call/slow-path.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { joinFlight } from "../call/signals.ts";
import { eventInfo, storeResult } from "../call/store-result.ts";
import type { RemoteCaller, Store } from "../call/store.ts";
import type { Codec } from "../codec/codec.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { now } from "../platform/clock.ts";
import { isThenable } from "../platform/is-thenable.ts";
import type { RemoteClient } from "./client.ts";
import { readResult } from "./stored-entry.ts";
import { isAlone, RemoteFlight } from "./flight.ts";
import { RemoteHandles } from "./handles.ts";
import { storedKeyOf } from "./keys.ts";
import type { Leases } from "./lease.ts";
import { localRead, type Read } from "./read-batch.ts";
import { RemoteRefreshes } from "./refreshes.ts";
import { Registration } from "./registration.ts";
import { RemoteRuns } from "./runs.ts";
import { codecFor } from "./serializer.ts";

/**
 * The calls of functions whose results are in a store outside the process.
 *
 * A call reads the store, and runs the function on a miss. Concurrent calls of one key share the read and the run
 * (single flight). If the store fails, an `error` event reports it, and the function runs and its result is returned.
 *
 * A hit makes a single promise of its own; the rest of its time is spent in the client and in `JSON.parse`.
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

  call(it: Call, isRefresh: boolean): unknown {
    const { cachedFn } = it;
    if (cachedFn.givesPromises) return isRefresh ? this.#refresh(it) : this.#answer(it);
    // Only a function that returns promises can wait for the store. Where just a run shows whether it does, the first
    // call runs without a read.
    const result = this.#runFirst(it);
    if (isThenable(result)) return result;
    cachedFn.root.promises = false;
    cachedFn.rebind();
    cachedFn.bind();
    return storeResult(it, result, { promised: false, now: now() });
  }

  #answer(it: Call): Promise<unknown> {
    const passed = signalOf(it.inputs);
    // If the signal is aborted already, the function itself handles it.
    const signal = passed?.aborted ? undefined : passed;
    const flight = this.#flightFor(it);
    if (flight) {
      this.#recordMiss(it);
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
    const pending = this.#runs.writes.get(key);
    const { cachedFn } = it;
    const read =
      pending === undefined ? this.#client.reads(cachedFn.options.timeout).at(key) : localRead(key, pending);
    read.setGenerations(cachedFn.tier.generation, this.#runs.generation);
    return read.batch.settled.then(() => this.#serve(it, read, signal));
  }

  /** The run that a call joins; `undefined` if it has to read the store. */
  #flightFor(it: Call): RemoteFlight | undefined {
    const flight = it.cachedFn.flightAt(it.place) as RemoteFlight | undefined;
    if (flight?.promise === undefined || flight.cleared !== this.#runs.generation) return undefined;
    return isAlone(it) ? undefined : flight;
  }

  /** Returns the value that a read found, or that of a run. */
  #serve(it: Call, read: Read, signal: AbortSignalLike | undefined): unknown {
    if (read.data === undefined) return this.#miss(it, read, signal);
    let codec: Codec | Promise<Codec>;
    try {
      codec = codecFor(it.cachedFn, this.#client);
    } catch (error) {
      return this.#miss(it, read.failed(error), signal);
    }
    if (!(codec instanceof Promise)) return this.#decode(it, read, signal, codec);
    return codec.then(
      (loaded) => this.#decode(it, read, signal, loaded),
      (error: unknown) => this.#miss(it, read.failed(error), signal),
    );
  }

  #decode(it: Call, read: Read, signal: AbortSignalLike | undefined, codec: Codec): unknown {
    const { cachedFn } = it;
    const found = readResult(read.data!, read.start, codec);
    if (!found || found.age >= (cachedFn.options.swr ?? 0)) return this.#miss(it, read, signal);
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

  #miss(it: Call, read: Read, signal: AbortSignalLike | undefined): Promise<unknown> {
    const { cachedFn } = it;
    const { error } = read;
    if (error !== undefined && read.claimReport())
      this.#runs.report(it, error, "the store failed; the function runs");
    this.#recordMiss(it);
    // A caller that has aborted does not start the run for the others: one of them does, whose signal is not aborted.
    if (signal?.aborted) throw signal.reason;
    const running = this.#flightFor(it);
    if (running) return joinFlight(it, running);
    const flight = this.#newFlight(it, read.batch.began);
    if (read.isDropped || !read.isCurrent(cachedFn.tier.generation, this.#runs.generation))
      flight.dropped = true;
    else this.#addFlight(it, flight);
    flight.promise = this.#runs.run(it, flight, error !== undefined);
    return isAlone(it) ? flight.promise : joinFlight(it, flight);
  }

  #recordMiss(it: Call): void {
    it.cachedFn.counters.misses++;
    it.cachedFn.store!.events.emit("miss", () => eventInfo(it));
  }

  #newFlight(it: Call, began: number): RemoteFlight {
    return new RemoteFlight(it, { began, cleared: this.#runs.generation });
  }

  /** Lets later calls join a flight, unless it runs alone. */
  #addFlight({ cachedFn }: Call, flight: RemoteFlight): void {
    // After `configure()`, the function may be on another cache, whose calls must not join a run for this one.
    if (flight.drops === undefined && cachedFn.store === this.#store) cachedFn.flights.put(flight);
  }

  /** Runs without a read, and stores the result. */
  #refresh(it: Call): Promise<unknown> {
    const flight = this.#newFlight(it, performance.now());
    this.#addFlight(it, flight);
    flight.promise = this.#runs.run(it, flight, true);
    return flight.abortGroup ? joinFlight(it, flight) : flight.promise;
  }

  /** First run of a function that may or may not return promises. Returns a promise, or the result itself. */
  #runFirst(it: Call): unknown {
    const { cachedFn } = it;
    const flight = this.#newFlight(it, performance.now());
    const returned = it.run();
    if (!isThenable(returned)) return returned;
    const result = Promise.resolve(returned);
    cachedFn.root.promises = true;
    cachedFn.rebind();
    try {
      this.register(cachedFn.root);
    } catch (error) {
      result.catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- register() throws errors
      return Promise.reject(error);
    }
    this.#addFlight(it, flight);
    const settled = this.#runs.settle(it, { flight, result, began: flight.began });
    flight.promise = settled.catch((error: unknown) => {
      settleFlight(it, flight);
      return this.#runs.failRun(it, error);
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

  /** Results of runs in flight are not stored, and reads in flight are not joined. */
  dropRuns(): void {
    this.#runs.generation++;
    this.#client.forgetReads();
  }

  /** Resolves when all writes that are pending now have ended. */
  settled(): Promise<void> {
    return this.#runs.writes.settled();
  }
}
