import { runInBackground } from "../cache/configure.ts";
import { features } from "../call/features.ts";
import { withGroupSignal } from "../call/signals.ts";
import { bypassFlight } from "../call/shareable.ts";
import { runFlight } from "../call/single-flight.ts";
import { recordBypass, recordRun, returnEntry, settleFlight, type Call } from "../call/slow-path.ts";
import { ttlToKeep, withJitter, type CallTarget } from "../call/store-result.ts";
import { prependText } from "../codec/bytes.ts";
import type { Data } from "../contract/driver.ts";
import { memoryTime, now } from "../platform/clock.ts";
import type { RemoteClient } from "./client.ts";
import { readResult, writeResult, type StoredResult } from "./stored-entry.ts";
import type { RemoteFlight } from "./flight.ts";
import { lateStart, newStart } from "./key-checksum.ts";
import { storedKeyOf } from "./keys.ts";
import { Leases, type Lease } from "./lease.ts";
import { PendingWrites } from "./pending-writes.ts";
import { Placeholders } from "./placeholders.ts";
import type { Read } from "./read-batch.ts";
import { RemoteTags, type RunTags } from "./tags.ts";
import { codecFor } from "./serializer.ts";
import { pauseRetries } from "../call/retry.ts";

/** The requests before a run share the timeout of a call. Each has at least this part of it. */
const MIN_PARTS = 4;

/** The encoded result of a run. */
export interface EncodedResult {
  readonly key: string;
  readonly content: Data;
  /** Milliseconds until the entry expires. */
  readonly ttl: number;
}

/** What a run needs before it begins: the entry that its result replaces, and with a distributed lock, a lease. */
export interface RunStart {
  /** The start of that entry. */
  readonly start: string;
  readonly lease?: Lease | undefined;
  readonly tags?: RunTags | undefined;
  /**
   * The run was asked for by `refresh()`, and this is the content of the entry before it: an error rejects in any case,
   * and if the result is not stored, the old one is removed.
   */
  readonly refreshed?: { readonly content: Data | undefined };
}

/** A result that another process has stored meanwhile, and the read that found it. */
interface FoundResult {
  readonly found: StoredResult;
  readonly read: Read;
}

/**
 * Runs functions and writes their results to a store outside the process.
 *
 * A run knows, before it begins, the entry that its result replaces: a stale value, or a placeholder without a value
 * that it stores first. The store accepts the result only if the key still has that very entry, which it tells by the
 * revision. So whatever removes or replaces an entry, in any process, also refuses the results of all runs that began
 * before. The comparison and the write are one step of the store; no clock and no order of messages matter.
 */
export class RemoteRuns {
  readonly client: RemoteClient;
  readonly writes: PendingWrites;
  readonly placeholders: Placeholders;
  readonly leases: Leases;
  readonly tags: RemoteTags;

  constructor(client: RemoteClient) {
    this.client = client;
    this.writes = new PendingWrites(() => client.sentReadsSettled());
    this.placeholders = new Placeholders(client);
    this.leases = new Leases(client);
    this.tags = new RemoteTags(client);
  }

  /** The pending or stored result of a key. Rejects if the store fails. */
  async find(target: CallTarget): Promise<StoredResult | undefined> {
    return this.resultIn(target, await this.read(target));
  }

  async read(target: CallTarget): Promise<Read> {
    const key = await storedKeyOf(this.client, target);
    return this.client.read(key, target.cachedFn.options.timeout, target.tags);
  }

  async resultIn(target: CallTarget, read: Read): Promise<StoredResult | undefined> {
    const content = this.writes.contentFor(read) ?? (read.isFound ? read.content : undefined);
    return content === undefined
      ? undefined
      : readResult(content, 0, await codecFor(target.cachedFn, this.client));
  }

  /** Runs the function after a read that found nothing fresh. */
  async run(call: Call, flight: RemoteFlight, read: Read): Promise<unknown> {
    const shared = withGroupSignal(call, flight);
    const begun = read.error === undefined ? await this.#begin(call, flight, read) : undefined;
    if (begun && "found" in begun) {
      settleFlight(call, flight);
      flight.foundOrder = begun.read.batch.order;
      return begun.found.value;
    }
    if (!flight.abortGroup?.signal.aborted) return this.#runShared(shared, flight, begun);
    this.end(begun);
    throw flight.abortGroup.signal.reason;
  }

