import { features } from "../call/features.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { afterTick } from "../platform/after-tick.ts";
import { Deadline, timeoutError } from "../platform/deadline.ts";
import { checksumHash, START_LENGTH } from "./key-checksum.ts";
import { hasTags, startsWithTags, tagRevisions } from "./tag-revisions.ts";
import { performance } from "../platform/real-timers.ts";

type Reply = readonly (Data | undefined)[];

/** What a batch needs of the client that sends it. */
export interface BatchReader {
  readonly driver: Pick<Driver, "name" | "get">;
  /** The next number of the order in which reads are sent and runs begin. */
  nextOrder(): number;
  /** The number that a near tier gives to reads that are sent now. */
  readonly nearNumber: number;
  /** Why no request may be sent now; `undefined` if one may. */
  refusal(): Error | undefined;
  /**
   * Accepts one value of the reply, and returns where its content begins. Throws if the reply belongs to another key.
   *
   * @param hash the checksum of the key
   */
  accept(key: string, hash: number, data: Data): number;
  /** Records that the store answered. */
  succeeded(): void;
  /** Records that the store failed, and returns the error for callers. */
  failure(what: string, cause: unknown): Error;
}

/** A read of one key, shared by all callers of one tick that want the key. */
export class Read {
  readonly key: string;
  readonly batch: ReadBatch;
  readonly #index: number;
  /** The reads of the entry's tags, in the same batch. */
  tags: readonly Read[] | undefined = undefined;
  /** Whether a caller has kept what it found in a near tier. */
  isKept = false;
  #error: unknown = undefined;
  #isReported = false;

  /** @param index the position of the key in the batch */
  constructor(batch: ReadBatch, index: number) {
    this.key = batch.keys[index]!;
    this.batch = batch;
    this.#index = index;
  }

