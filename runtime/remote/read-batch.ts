import { afterTick } from "../platform/after-tick.ts";
import { Deadline, late } from "../platform/deadline.ts";
import type { Data, Driver } from "../contract/driver.ts";

type Reply = readonly (Data | undefined)[];

/** What a batch needs of the client that sends it. */
export interface BatchReader {
  readonly driver: Pick<Driver, "name" | "get">;
  /** Why no request may be sent now; `undefined` if one may. */
  refusal(): Error | undefined;
  /** Accepts one value of the reply. Throws if the reply belongs to another key. */
  accept(look: Read, data: Data | undefined): void;
  /** Notes that the store answered. */
  succeeded(): void;
  /** Notes that the store failed, and returns the error for callers. */
  failure(what: string, cause: unknown): Error;
}

/** A look at one key, for all who want to know at the same time. */
export class Read {
  readonly key: string;
  readonly batch: ReadBatch;
  /** What is there, once the batch is over; what counts of it begins at `start`. */
  data: Data | undefined = undefined;
  start = 0;
  /** The key was invalidated or given a value meanwhile: what a run of those who look gives is not kept. */
  isDropped = false;
  #tier = -1;
  #cleared = -1;
  #error: unknown = undefined;
  #isTold = false;

  constructor(key: string, batch: ReadBatch) {
    this.key = key;
    this.batch = batch;
  }

  /** Takes note of how often the function, and the whole cache, had been cleared when the first one looked. */
  begin(tier: number, cleared: number): void {
    if (this.#tier >= 0) return;
    this.#tier = tier;
    this.#cleared = cleared;
  }

  /** Whether neither was cleared since. */
  isOf(tier: number, cleared: number): boolean {
    return tier === this.#tier && cleared === this.#cleared;
  }

  /** Why it came to nothing, if anything went wrong. */
  get error(): unknown {
    return this.batch.error ?? this.#error;
  }

  /** Says that nothing can be done with what was found. */
  failed(error: unknown): this {
    this.#error = error;
    return this;
  }

  /** Whether its error has still to be told; true once. */
  tell(): boolean {
    const isNews = !this.#isTold;
    this.#isTold = true;
    return isNews;
  }
}

/** A look that is over: something was at hand. */
export function localRead(key: string, data: Data): Read {
  const look = new Read(key, new ReadBatch());
  look.data = data;
  look.batch.end();
  return look;
}

/** Looks that travel together. */
export class ReadBatch {
  readonly reads: Read[] = [];
  readonly keys: string[] = [];
  /** When the first one was wanted, by `performance.now()`. */
  readonly began: number = performance.now();
  /** Resolves when there is an answer, or none will come; never rejects. */
  readonly over: Promise<void>;
  isOver = false;
  /** Why there is none. */
  error: Error | undefined = undefined;
  readonly #end: () => void;

  constructor() {
    let end!: () => void;
    this.over = new Promise((resolve) => (end = resolve));
    this.#end = end;
  }

  end(error?: Error): void {
    this.isOver = true;
    this.error = error;
    this.#end();
  }
}

/**
 * Gathers the looks of one tick into one question: concurrent calls travel together, a lone one waits for nothing
 * but the end of its tick. A key that is on its way is not asked for again.
 */
export class Reads {
  readonly #reader: BatchReader;
  readonly #deadline: Deadline<ReadBatch>;
  readonly #onTheirWay = new Map<string, Read>();
  #gathering: ReadBatch | undefined;
  readonly #sendThem = (): void => this.#send();

  /** @param timeout the longest wait for an answer, in milliseconds */
  constructor(reader: BatchReader, timeout: number) {
    this.#reader = reader;
    this.#deadline = new Deadline(timeout, (batch) => {
      this.#fail(batch, late(`${reader.driver.name} (get)`, timeout));
    });
  }

  at(key: string): Read {
    let look = this.#onTheirWay.get(key);
    if (look) return look;
    const batch = (this.#gathering ??= this.#gather());
    look = new Read(key, batch);
    batch.reads.push(look);
    batch.keys.push(key);
    this.#onTheirWay.set(key, look);
    return look;
  }

  /** Who looks at a key from now on, or at any, looks again. */
  forget(key?: string): void {
    if (key === undefined) this.#onTheirWay.clear();
    else this.#onTheirWay.delete(key);
  }

  /** The same for a key that is another one's by now. */
  drop(key: string): void {
    const look = this.#onTheirWay.get(key);
    if (look) look.isDropped = true;
    this.#onTheirWay.delete(key);
  }

  #gather(): ReadBatch {
    afterTick(this.#sendThem);
    return new ReadBatch();
  }

  #send(): void {
    const batch = this.#gathering!;
    this.#gathering = undefined;
    const refusal = this.#reader.refusal();
    if (refusal) return this.#end(batch, refusal);
    this.#deadline.start(batch);
    let found: Promise<Reply>;
    try {
      found = this.#reader.driver.get(batch.keys);
    } catch (error) {
      return this.#fail(batch, error);
    }
    found.then(
      (values) => this.#arrived(batch, values),
      (error: unknown) => this.#fail(batch, error),
    );
  }

  #arrived(batch: ReadBatch, found: Reply): void {
    if (batch.isOver) return;
    try {
      const { reads } = batch;
      for (let i = 0; i < reads.length; i++) this.#reader.accept(reads[i]!, found[i]);
    } catch (error) {
      return this.#fail(batch, error);
    }
    this.#reader.succeeded();
    this.#end(batch);
  }

  #fail(batch: ReadBatch, cause: unknown): void {
    if (!batch.isOver) this.#end(batch, this.#reader.failure("get", cause));
  }

  #end(batch: ReadBatch, error?: Error): void {
    this.#deadline.end(batch);
    for (const look of batch.reads) {
      if (this.#onTheirWay.get(look.key) === look) this.#onTheirWay.delete(look.key);
    }
    batch.end(error);
  }
}
