import { ALONE, MISSING, type BulkKeys } from "../call/bulk.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import type { Call } from "../call/slow-path.ts";
import type { CallTarget } from "../call/store-result.ts";
import { prependText } from "../codec/bytes.ts";
import type { Codec } from "../codec/codec.ts";
import type { Data } from "../contract/driver.ts";
import type { KeyPlace } from "../memory/trie.ts";
import type { NearResult } from "../near/near.ts";
import { memoryTime, now } from "../platform/clock.ts";
import type { RemoteClient } from "./client.ts";
import { RemoteFlight } from "./flight.ts";
import { newStarts } from "./key-checksum.ts";
import { storedKeyOf } from "./keys.ts";
import type { Read, ReadBatch } from "./read-batch.ts";
import type { RemoteRuns } from "./runs.ts";
import { codecFor } from "./serializer.ts";
import { readResult, writeResult } from "./stored-entry.ts";

/** Answers a call as if it were alone: by what was read for it, if anything was. */
export type AnswerAlone = (call: Call, read: Read | undefined) => unknown;

/** A result to store. */
interface Kept {
  readonly key: string;
  readonly replaces: string;
  readonly content: Data;
  readonly ttl: number;
  readonly place: KeyPlace;
}

/**
 * The keys of one call of a batch function: one request reads them, one reserves those that are missing, and one stores
 * their results. What makes a result right is the same as for a single key; see `RemoteRuns`.
 */
export class RemoteBulk implements BulkKeys {
  readonly settled: Promise<unknown>;
  readonly #cachedFn: CachedFunction;
  readonly #places: readonly KeyPlace[];
  readonly #runs: RemoteRuns;
  readonly #client: RemoteClient;
  readonly #answer: AnswerAlone;
  /** `undefined` for a key whose stored name is a hash, which takes its time. */
  readonly #reads: (Read | undefined)[] = [];
  /** `undefined` until it is loaded, and if it cannot be. */
  #codec: Codec | undefined;
  /** The starts of the placeholders by the number of the key, and those that are still to be replaced or removed. */
  readonly #starts: (string | undefined)[] = [];
  readonly #flights = new Map<number, RemoteFlight>();
  readonly #near: NearResult[] = [];
  readonly #kept: Kept[] = [];
  #order = Infinity;
  #began = 0;

