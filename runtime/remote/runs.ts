import { detachFlight, recordRun, settleFlight, type Call } from "../call/call.ts";
import { now } from "../platform/clock.ts";
import { runInBackground } from "../cache/configure.ts";
import type { Data } from "../contract/driver.ts";
import { addChecksum } from "./key-checksum.ts";
import { eventInfo, isSkipped, type CallTarget } from "../call/store-result.ts";
import { ClearMarkers } from "./clear-markers.ts";
import { codecFor } from "./serializer.ts";
import { readResult, writeResult, type StoredResult } from "./entry.ts";
import type { RemoteFlight } from "./flight.ts";
import { storedKeyOf } from "./keys.ts";
import { Leases, type Lease, type Taken } from "./lease.ts";
import type { RemoteClient } from "./client.ts";
import { withGroupSignal } from "../call/signals.ts";
import { PendingWrites } from "./pending-writes.ts";

/** What is to be stored for a result. */
export interface Result {
  readonly key: string;
  readonly data: Data;
  /** Milliseconds. */
  readonly ttl: number;
}

/** A run under way. */
interface Run {
  readonly flight: RemoteFlight;
  readonly result: Promise<unknown>;
  /** When it began, by `performance.now()`. */
  readonly began: number;
  readonly lease?: Lease | undefined;
}

/** Runs functions whose results are in a store outside of this process, and has the results written. */
export class RemoteRuns {
  readonly client: RemoteClient;
  readonly writes: PendingWrites = new PendingWrites();
  readonly clears: ClearMarkers;
  readonly leases: Leases;
  /** Goes up when the whole cache is cleared: no run of before is kept. */
  generation = 0;

  constructor(client: RemoteClient) {
    this.client = client;
    this.clears = new ClearMarkers(client);
    this.leases = new Leases(client);
  }

  /** What is on its way to the store, or in it. Rejects if the store fails. */
  async find(it: CallTarget): Promise<StoredResult | undefined> {
    const { cachedFn } = it;
    const key = await storedKeyOf(this.client, it);
    const data = this.writes.get(key) ?? (await this.client.read(key, cachedFn.options.timeout));
    return data === undefined ? undefined : readResult(data, 0, await codecFor(cachedFn, this.client));
  }

  /**
   * Runs the function, alone among all processes if it is to be.
   *
   * @param failed the store did not answer: there is no point in asking it for a lease
   */
  async run(it: Call, flight: RemoteFlight, failed: boolean): Promise<unknown> {
    const gathered = withGroupSignal(it, flight, () => detachFlight(it, flight));
    let lease: Lease | undefined;
    if (it.cachedFn.options.lock === "distributed" && !failed) {
      const taken = await this.#lease(it, flight);
      if (taken && "found" in taken) {
        settleFlight(it, flight);
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
      const result = gathered.run();
      return await this.settle(it, { flight, result: Promise.resolve(result), began, lease });
    } catch (error) {
      settleFlight(it, flight);
      void lease?.release();
      return this.failed(it, error);
    }
  }

  async #lease(it: Call, flight: RemoteFlight): Promise<Taken<StoredResult> | undefined> {
    try {
      return await this.takeLease(it, flight);
    } catch (error) {
      this.report(it, error, "the lock failed; the function runs without it");
      return undefined;
    }
  }

  /** Waits for the right to run, or for another process's result. Rejects if the store fails. */
  async takeLease(it: Call, flight: RemoteFlight): Promise<Taken<StoredResult> | undefined> {
    const timeout = it.cachedFn.options.timeout ?? this.client.options.timeout;
    const left = timeout - (performance.now() - flight.began);
    const look = async (): Promise<StoredResult | undefined> => {
      const found = await this.find(it);
      return found && found.age < 0 ? found : undefined;
    };
    const key = await storedKeyOf(this.client, it);
    return this.leases.take(key, { look, timeout, left, signal: flight.abortGroup?.signal });
  }

  /** Waits for a run; gives its result, and has it written behind. */
  async settle(it: Call, { flight, result, began, lease }: Run): Promise<unknown> {
    const value = await result;
    recordRun(it.cachedFn, now() - (performance.now() - began));
    const item = isSkipped(it, value) ? undefined : await this.#written(it, value);
    // From here to the write nothing waits: whoever invalidates it now finds the one or the other.
    const wanted = settleFlight(it, flight) && flight.cleared === this.generation;
    if (item && wanted) {
      this.client.forgetReads(item.key);
      const write = this.writes.start(item.key, item, () => this.#write(it, item, began));
      if (lease) runInBackground(write.then(() => lease.release()));
    } else void lease?.release();
    return value;
  }

  async #write(it: CallTarget, item: Result, began: number): Promise<void> {
    const { cachedFn } = it;
    const { driver } = this.client;
    const ask = <T>(run: () => Promise<T>): Promise<T> =>
      this.client.request("set", run, { timeout: cachedFn.options.timeout, closing: true });
    const age = (): number => performance.now() - began;
    const marked = { ...item, data: addChecksum(item.key, item.data) };
    try {
      if (!(await ask(() => driver.setIfCurrent(marked, age())))) return;
      // A function that was cleared meanwhile leaves a note. Asked behind the write: what was written before the
      // note is cleared, and what was written behind it is found out here.
      const note = await this.client.clearedKey(cachedFn.head);
      if (!(await this.clears.isCurrent(note, began))) {
        await ask(() => driver.delete([item.key]));
        return;
      }
    } catch (error) {
      this.report(it, error, "the result could not be written");
      return;
    }
    cachedFn.counters.sets++;
    this.client.events.emit("set", () => eventInfo(it));
  }

  /** What is stored for a result; `undefined`, and an event, for one that would not come back as it is. */
  async #written(it: CallTarget, value: unknown): Promise<Result | undefined> {
    try {
      return await this.write(it, value);
    } catch (error) {
      this.report(it, error, "the result is not kept");
      return undefined;
    }
  }

  /** What is stored for a result. Rejects with `unstorable` for one that would not come back as it is. */
  async write(it: CallTarget, value: unknown): Promise<Result> {
    const { cachedFn } = it;
    const { options } = cachedFn;
    const ttl = (options.ttl ?? this.client.options.ttl) * (1 - (options.jitter ?? 0) * Math.random());
    const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
    const codec = await codecFor(cachedFn, this.client);
    const data = writeResult(value, codec, extra > 0 ? now() + ttl : undefined);
    return { key: await storedKeyOf(this.client, it), data, ttl: ttl + extra };
  }

  /** An error goes to those who wait for the run, unless an older value may stand in (`sie`). */
  async failed(it: Call, error: unknown): Promise<unknown> {
    const { counters, options } = it.cachedFn;
    counters.errors++;
    if (!options.sie) throw error;
    // Looked at again: it may have been invalidated, or replaced by a newer value, during the run.
    const found = await this.find(it).catch(() => undefined);
    if (!found || found.age >= options.sie) throw error;
    counters.stale++;
    this.client.events.emit("stale", () => ({ ...eventInfo(it), error }));
    return found.value;
  }

  report(it: CallTarget, error: unknown, reason: string): void {
    this.client.events.emit("error", () => ({ ...eventInfo(it), error, reason }));
  }
}
