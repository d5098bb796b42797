import { signalOf, untilAborted, type AbortSignalLike } from "../call/abort.ts";
import { features } from "../call/features.ts";
import { countExpired } from "../call/stale.ts";
import { waitFor } from "../call/signals.ts";
import { recordBypass, serveHit, type Call } from "../call/slow-path.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { joinFlight } from "../call/single-flight.ts";
import { emitCall, storeResult, type CallTarget } from "../call/store-result.ts";
import type { RemoteCaller, Store, StoreStatus } from "../call/store.ts";
import type { Codec } from "../codec/codec.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { isThenable } from "../platform/is-thenable.ts";
import type { RemoteClient } from "./client.ts";
import { RemoteBulk } from "./bulk.ts";
import { readResult, type StoredResult } from "./stored-entry.ts";
import { isAlone, RemoteFlight } from "./flight.ts";
import { RemoteHandles } from "./handles.ts";
import { storedKeyOf } from "./keys.ts";
import type { Leases } from "./lease.ts";
import type { Read, Reads } from "./read-batch.ts";
import { RemoteRefreshes } from "./refreshes.ts";
import { Registration } from "./registration.ts";
import { RemoteRuns } from "./runs.ts";
import { codecFor } from "./serializer.ts";
import { areRetriesPaused } from "../call/retry.ts";

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
    if (cachedFn.givesPromises) return isRefresh ? this.#refresh(call) : this.#answer(call);
    const answer = this.#runFirst(call);
    // The old result must not outlast a refresh.
    if (!isRefresh || call.cachedFn.root.promises !== true) return answer;
    return Promise.resolve(answer).then((value) => this.#handles.invalidate(call).then(() => value));
  }

  bulk(cachedFn: CachedFunction, count: number, placeOf: (index: number) => KeyPlace): RemoteBulk {
    return new RemoteBulk(
      cachedFn,
      { count, placeOf },
      {
        runs: this.#runs,
        answer: (call, read) => (read ? this.#serve(call, read, undefined) : this.#answer(call)),
      },
    );
  }

  #answer(call: Call): unknown {
    const entry = this.#client.near?.freshEntry(call) ?? -1;
    if (entry >= 0) return serveHit(call, entry);
    const passed = signalOf(call.inputs);
    // If the signal is aborted already, the function itself handles it.
    const signal = passed?.aborted ? undefined : passed;
    const first = call.cachedFn.flightAt(call.place) as RemoteFlight | undefined;
    if (first?.isFirst && first.beganWithin(this.#client.near?.options.lag) && !isAlone(call)) {
      this.#recordMiss(call);
      return this.#join(call, first);
    }
    const key = storedKeyOf(this.#client, call);
    const answer =
      typeof key === "string"
        ? this.#lookUp(call, key, signal)
        : key.then((name) => this.#lookUp(call, name, signal));
    return signal ? untilAborted(answer, signal) : answer;
  }

  #lookUp(call: Call, key: string, signal: AbortSignalLike | undefined): Promise<unknown> {
    const reads = this.#client.reads(call.cachedFn.options.timeout);
    if (call.tags) return this.#lookUpTagged(call, key, signal, reads);
    const read = reads.at(key);
    return read.batch.settled.then(() => this.#serve(call, read, signal));
  }

  /** Reads the state of the tags in the same request. */
  async #lookUpTagged(
    call: Call,
    key: string,
    signal: AbortSignalLike | undefined,
    reads: Reads,
  ): Promise<unknown> {
    const tags = this.#client.tagKeys(call.tags!);
    const read = reads.at(key, tags instanceof Promise ? await tags : tags);
    await read.batch.settled;
    return this.#serve(call, read, signal);
  }

  /** Returns the value that a read found, or that of a run. */
  #serve(call: Call, read: Read, signal: AbortSignalLike | undefined): unknown {
    const pending = this.#runs.writes.contentFor(read);
    if (!read.isFound && pending === undefined) return this.#miss(call, read, signal);
    let codec: Codec | Promise<Codec>;
    try {
      codec = codecFor(call.cachedFn, this.#client);
    } catch (error) {
      return this.#miss(call, read.failed(error), signal);
    }
    const decode = (loaded: Codec): unknown => {
      const found =
        pending === undefined ? readResult(read.data!, read.start, loaded) : readResult(pending, 0, loaded);
      return this.#answerFrom(call, read, signal, found);
    };
    if (!(codec instanceof Promise)) return decode(codec);
    return codec.then(decode, (error: unknown) => this.#miss(call, read.failed(error), signal));
  }

  #answerFrom(
    call: Call,
    read: Read,
    signal: AbortSignalLike | undefined,
    found: StoredResult | undefined,
  ): unknown {
    const { cachedFn } = call;
    const { swr = 0, sie = 0 } = cachedFn.options;
    // After a failure, the old value is returned at once for a while.
    const isUsable = found && (found.age < swr || (found.age < sie && areRetriesPaused(call)));
    if (!isUsable) return this.#miss(call, read, signal);
    if (found.age < 0) {
      cachedFn.counters.hits++;
      features.meter?.servedRemotely(call);
      if (features.events || cachedFn.store!.events?.has("hit")) emitCall("hit", call);
      if (this.#client.near) return this.#client.near.keep(call, read, found.value, -found.age);
    } else {
      countExpired(call, found.age);
      this.#refreshes.start(call, read);
    }
    return found.value;
  }

  #miss(call: Call, read: Read, signal: AbortSignalLike | undefined): unknown {
    const { error } = read;
    const entry = error === undefined ? -1 : (this.#client.near?.entryWithoutStore(call) ?? -1);
    if (error !== undefined && read.claimReport()) {
      const reason = entry < 0 ? "the function runs" : "a near entry answers";
      this.#runs.report(call, error, `the store failed; ${reason}`);
    }
    if (entry >= 0) return serveHit(call, entry);
    this.#recordMiss(call);
    return this.#runOrJoin(call, read, signal);
  }

  #runOrJoin(call: Call, read: Read, signal: AbortSignalLike | undefined): Promise<unknown> {
    // A caller that has aborted does not start the run for the others: one of them does, whose signal is not aborted.
    if (signal?.aborted) throw signal.reason;
    const running = isAlone(call)
      ? undefined
      : (call.cachedFn.flightAt(call.place) as RemoteFlight | undefined);
    if (!running?.promise || !running.isCurrentFor(read, this.#client.near?.options.lag))
      return this.#fly(call, (flight) => this.#runs.run(call, flight, read));
    return this.#join(call, running).then((value) =>
      // A result that was found before this call has read the store may have been removed in between.
      running.foundOrder < read.batch.order ? this.#runOrJoin(call, read, signal) : value,
    );
  }

  #join(call: Call, running: RemoteFlight): Promise<unknown> {
    return joinFlight(call, running, () => this.#fly(call, (flight) => this.#runs.runFrom(call, flight)));
  }

  /** Starts a run that later calls can join, unless it runs alone. */
  #fly(
    call: Call,
    run: (flight: RemoteFlight) => Promise<unknown>,
    alone: boolean = isAlone(call),
  ): Promise<unknown> {
    const { cachedFn } = call;
    const flight = new RemoteFlight(call, alone);
    // After `configure()`, the function may be on another cache, whose calls must not join a run for this one.
    if (flight.drops === undefined && cachedFn.store === this.#store) cachedFn.flights.put(flight);
    flight.promise = run(flight);
    features.shareCopies?.(call, flight);
    return flight.abortGroup ? waitFor(call, flight, flight.promise) : flight.promise;
  }

  #recordMiss(call: Call): void {
    call.cachedFn.counters.misses++;
    emitCall("miss", call);
  }

  /** Runs, and resolves when the result is stored. The results of runs that began before are refused. */
  async #refresh(call: Call): Promise<unknown> {
    const { placeholders } = this.#runs;
    const read = await this.#runs.read(call);
    const { start, content } = await placeholders.takeOver(call, read, call.cachedFn.options.timeout);
    let flight!: RemoteFlight;
    const tags = call.tags && (await this.#runs.tags.forRun(call, read));
    const value = await this.#fly(call, (started) => {
      flight = started;
      return this.#runs.runFrom(call, flight, { start, tags, refreshed: { content } });
    });
    await flight.written;
    return value;
  }

  /**
   * Runs a function of which only a run shows whether it returns a promise: only a function that does can wait for the
   * store. Returns a promise, or the result itself. The result of a promise is not stored, because the run began before
   * the store was asked what it replaces.
   */
  #runFirst(call: Call): unknown {
    const { cachedFn } = call;
    const alone = isAlone(call);
    const unbound = new RemoteFlight(call, true);
    const returned = this.#runs.start(call, unbound, undefined);
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
    const finish = (flight: RemoteFlight): Promise<unknown> => {
      flight.order = unbound.order;
      flight.began = unbound.began;
      flight.isFirst = true;
      return this.#runs.finish(call, flight, result, undefined);
    };
    return this.#fly(call, finish, alone);
  }

  peek(target: CallTarget): Promise<unknown> {
    return this.#handles.peek(target);
  }

  state(target: CallTarget): Promise<"fresh" | "stale" | "absent"> {
    return this.#handles.state(target);
  }

  isNear(target: CallTarget): boolean {
    return (this.#client.near?.freshEntry(target) ?? -1) >= 0;
  }

  invalidate(target: CallTarget): Promise<boolean> {
    return this.#handles.invalidate(target);
  }

  prime(target: CallTarget, value: unknown, ttl: number): Promise<void> {
    return this.#handles.prime(target, value, ttl);
  }

  clear(cachedFn: CachedFunction): Promise<void> {
    return this.#handles.clear(cachedFn);
  }

  status(): StoreStatus {
    return this.#client.status();
  }

  /** Resolves when all writes that are pending now have ended. */
  settled(): Promise<void> {
    return this.#runs.writes.settled();
  }
}