  /** Runs the function at once. Without `begun`, the result is not stored. */
  async runFrom(call: Call, flight: RemoteFlight, begun?: RunStart): Promise<unknown> {
    const shared = withGroupSignal(call, flight);
    return this.#runShared(shared, flight, begun);
  }

  async #runShared(call: Call, flight: RemoteFlight, begun: RunStart | undefined): Promise<unknown> {
    let returned: unknown;
    try {
      returned = this.start(call, flight, begun);
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is that of the function
      returned = Promise.reject(error);
    }
    return this.finish(call, flight, returned, begun);
  }

  /** Waits for a run and stores its result. Returns the result, or a stale one if the run fails and `sie` allows it. */
  async finish(
    call: Call,
    flight: RemoteFlight,
    returned: unknown,
    begun: RunStart | undefined,
  ): Promise<unknown> {
    try {
      return await this.settle(call, flight, returned, begun);
    } catch (error) {
      settleFlight(call, flight);
      this.end(begun, flight);
      return this.#failRun(call, error, begun?.refreshed !== undefined);
    }
  }

  /** Starts the function. */
  start(call: Call, flight: RemoteFlight, begun: RunStart | undefined): unknown {
    flight.start = begun?.start;
    flight.revisions = begun?.tags?.revisions;
    flight.order = this.client.nextOrder();
    flight.began = memoryTime();
    return runFlight(call, flight);
  }

  /** {@link begin}; without a result that can be stored if the store fails. */
  async #begin(call: Call, flight: RemoteFlight, read: Read): Promise<RunStart | FoundResult | undefined> {
    try {
      return await this.begin(call, flight, read);
    } catch (error) {
      const reason = flight.isLeased
        ? "the lock failed; the function runs without it"
        : "the store failed; the function runs";
      this.report(call, error, reason);
      return read.entryStart === undefined || call.tags ? undefined : { start: read.entryStart };
    }
  }

  /**
   * Prepares a run. If it needs a lease, waits for the lease or for the result of another process; without one, the
   * result may be there, too. `undefined` if no caller waits any more. Rejects if the store fails.
   */
  async begin(call: Call, flight: RemoteFlight, read: Read): Promise<RunStart | FoundResult | undefined> {
    if (!call.tags) return this.#beginUntagged(call, flight, read);
    const adding = this.tags.forRun(call, read);
    // The other request may fail first.
    adding.catch(() => undefined);
    const begun = await this.#beginUntagged(call, flight, read);
    if (!begun || "found" in begun) return begun;
    try {
      return { ...begun, tags: await adding };
    } catch (error) {
      this.end(begun);
      throw error;
    }
  }

  #timeoutOf({ cachedFn }: CallTarget): number {
    return cachedFn.options.timeout ?? this.client.options.timeout;
  }

  /** Milliseconds for the requests of a call behind its read. */
  timeLeft(call: CallTarget, { batch }: Read): number {
    const timeout = this.#timeoutOf(call);
    // The read may have waited for a busy process, not for the store.
    return Math.max(timeout - batch.waited, timeout / MIN_PARTS);
  }

  async #beginUntagged(
    call: Call,
    flight: RemoteFlight,
    read: Read,
  ): Promise<RunStart | FoundResult | undefined> {
    const timeout = this.#timeoutOf(call);
    const left = this.timeLeft(call, read);
    if (!flight.isLeased) return this.#replaceable(call, read, left);
    const taken = await this.leases.take(read.key, {
      read: () => this.read(call),
      find: (current) => this.#freshIn(call, current),
      ...{ timeout, left, onWait: call.onWait, signal: flight.abortGroup?.signal },
    });
    if (!taken || "found" in taken) return taken;
    const { lease } = taken;
    if (!lease) {
      const error = new Error("The run of another process, which holds the lease, has not ended.");
      this.report(call, error, "the function runs without the lock");
      return this.#replaceable(call, taken.read, timeout);
    }
    try {
      // A former holder that was stopped for longer than its lease must not store its result any more.
      const { start } = await this.placeholders.takeOver(call, taken.read, timeout);
      return { start, lease };
    } catch (error) {
      void lease.release();
      throw error;
    }
  }

  /** The entry in a read, or else a placeholder; or a result that another process has stored meanwhile. */
  async #replaceable(call: CallTarget, read: Read, left: number): Promise<RunStart | FoundResult> {
    const { placeholders } = this;
    let current = read;
    if (current.entryStart === undefined) {
      const added = await placeholders.add(call, read, left);
      if (added !== undefined) return { start: added };
      current = await this.read(call);
      const found = call.cachedFn.options.lock === "none" ? undefined : await this.#freshIn(call, current);
      if (found) return { found, read: current };
    }
    const { entryStart } = current;
    // A run that began before a tag was invalidated must not take the place of this one's result.
    if (entryStart === undefined || placeholders.isLeaving(entryStart) || current.isOutdated)
      return placeholders.takeOver(call, current, left);
    placeholders.share(entryStart);
    return { start: entryStart };
  }

  async #freshIn(call: CallTarget, read: Read): Promise<StoredResult | undefined> {
    const found = await this.resultIn(call, read);
    return found && found.age < 0 ? found : undefined;
  }

  /** Waits for a run, returns its result, and writes it to the store in the background. */
  async settle(
    call: Call,
    flight: RemoteFlight,
    returned: unknown,
    begun: RunStart | undefined,
  ): Promise<unknown> {
    const { cachedFn } = call;
    let bypass = features.results?.check(cachedFn, returned);
    if (bypass) bypassFlight(flight);
    // Throws `result-mixed` if the function has a backend of its own.
    if (cachedFn.root.promises === "mixed") cachedFn.bind();
    const keepLate = (value: unknown): void => void this.#keepLate(call, flight, value, begun);
    const value = await (features.limitRun?.(call, flight, Promise.resolve(returned), keepLate) ?? returned);
    recordRun(cachedFn, flight.began);
    bypass ??= features.results?.checkSettled(flight, value);
    if (bypass) recordBypass(call, bypass);
    const encoded = bypass ? undefined : await this.#tryEncode(call, value, begun?.tags);
    // No `await` between the end of the flight and the pending write, so that `invalidate()` finds one of the two.
    const isWanted = settleFlight(call, flight);
    if (begun && encoded && isWanted) this.#writeBehind(call, flight, encoded, begun);
    else {
      if (begun?.refreshed) {
        flight.written = this.placeholders.strip(call, begun.refreshed.content);
        // The caller may have aborted.
        flight.written.catch(() => undefined);
      }
      this.end(begun);
    }
    return value;
  }

  #writeBehind(call: Call, flight: RemoteFlight, encoded: EncodedResult, begun: RunStart): void {
    const { key, content, ttl } = encoded;
    const { start, lease } = begun;
    const written = this.#write(call, encoded, begun, flight.isLate === true);
    flight.written = written;
    const pending = { replaces: start, order: flight.order, content, expires: now() + ttl };
    const settled = written
      .catch((error: unknown) => this.report(call, error, "the result could not be written"))
      .then(() => this.placeholders.forget(start));
    this.writes.add(key, pending, settled);
    if (lease) runInBackground(settled.then(() => lease.release()));
  }

  /** Stores a result in place of the entry with a start, unless that is gone. Rejects if the store fails. */
  async #write(
    call: CallTarget,
    { key, content, ttl }: EncodedResult,
    { start, refreshed }: RunStart,
    isLate: boolean,
  ): Promise<void> {
    const { driver } = this.client;
    const { timeout, deadline } = call.cachedFn.options;
    const item = { key, data: prependText(isLate ? lateStart(start) : newStart(key), content), ttl };
    const replace = (replaced: string): Promise<boolean> =>
      this.client.request("set", () => driver.setIf(item, replaced), { timeout, closing: true, paced: true });
    // The result of a run before this one may have come behind its deadline, and meanwhile.
    const isStored =
      (await replace(start)) || (deadline !== undefined && !isLate && (await replace(lateStart(start))));
    if (!isStored) {
      // Another run, which may still be in flight, has taken over the entry with the old value.
      if (refreshed) await this.placeholders.strip(call, refreshed.content);
      return;
    }
    call.cachedFn.counters.sets++;
    this.client.emitCall("set", call);
  }

  /** Stores a result that came behind its deadline, unless the key was removed or has a newer one. */
  async #keepLate(
    call: Call,
    flight: RemoteFlight,
    value: unknown,
    begun: RunStart | undefined,
  ): Promise<void> {
    if (!begun) return;
    const isUnfit = features.results?.checkSettled(flight, value) !== undefined;
    const encoded = isUnfit ? undefined : await this.#tryEncode(call, value, begun.tags);
    if (encoded && settleFlight(call, flight))
      this.#writeBehind(call, flight, encoded, { start: begun.start });
    else this.placeholders.leave(begun.start);
  }

  /** Ends a run whose result is not stored. A run behind its deadline goes on, and keeps its placeholder. */
  end(begun: RunStart | undefined, flight?: RemoteFlight): void {
    if (!begun) return;
    if (!flight?.isLate) this.placeholders.leave(begun.start);
    void begun.lease?.release();
  }

  /** Like {@link encode}; `undefined` for a result that is not stored, with an event if it cannot be. */
  async #tryEncode(
    call: Call,
    value: unknown,
    tags: RunTags | undefined,
  ): Promise<EncodedResult | undefined> {
    const fresh = ttlToKeep(call, value);
    if (fresh === 0) return undefined;
    try {
      return await this.encode(call, value, fresh, tags);
    } catch (error) {
      this.reportUnstorable(call, error);
      return undefined;
    }
  }

  /** Reports a result that cannot be stored. */
  reportUnstorable(call: CallTarget, error: unknown): void {
    call.cachedFn.counters.errors++;
    this.client.emitCall("error", call, { error, reason: "the result is not stored" });
    features.warnings?.unstored(call.cachedFn, (error as Error).message);
  }

  /**
   * Encodes a result that is fresh for so many milliseconds, less jitter. Rejects with `unstorable` if the value would not
   * be read back unchanged.
   */
  async encode(call: CallTarget, value: unknown, fresh: number, tags?: RunTags): Promise<EncodedResult> {
    const { cachedFn } = call;
    const { options } = cachedFn;
    const ttl = withJitter(fresh, options);
    const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
    const codec = await codecFor(cachedFn, this.client);
    const content = writeResult(value, codec, extra > 0 ? now() + ttl : undefined);
    const key = await storedKeyOf(this.client, call);
    if (!tags) return { key, content, ttl: ttl + extra };
    return {
      ...{ key, content: prependText(tags.revisions, content) },
      ttl: this.tags.lastFor(tags, ttl + extra),
    };
  }

  /** Passes the error of a run on to its callers, or returns a stale value instead if `sie` allows it. */
  async #failRun(call: Call, error: unknown, isRefresh = false): Promise<unknown> {
    const { counters, options } = call.cachedFn;
    counters.errors++;
    if (!options.sie || isRefresh) throw error;
    // Read again: the value may have been invalidated, or replaced by a newer one, during the run.
    const found = await this.find(call).catch(() => this.#nearResult(call));
    if (!found || found.age >= options.sie) throw error;
    pauseRetries(call);
    counters.stale++;
    this.client.emitCall("stale", call, { error });
    return found.value;
  }

  /** What stands in for the store while it is down. */
  #nearResult(call: Call): StoredResult | undefined {
    const entry = this.client.near?.entryWithoutStore(call, call.cachedFn.options.sie) ?? -1;
    return entry < 0 ? undefined : { age: 0, value: returnEntry(call.cachedFn, entry) };
  }

  /** Reports a failure of the store. */
  report(call: CallTarget, error: unknown, reason: string): void {
    call.cachedFn.store!.counters.errors++;
    this.client.emitCall("error", call, { error, reason });
  }
}
