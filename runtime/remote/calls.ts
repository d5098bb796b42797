import { signalOf, untilAborted, type AbortSignalLike } from "../call/abort.ts";
import { features } from "../call/features.ts";
import { waitFor } from "../call/signals.ts";
import { recordBypass, settleFlight, type Call } from "../call/slow-path.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { joinFlight, runFlight } from "../call/single-flight.ts";
import { eventInfo, storeResult } from "../call/store-result.ts";
import type { RemoteCaller, Store } from "../call/store.ts";
import type { Codec } from "../codec/codec.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
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
import { performance } from "../platform/real-timers.ts";

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

  call(call: Call, isRefresh: boolean): unknown {
    const { cachedFn } = call;
    if (cachedFn.givesPromises) return isRefresh ? this.#runUnread(call) : this.#answer(call);
    return this.#runFirst(call);
  }

  #answer(call: Call): Promise<unknown> {
    const passed = signalOf(call.inputs);
    // If the signal is aborted already, the function itself handles it.
    const signal = passed?.aborted ? undefined : passed;
    const flight = this.#flightFor(call);
    if (flight) {
      this.#recordMiss(call);
      return this.#join(call, flight);
    }
    const key = storedKeyOf(this.#client, call);
    const answer =
      typeof key === "string"
        ? this.#lookUp(call, key, signal)
        : key.then((name) => this.#lookUp(call, name, signal));
    return signal ? untilAborted(answer, signal) : answer;
  }

  #lookUp(call: Call, key: string, signal: AbortSignalLike | undefined): Promise<unknown> {
    const pending = this.#runs.writes.get(key);
    const { cachedFn } = call;
    const read =
      pending === undefined ? this.#client.reads(cachedFn.options.timeout).at(key) : localRead(key, pending);
    read.setGenerations(cachedFn.tier.generation, this.#runs.generation);
    return read.batch.settled.then(() => this.#serve(call, read, signal));
  }

  /** The run that a call joins; `undefined` if it has to read the store. */
  #flightFor(call: Call): RemoteFlight | undefined {
    const flight = call.cachedFn.flightAt(call.place) as RemoteFlight | undefined;
    if (flight?.promise === undefined || flight.cleared !== this.#runs.generation) return undefined;
    return isAlone(call) ? undefined : flight;
  }

  /** Returns the value that a read found, or that of a run. */
  #serve(call: Call, read: Read, signal: AbortSignalLike | undefined): unknown {
    if (read.data === undefined) return this.#miss(call, read, signal);
    let codec: Codec | Promise<Codec>;
    try {
      codec = codecFor(call.cachedFn, this.#client);
    } catch (error) {
      return this.#miss(call, read.failed(error), signal);
    }
    if (!(codec instanceof Promise)) return this.#decode(call, read, signal, codec);
    return codec.then(
      (loaded) => this.#decode(call, read, signal, loaded),
      (error: unknown) => this.#miss(call, read.failed(error), signal),
    );
  }

  #decode(call: Call, read: Read, signal: AbortSignalLike | undefined, codec: Codec): unknown {
    const { cachedFn } = call;
    const found = readResult(read.data!, read.start, codec);
    if (!found || found.age >= (cachedFn.options.swr ?? 0)) return this.#miss(call, read, signal);
    const { events } = cachedFn.store!;
    if (found.age < 0) {
      cachedFn.counters.hits++;
      if (events.has("hit")) events.emit("hit", () => eventInfo(call));
    } else {
      cachedFn.counters.stale++;
      events.emit("stale", () => eventInfo(call));
      this.#refreshes.start(call);
    }
    return found.value;
  }

  #miss(call: Call, read: Read, signal: AbortSignalLike | undefined): Promise<unknown> {
    const { cachedFn } = call;
    const { error } = read;
    if (error !== undefined && read.claimReport())
      this.#runs.report(call, error, "the store failed; the function runs");
    this.#recordMiss(call);
    // A caller that has aborted does not start the run for the others: one of them does, whose signal is not aborted.
    if (signal?.aborted) throw signal.reason;
    const running = this.#flightFor(call);
    if (running) return this.#join(call, running);
    const flight = this.#newFlight(call, read.batch.began);
    if (read.isDropped || !read.isCurrent(cachedFn.tier.generation, this.#runs.generation))
      flight.dropped = true;
    else this.#addFlight(call, flight);
    flight.promise = this.#runs.run(call, flight, error !== undefined);
    features.shareCopies?.(call, flight);
    return isAlone(call) ? flight.promise : waitFor(call, flight, flight.promise);
  }

  #join(call: Call, flight: RemoteFlight): Promise<unknown> {
    return joinFlight(call, flight, () => this.#runUnread(call));
  }

  #recordMiss(call: Call): void {
    call.cachedFn.counters.misses++;
    call.cachedFn.store!.events.emit("miss", () => eventInfo(call));
  }

  #newFlight(call: Call, began: number): RemoteFlight {
    return new RemoteFlight(call, { began, cleared: this.#runs.generation });
  }

  /** Lets later calls join a flight, unless it runs alone. */
  #addFlight({ cachedFn }: Call, flight: RemoteFlight): void {
    // After `configure()`, the function may be on another cache, whose calls must not join a run for this one.
    if (flight.drops === undefined && cachedFn.store === this.#store) cachedFn.flights.put(flight);
  }

  /** Runs without a read, and stores the result. */
  #runUnread(call: Call): Promise<unknown> {
    const flight = this.#newFlight(call, performance.now());
    this.#addFlight(call, flight);
    flight.promise = this.#runs.run(call, flight, true);
    features.shareCopies?.(call, flight);
    return flight.abortGroup ? waitFor(call, flight, flight.promise) : flight.promise;
  }

  /**
   * Runs a function of which only a run shows whether it returns a promise, without a read: only a function that does
   * can wait for the store. Returns a promise, or the result itself.
   */
  #runFirst(call: Call): unknown {
    const { cachedFn } = call;
    const flight = this.#newFlight(call, performance.now());
    const returned = runFlight(call, flight);
    const bypass = features.results?.check(cachedFn, returned);
    if (bypass) {
      recordBypass(call, bypass);
      return returned;
    }
    cachedFn.rebind();
    if (!isThenable(returned)) {
      cachedFn.bind();
      return storeResult(call, returned, { promised: false, now: memoryTime() });
    }
    const result = Promise.resolve(returned);
    try {
      this.register(cachedFn.root);
    } catch (error) {
      result.catch(() => undefined);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- register() throws errors
      return Promise.reject(error);
    }
    this.#addFlight(call, flight);
    const settled = this.#runs.settle(call, { flight, result, began: flight.began });
    flight.promise = settled.catch((error: unknown) => {
      settleFlight(call, flight);
      return this.#runs.failRun(call, error);
    });
    features.shareCopies?.(call, flight);
    return flight.abortGroup ? waitFor(call, flight, flight.promise) : flight.promise;
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
