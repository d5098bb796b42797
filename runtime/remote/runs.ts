import { runInBackground } from "../cache/configure.ts";
import { features } from "../call/features.ts";
import { withGroupSignal } from "../call/signals.ts";
import { bypassFlight } from "../call/shareable.ts";
import { runFlight } from "../call/single-flight.ts";
import { detachFlight, recordBypass, recordRun, settleFlight, type Call } from "../call/slow-path.ts";
import { eventInfo, isSkipped, type CallTarget } from "../call/store-result.ts";
import type { Item } from "../contract/driver.ts";
import { memoryTime, now } from "../platform/clock.ts";
import { ClearMarkers } from "./clear-markers.ts";
import type { RemoteClient } from "./client.ts";
import { readResult, writeResult, type StoredResult } from "./stored-entry.ts";
import type { RemoteFlight } from "./flight.ts";
import { addChecksum } from "./key-checksum.ts";
import { storedKeyOf } from "./keys.ts";
import { Leases, type Lease, type Taken } from "./lease.ts";
import { PendingWrites } from "./pending-writes.ts";
import { codecFor } from "./serializer.ts";
import { performance } from "../platform/real-timers.ts";

/** A run that has started. */
interface Run {
  readonly flight: RemoteFlight;
  /** What the function returned. */
  readonly result: unknown;
  /** When it began, by `performance.now()`. */
  readonly began: number;
  readonly lease?: Lease | undefined;
}

/** Runs functions and writes their results to a store outside the process. */
export class RemoteRuns {
  readonly client: RemoteClient;
  readonly writes: PendingWrites = new PendingWrites();
  readonly clearMarkers: ClearMarkers;
  readonly leases: Leases;
  /** Counts clears of the whole cache. The result of a run that began before the last clear is not stored. */
  generation = 0;

  constructor(client: RemoteClient) {
    this.client = client;
    this.clearMarkers = new ClearMarkers(client);
    this.leases = new Leases(client);
  }

  /** The pending or stored result of a key. Rejects if the store fails. */
  async find(call: CallTarget): Promise<StoredResult | undefined> {
    const { cachedFn } = call;
    const key = await storedKeyOf(this.client, call);
    const data = this.writes.get(key) ?? (await this.client.read(key, cachedFn.options.timeout));
    return data === undefined ? undefined : readResult(data, 0, await codecFor(cachedFn, this.client));
  }

  /**
   * Runs the function. With a distributed lock, waits for the lease or for another process's result.
   *
   * @param failed the read failed, or was not made: run without a lease
   */
  async run(call: Call, flight: RemoteFlight, failed: boolean): Promise<unknown> {
    const callWithSignal = withGroupSignal(call, flight, () => detachFlight(call, flight));
    let lease: Lease | undefined;
    if (call.cachedFn.options.lock === "distributed" && !failed) {
      const taken = await this.#lease(call, flight);
      if (taken && "found" in taken) {
        settleFlight(call, flight);
        return taken.found.value;
      }
      lease = taken?.lease;
      if (flight.abortGroup?.signal.aborted) {
        void lease?.release();
        throw flight.abortGroup.signal.reason;
      }
    }
    const began = performance.now();
    try {
      const result = runFlight(callWithSignal, flight);
      return await this.settle(call, { flight, result, began, lease });
    } catch (error) {
      settleFlight(call, flight);
      void lease?.release();
      return this.failRun(call, error);
    }
  }

