import type { Data, Driver } from "../contract/driver.ts";
import { afterTick } from "../platform/after-tick.ts";
import { Deadline, timeoutError } from "../platform/deadline.ts";
import { performance } from "../platform/real-timers.ts";

type Reply = readonly (Data | undefined)[];

/** What a batch needs of the client that sends it. */
export interface BatchReader {
  readonly driver: Pick<Driver, "name" | "get">;
  /** Why no request may be sent now; `undefined` if one may. */
  refusal(): Error | undefined;
  /** Accepts one value of the reply. Throws if the reply belongs to another key. */
  accept(read: Read, data: Data | undefined): void;
  /** Records that the store answered. */
  succeeded(): void;
  /** Records that the store failed, and returns the error for callers. */
  failure(what: string, cause: unknown): Error;
}

/** A read of one key, shared by all callers that want the key at the same time. */
export class Read {
  readonly key: string;
  readonly batch: ReadBatch;
  /** The stored bytes, once the batch has settled; the entry begins at `start`, after the checksum. */
  data: Data | undefined = undefined;
  start = 0;
  /** The key was invalidated or primed meanwhile: a run that follows from this read does not store its result. */
  isDropped = false;
  #tierGeneration = -1;
  #cacheGeneration = -1;
  #error: unknown = undefined;
  #isReported = false;

  constructor(key: string, batch: ReadBatch) {
    this.key = key;
    this.batch = batch;
  }

  /** Records how often the function and the whole cache had been cleared when the first caller joined. */
  setGenerations(tier: number, cache: number): void {
    if (this.#tierGeneration >= 0) return;
    this.#tierGeneration = tier;
    this.#cacheGeneration = cache;
  }

  /** Whether neither the function nor the cache was cleared since. */
  isCurrent(tier: number, cache: number): boolean {
    return tier === this.#tierGeneration && cache === this.#cacheGeneration;
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

/** A settled read of data that this process has at hand. */
export function localRead(key: string, data: Data): Read {
  const read = new Read(key, new ReadBatch());
  read.data = data;
  read.batch.settle();
  return read;
}

/** Reads that are sent as one request. */
export class ReadBatch {
  readonly reads: Read[] = [];
  readonly keys: string[] = [];
  /** When the first read was wanted, by `performance.now()`. */
  readonly began: number = performance.now();
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

  settle(error?: Error): void {
    this.isSettled = true;
    this.error = error;
    this.#resolve();
  }
}

/**
 * Sends the reads of one tick as one batch. A single read waits only for the end of its tick. A key that is being
 * read already is not requested again.
 */
export class Reads {
  readonly #reader: BatchReader;
  readonly #deadline: Deadline<ReadBatch>;
  readonly #inFlight = new Map<string, Read>();
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

  /** The read of a key: the one in flight, or a new one in this tick's batch. */
  at(key: string): Read {
    let read = this.#inFlight.get(key);
    if (read) return read;
    const batch = (this.#next ??= this.#newBatch());
    read = new Read(key, batch);
    batch.reads.push(read);
    batch.keys.push(key);
    this.#inFlight.set(key, read);
    return read;
  }

  /** Later reads of a key, or of all keys, join no read in flight. */
  forget(key?: string): void {
    if (key === undefined) this.#inFlight.clear();
    else this.#inFlight.delete(key);
  }

  /** Like {@link forget}; also marks the read in flight as dropped. */
  drop(key: string): void {
    const read = this.#inFlight.get(key);
    if (read) read.isDropped = true;
    this.#inFlight.delete(key);
  }

  #newBatch(): ReadBatch {
    afterTick(this.#sendNext);
    return new ReadBatch();
  }

  #send(): void {
    const batch = this.#next!;
    this.#next = undefined;
    const refusal = this.#reader.refusal();
    if (refusal) return this.#settle(batch, refusal);
    this.#deadline.start(batch);
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
      const { reads } = batch;
      for (let i = 0; i < reads.length; i++) this.#reader.accept(reads[i]!, values[i]);
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
    for (const read of batch.reads) {
      if (this.#inFlight.get(read.key) === read) this.#inFlight.delete(read.key);
    }
    batch.settle(error);
  }
}