  /** The stored bytes, once the batch has settled; the content begins at {@link start}. */
  get data(): Data | undefined {
    return this.batch.values[this.#index];
  }

  get start(): number {
    return this.batch.starts[this.#index] ?? 0;
  }

  /**
   * Whether the entry has a content, and none of its tags was invalidated. There is no content while the first run of a
   * key is in flight.
   */
  get isFound(): boolean {
    return this.data !== undefined && this.data.length > this.start && this.hasTagsOf(this.data, this.start);
  }

  /** Whether a tag was invalidated since the entry was stored, as far as the read can tell. */
  get isOutdated(): boolean {
    if (!this.tags || this.data === undefined) return false;
    return this.content === undefined ? tagRevisions(this.tags) === undefined : !this.isFound;
  }

  /** Whether a content was stored with the present revisions of its tags. */
  hasTagsOf(content: Data, start = 0): boolean {
    return this.tags ? startsWithTags(content, start, tagRevisions(this.tags)) : !hasTags(content, start);
  }

  /** The checksum and the revision; `undefined` if the key is missing, or has an entry without a revision. */
  get entryStart(): string | undefined {
    if (this.data === undefined || this.start !== START_LENGTH) return undefined;
    const head = this.data.slice(0, START_LENGTH);
    return typeof head === "string" ? head : String.fromCharCode(...head);
  }

  /** The content of the entry; `undefined` if there is none. It may be outdated: see {@link isFound}. */
  get content(): Data | undefined {
    return this.data !== undefined && this.data.length > this.start ? this.data.slice(this.start) : undefined;
  }

  /** Why the read failed; `undefined` if it did not. */
  get error(): unknown {
    return this.batch.error ?? this.#error;
  }

  /** Records that the data cannot be decoded. */
  failed(error: unknown): this {
    this.#error = error;
    return this;
  }

  /** True for the first caller, which reports the error for all that share the read. */
  claimReport(): boolean {
    const isFirst = !this.#isReported;
    this.#isReported = true;
    return isFirst;
  }
}

/** Keys that are read by one request. */
export class ReadBatch {
  readonly keys: string[] = [];
  /** The checksum of each key, where it is known. */
  readonly hashes: (number | undefined)[] = [];
  /** The stored bytes of each key, once the batch has settled, and where their content begins. */
  values: Reply = [];
  readonly starts: number[] = [];
  /** When it was sent, in the order of `RemoteClient.nextOrder`. */
  order = 0;
  /** The number of the near tier when it was sent. */
  nearNumber = 0;
  /** When it was sent, by `performance.now()`, and how long the store took to answer, in milliseconds. */
  sentAt = 0;
  waited = 0;
  /** Resolves when the store has answered or failed. Never rejects. */
  readonly settled: Promise<void>;
  isSettled = false;
  /** Why the store failed; `undefined` if it answered. */
  error: Error | undefined = undefined;
  readonly #resolve: () => void;

  constructor() {
    let resolve!: () => void;
    this.settled = new Promise((resolver) => (resolve = resolver));
    this.#resolve = resolve;
  }

  /** Adds a key; returns its position. */
  add(key: string, hash?: number): number {
    this.hashes.push(hash);
    return this.keys.push(key) - 1;
  }

  /** Takes the values of the reply. Throws if one of them belongs to another key. */
  receive(values: Reply, reader: Pick<BatchReader, "accept">): void {
    const { keys, hashes, starts } = this;
    for (let i = 0; i < keys.length; i++) {
      const data = values[i];
      const key = keys[i]!;
      starts.push(data === undefined ? 0 : reader.accept(key, hashes[i] ?? checksumHash(key), data));
    }
    this.values = values;
  }

  settle(error?: Error): void {
    this.isSettled = true;
    this.error = error;
    this.waited = performance.now() - this.sentAt;
    this.#resolve();
  }
}

/** The keys from `from` to `to` of a list, which begin at `index` in a batch. */
export interface KeyRange {
  readonly batch: ReadBatch;
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

/** The most keys of a request, unless one of them has more tags. */
const MAX_KEYS = 1000;

/**
 * Sends the reads of one tick as one batch. A single read waits only for the end of its tick.
 *
 * A call never joins a read that was sent before the call began: the key may have changed since, in another process.
 */
export class Reads {
  readonly #reader: BatchReader;
  readonly #deadline: Deadline<ReadBatch>;
  /**
   * The reads of {@link #next} by their key: a new map for each batch. If one were cleared and used again, its earlier
   * tables would keep all reads alive until the next full garbage collection.
   */
  #collected = new Map<string, Read>();
  /** The batches that were sent and are not settled. */
  readonly #sent = new Set<ReadBatch>();
  /** The batch that collects the reads of this tick. */
  #next: ReadBatch | undefined;
  readonly #sendNext = (): void => this.#send();

  /** @param timeout longest wait for a reply, in milliseconds */
  constructor(reader: BatchReader, timeout: number) {
    this.#reader = reader;
    this.#deadline = new Deadline(timeout, (batch) => {
      this.#fail(batch, timeoutError(`${reader.driver.name} (get)`, timeout));
    });
  }

  /**
   * The read of a key in this tick's batch.
   *
   * @param tags the stored names of its tags
   */
  at(key: string, tags?: readonly string[]): Read {
    // An entry and its tags are in one request.
    if (this.#next && this.#next.keys.length + (tags?.length ?? 0) >= MAX_KEYS) this.#send();
    const read = this.#at(key);
    if (tags) read.tags = tags.map((tag) => this.#at(tag));
    return read;
  }

  /**
   * Adds many keys that are not shared with other callers of this tick. Returns where they are.
   *
   * @param hashOf returns the checksum of a key
   */
  atAll(keys: readonly string[], hashOf: (key: string) => number): readonly KeyRange[] {
    const ranges: KeyRange[] = [];
    for (let from = 0; from < keys.length;) {
      if (this.#next && this.#next.keys.length >= MAX_KEYS) this.#send();
      const batch = (this.#next ??= this.#newBatch());
      const index = batch.keys.length;
      const to = Math.min(keys.length, from + MAX_KEYS - index);
      for (let i = from; i < to; i++) batch.add(keys[i]!, hashOf(keys[i]!));
      ranges.push({ batch, from, to, index });
      from = to;
    }
    return ranges;
  }

  /** Resolves when the reads that were sent before have settled. */
  async sentSettled(): Promise<void> {
    await Promise.all(Array.from(this.#sent, ({ settled }) => settled));
  }

  #at(key: string): Read {
    let read = this.#collected.get(key);
    if (read) return read;
    const batch = (this.#next ??= this.#newBatch());
    read = new Read(batch, batch.add(key));
    this.#collected.set(key, read);
    return read;
  }

  #newBatch(): ReadBatch {
    afterTick(this.#sendNext);
    return new ReadBatch();
  }

  #send(): void {
    const batch = this.#next;
    if (!batch) return; // It was full before the end of its tick.
    this.#next = undefined;
    this.#collected = new Map();
    batch.order = this.#reader.nextOrder();
    batch.nearNumber = this.#reader.nearNumber;
    batch.sentAt = performance.now();
    const refusal = this.#reader.refusal();
    if (refusal) return this.#settle(batch, refusal);
    this.#deadline.start(batch);
    this.#sent.add(batch);
    let reply: Promise<Reply>;
    try {
      reply = this.#reader.driver.get(batch.keys);
    } catch (error) {
      return this.#fail(batch, error);
    }
    reply.then(
      (values) => this.#receive(batch, values),
      (error: unknown) => this.#fail(batch, error),
    );
  }

  #receive(batch: ReadBatch, values: Reply): void {
    if (batch.isSettled) return;
    try {
      batch.receive(values, this.#reader);
    } catch (error) {
      return this.#fail(batch, error);
    }
    this.#reader.succeeded();
    this.#settle(batch);
  }

  #fail(batch: ReadBatch, cause: unknown): void {
    if (!batch.isSettled) this.#settle(batch, this.#reader.failure("get", cause));
  }

  #settle(batch: ReadBatch, error?: Error): void {
    this.#deadline.end(batch);
    this.#sent.delete(batch);
    batch.settle(error);
    const { keys, waited: ms } = batch;
    const shown = keys.length === 1 ? keys[0]! : `${keys.length} keys`;
    features.storeAnswered?.({ store: this.#reader.driver.name, what: "get", keys: shown, ms, error });
  }
}