  async #lease(call: Call, flight: RemoteFlight): Promise<Taken<StoredResult> | undefined> {
    try {
      return await this.takeLease(call, flight);
    } catch (error) {
      this.report(call, error, "the lock failed; the function runs without it");
      return undefined;
    }
  }

  /** Waits for a lease, or for another process's fresh result. Rejects if the store fails. */
  async takeLease(call: Call, flight: RemoteFlight): Promise<Taken<StoredResult> | undefined> {
    const timeout = call.cachedFn.options.timeout ?? this.client.options.timeout;
    const left = timeout - (performance.now() - flight.began);
    const find = async (): Promise<StoredResult | undefined> => {
      const found = await this.find(call);
      return found && found.age < 0 ? found : undefined;
    };
    const key = await storedKeyOf(this.client, call);
    return this.leases.take(key, { find, timeout, left, signal: flight.abortGroup?.signal });
  }

  /** Waits for a run, returns its result, and writes it to the store in the background. */
  async settle(call: Call, { flight, result, began, lease }: Run): Promise<unknown> {
    const { cachedFn } = call;
    let bypass = features.results?.check(cachedFn, result);
    if (bypass) bypassFlight(flight);
    // Throws `result-mixed` if the function has a backend of its own.
    if (cachedFn.root.promises === "mixed") cachedFn.bind();
    const value = await result;
    recordRun(cachedFn, memoryTime() - (performance.now() - began));
    bypass ??= features.results?.checkSettled(flight, value);
    if (bypass) recordBypass(call, bypass);
    const item = bypass || isSkipped(call, value) ? undefined : await this.#tryEncode(call, value);
    // No `await` between the end of the flight and the pending write, so that `invalidate()` finds one of the two.
    const isWanted = settleFlight(call, flight) && flight.cleared === this.generation;
    if (item && isWanted) {
      this.client.forgetReads(item.key);
      const write = this.writes.start(item.key, item, () => this.#write(call, item, began));
      if (lease) runInBackground(write.then(() => lease.release()));
    } else void lease?.release();
    return value;
  }

  async #write(call: CallTarget, item: Item, began: number): Promise<void> {
    const { cachedFn } = call;
    const { driver } = this.client;
    const request = <T>(run: () => Promise<T>): Promise<T> =>
      this.client.request("set", run, { timeout: cachedFn.options.timeout, closing: true });
    const age = (): number => performance.now() - began;
    const stored = { ...item, data: addChecksum(item.key, item.data) };
    try {
      if (!(await request(() => driver.setIfCurrent(stored, age())))) return;
      // `clear()` of the function leaves a marker and then removes its entries. Checking after the write misses none:
      // an entry written before the marker is removed, and one written after it is deleted here.
      const marker = await this.client.clearMarkerKey(cachedFn.head);
      if (!(await this.clearMarkers.isCurrent(marker, began))) {
        await request(() => driver.delete([item.key]));
        return;
      }
    } catch (error) {
      this.report(call, error, "the result could not be written");
      return;
    }
    cachedFn.counters.sets++;
    this.client.events.emit("set", () => eventInfo(call));
  }

  /** Like {@link encode}; returns `undefined` and emits an event if the value cannot be stored. */
  async #tryEncode(call: CallTarget, value: unknown): Promise<Item | undefined> {
    try {
      return await this.encode(call, value);
    } catch (error) {
      this.report(call, error, "the result is not stored");
      return undefined;
    }
  }

  /** The item to store for a result. Rejects with `unstorable` if the value would not be read back unchanged. */
  async encode(call: CallTarget, value: unknown): Promise<Item> {
    const { cachedFn } = call;
    const { options } = cachedFn;
    const ttl = (options.ttl ?? this.client.options.ttl) * (1 - (options.jitter ?? 0) * Math.random());
    const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
    const codec = await codecFor(cachedFn, this.client);
    const data = writeResult(value, codec, extra > 0 ? now() + ttl : undefined);
    return { key: await storedKeyOf(this.client, call), data, ttl: ttl + extra };
  }

  /** Passes the error of a run on to its callers, or returns a stale value instead if `sie` allows it. */
  async failRun(call: Call, error: unknown): Promise<unknown> {
    const { counters, options } = call.cachedFn;
    counters.errors++;
    if (!options.sie) throw error;
    // Read again: the value may have been invalidated, or replaced by a newer one, during the run.
    const found = await this.find(call).catch(() => undefined);
    if (!found || found.age >= options.sie) throw error;
    counters.stale++;
    this.client.events.emit("stale", () => ({ ...eventInfo(call), error }));
    return found.value;
  }

  report(call: CallTarget, error: unknown, reason: string): void {
    this.client.events.emit("error", () => ({ ...eventInfo(call), error, reason }));
  }
}
