import { ALONE, MISSING, type BulkKeys } from "../call/bulk.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import type { Call } from "../call/slow-path.ts";
import { withJitter, type CallTarget } from "../call/store-result.ts";
import { prependText } from "../codec/bytes.ts";
import type { Codec } from "../codec/codec.ts";
import type { Data } from "../contract/driver.ts";
import type { KeyPlace } from "../memory/trie.ts";
import type { NearResult } from "../near/near.ts";
import { memoryTime, now } from "../platform/clock.ts";
import type { RemoteClient } from "./client.ts";
import { RemoteFlight } from "./flight.ts";
import { newStarts } from "./key-checksum.ts";
import { headOf } from "../call/key-text.ts";
import { argumentsOf } from "./keys.ts";
import { Read, type KeyRange } from "./read-batch.ts";
import type { RemoteRuns } from "./runs.ts";
import { codecFor } from "./serializer.ts";
import { readResult, writeResult } from "./stored-entry.ts";
import type { KeyNames } from "./stored-key.ts";
import { hasTags } from "./tag-revisions.ts";

/** Answers a call as if it were alone: by what was read for it, if anything was. */
export type AnswerAlone = (call: Call, read: Read | undefined) => unknown;

/** A result to store. */
interface Kept {
  readonly key: string;
  readonly replaces: string;
  readonly content: Data;
  readonly ttl: number;
  readonly index: number;
}

/**
 * The keys of one call of a batch function: one request reads them, one reserves those that are missing, and one stores
 * their results. What makes a result right is the same as for a single key; see `RemoteRuns`.
 */
export class RemoteBulk implements BulkKeys {
  readonly settled: Promise<unknown>;
  readonly #cachedFn: CachedFunction;
  readonly #placeOf: (index: number) => KeyPlace;
  readonly #runs: RemoteRuns;
  readonly #client: RemoteClient;
  readonly #answer: AnswerAlone;
  /** Where the keys are read. A key whose stored name is a hash, which takes its time, has no number there. */
  readonly #ranges: readonly KeyRange[];
  /** The numbers of the keys among those that are read; `undefined` if all are. */
  #numbers: (number | undefined)[] | undefined;
  /** The reads of keys for which nobody has found a result, and of those that are kept near. */
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
    { count, placeOf }: { readonly count: number; readonly placeOf: (index: number) => KeyPlace },
    { runs, answer }: { readonly runs: RemoteRuns; readonly answer: AnswerAlone },
  ) {
    this.#cachedFn = cachedFn;
    this.#placeOf = placeOf;
    this.#runs = runs;
    this.#client = runs.client;
    this.#answer = answer;
    const names = this.#client.functionNames(headOf(cachedFn));
    this.#ranges =
      names instanceof Promise
        ? ((this.#numbers = []), [])
        : this.#client
            .reads(cachedFn.options.timeout)
            .atAll(this.#namesOf(names, count), (key) => names.hashOf(key));
    const [first] = this.#ranges;
    const settled =
      this.#ranges.length > 1
        ? Promise.all(this.#ranges.map(({ batch }) => batch.settled))
        : first?.batch.settled;
    const loading = this.#load();
    this.settled = loading ? Promise.all([settled, loading]) : (settled ?? Promise.resolve());
  }

  /** The stored names of the keys that are read. */
  #namesOf(names: KeyNames, count: number): readonly string[] {
    const keys: string[] = [];
    for (let index = 0; index < count; index++) {
      const key = names.of(argumentsOf(this.#targetOf(index)));
      if (typeof key !== "string") this.#numbers ??= [...keys.keys()];
      if (this.#numbers) this.#numbers[index] = typeof key === "string" ? keys.length : undefined;
      if (typeof key === "string") keys.push(key);
    }
    return keys;
  }

  /** The read of a key; `undefined` if its stored name takes time. */
  #readOf(index: number): Read | undefined {
    const number = this.#numbers ? this.#numbers[index] : index;
    if (number === undefined) return undefined;
    const { batch, from, index: first } = this.#rangeOf(number);
    return (this.#reads[index] ??= new Read(batch, first + number - from));
  }

  /** Where the key with a number is read. */
  #rangeOf(number: number): KeyRange {
    const [first] = this.#ranges;
    return number < first!.to ? first! : this.#ranges.find(({ to }) => number < to)!;
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
    const number = this.#numbers ? this.#numbers[index] : index;
    const codec = this.#codec;
    if (number === undefined || !codec) return ALONE;
    const { batch, from, index: first } = this.#rangeOf(number);
    const at = first + number - from;
    const data = batch.values[at];
    const start = batch.starts[at]!;
    const { writes } = this.#runs;
    const pending = writes.size > 0 ? writes.contentFor(this.#readOf(index)!) : undefined;
    if (pending === undefined && (data === undefined || data.length <= start || hasTags(data, start))) {
      if (data !== undefined || batch.error) return ALONE;
      const { flights } = this.#cachedFn;
      return flights.size > 0 && this.#cachedFn.flightAt(this.#placeOf(index)) ? ALONE : MISSING;
    }
    const found = pending === undefined ? readResult(data!, start, codec) : readResult(pending, 0, codec);
    if (!found || found.age >= 0) return ALONE;
    this.#cachedFn.counters.hits++;
    if (this.#client.near) {
      const { value } = found;
      this.#near.push({ place: this.#placeOf(index), read: this.#readOf(index)!, value, fresh: -found.age });
    }
    return found.value;
  }

  found(): void {
    if (this.#near.length > 0) this.#client.near?.keepAll(this.#cachedFn, this.#near);
  }

  answer(call: Call, index: number): unknown {
    return this.#answer(call, this.#readOf(index));
  }

  async begin(indexes: readonly number[]): Promise<readonly number[]> {
    const reads = indexes.map((index) => this.#readOf(index)!);
    const target = this.#targetOf(indexes[0]!);
    const added = await this.#runs.placeholders.addAll(target, reads, this.#runs.timeLeft(target, reads[0]!));
    const taken: number[] = [];
    for (const [at, index] of indexes.entries()) {
      const start = added[at];
      if (typeof start === "string") this.#starts[index] = start;
      else if (start === undefined) taken.push(index);
      else this.#runs.report(this.#targetOf(index), start, "the store failed; the function runs");
    }
    return taken;
  }

  #targetOf(index: number): CallTarget {
    return { cachedFn: this.#cachedFn, place: this.#placeOf(index) };
  }

  flightOf(index: number): RemoteFlight {
    const flight = new RemoteFlight(this.#targetOf(index), false);
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
    const ttl = withJitter(fresh, options);
    const extra = Math.max(options.swr ?? 0, options.sie ?? 0);
    try {
      const content = writeResult(value, this.#codec!, extra > 0 ? now() + ttl : undefined);
      this.#kept.push({ key: this.#readOf(index)!.key, replaces, content, ttl: ttl + extra, index });
      this.#starts[index] = undefined;
    } catch (error) {
      this.#runs.reportUnstorable(this.#targetOf(index), error);
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
      const { index } = this.#kept[at]!;
      if (isStored !== true)
        this.#runs.report(this.#targetOf(index), isStored, "the result could not be written");
      else {
        counters.sets++;
        if (isHeard) this.#client.emitCall("set", this.#targetOf(index));
      }
    }
  }
}