  constructor(
    cachedFn: CachedFunction,
    places: readonly KeyPlace[],
    { runs, answer }: { readonly runs: RemoteRuns; readonly answer: AnswerAlone },
  ) {
    this.#cachedFn = cachedFn;
    this.#places = places;
    this.#runs = runs;
    this.#client = runs.client;
    this.#answer = answer;
    const reads = this.#client.reads(cachedFn.options.timeout);
    const batches: ReadBatch[] = [];
    for (const place of places) {
      const key = storedKeyOf(this.#client, { cachedFn, place });
      const read = typeof key === "string" ? reads.at(key) : undefined;
      this.#reads.push(read);
      if (read && batches.at(-1) !== read.batch) batches.push(read.batch);
    }
    const [first] = batches;
    const settled = batches.length > 1 ? Promise.all(batches.map((batch) => batch.settled)) : first?.settled;
    const loading = this.#load();
    this.settled = loading ? Promise.all([settled, loading]) : (settled ?? Promise.resolve());
  }

  #load(): Promise<void> | undefined {
    try {
      const codec = codecFor(this.#cachedFn, this.#client);
      if (!(codec instanceof Promise)) this.#codec = codec;
      else
        return codec.then(
          (loaded) => void (this.#codec = loaded),
          () => undefined,
        );
    } catch {
      // Each key reports it.
    }
    return undefined;
  }

  find(index: number): unknown {
    const read = this.#reads[index];
    const codec = this.#codec;
    if (!read || !codec) return ALONE;
    const { writes } = this.#runs;
    const pending = writes.contentFor(read);
    const cachedFn = this.#cachedFn;
    if (pending === undefined && !read.isFound) {
      if (read.data !== undefined || read.error !== undefined) return ALONE;
      const { flights } = cachedFn;
      return flights.size > 0 && cachedFn.flightAt(this.#places[index]!) ? ALONE : MISSING;
    }
    const found =
      pending === undefined ? readResult(read.data!, read.start, codec) : readResult(pending, 0, codec);
    if (!found || found.age >= 0) return ALONE;
    cachedFn.counters.hits++;
    if (this.#client.near)
      this.#near.push({ place: this.#places[index]!, read, value: found.value, fresh: -found.age });
    return found.value;
  }

  found(): void {
    if (this.#near.length > 0) this.#client.near?.keepAll(this.#cachedFn, this.#near);
  }

  answer(call: Call, index: number): unknown {
    return this.#answer(call, this.#reads[index]);
  }

  async begin(indexes: readonly number[]): Promise<readonly number[]> {
    const reads = indexes.map((index) => this.#reads[index]!);
    const target = this.#targetOf(this.#places[indexes[0]!]!);
    const added = await this.#runs.placeholders.addAll(target, reads, this.#runs.timeLeft(target, reads[0]!));
    const taken: number[] = [];
    for (const [at, index] of indexes.entries()) {
      const start = added[at];
      if (typeof start === "string") this.#starts[index] = start;
      else if (start === undefined) taken.push(index);
      else
        this.#runs.report(this.#targetOf(this.#places[index]!), start, "the store failed; the function runs");
    }
    return taken;
  }

  #targetOf(place: KeyPlace): CallTarget {
    return { cachedFn: this.#cachedFn, place };
  }

  flightOf(index: number): RemoteFlight {
    const place = this.#places[index]!;
    const flight = new RemoteFlight({ cachedFn: this.#cachedFn, place }, false);
    this.#flights.set(index, flight);
    if (this.#order < Infinity) this.#note(flight, index);
    return flight;
  }

  start(): void {
    this.#order = this.#client.nextOrder();
    this.#began = memoryTime();
    for (const [index, flight] of this.#flights) this.#note(flight, index);
  }

  /** Notes what a call that wants to join has to know of the run. */
  #note(flight: RemoteFlight, index: number): void {
    flight.start = this.#starts[index];
    flight.order = this.#order;
    flight.began = this.#began;
  }

  keep(index: number, value: unknown, fresh: number): void {
    const replaces = this.#starts[index];
    if (replaces === undefined) return;
    const { options } = this.#cachedFn;
    const place = this.#places[index]!;
    const ttl = fresh * (1 - (options.jitter ?? 0) * Math.random());
    const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
    try {
      const content = writeResult(value, this.#codec!, extra > 0 ? now() + ttl : undefined);
      this.#kept.push({ key: this.#reads[index]!.key, replaces, content, ttl: ttl + extra, place });
      this.#starts[index] = undefined;
    } catch (error) {
      this.#runs.reportUnstorable(this.#targetOf(place), error);
    }
  }

  end(): void {
    const { placeholders, writes } = this.#runs;
    for (const start of this.#starts) if (start !== undefined) placeholders.leave(start);
    if (this.#kept.length === 0) return;
    const settled = this.#write().then(() => placeholders.forgetAll(this.#kept));
    const time = now();
    writes.addAll(
      this.#kept.map(({ key, replaces, content, ttl }) => [
        key,
        { replaces, order: this.#order, content, expires: time + ttl },
      ]),
      settled,
    );
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    const { counters, options } = this.#cachedFn;
    const starts = newStarts(this.#kept);
    const items = this.#kept.map(({ key, content, ttl }, at) => ({
      key,
      data: prependText(starts[at]!, content),
      ttl,
    }));
    const replaced = this.#kept.map(({ replaces }) => replaces);
    const { timeout } = options;
    const stored = await this.#client.setAllIf(items, replaced, { timeout, closing: true });
    const isHeard = features.events !== undefined || this.#client.events.has("set");
    for (const [at, isStored] of stored.entries()) {
      if (isStored === false) continue;
      const target = this.#targetOf(this.#kept[at]!.place);
      if (isStored !== true) this.#runs.report(target, isStored, "the result could not be written");
      else {
        counters.sets++;
        if (isHeard) this.#client.emitCall("set", target);
      }
    }
  }
}
