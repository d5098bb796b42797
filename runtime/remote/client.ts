import type { CallEvent, Events } from "../call/events.ts";
import type { StoreStatus } from "../call/store.ts";
import { features } from "../call/features.ts";
import { isWellFormed } from "../codec/bytes.ts";
import type { Data, Driver, Item } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { CircuitBreaker } from "../platform/circuit-breaker.ts";
import { within } from "../platform/deadline.ts";
import { warn } from "../platform/environment.ts";
import { Limit } from "../platform/limit.ts";
import { performance } from "../platform/real-timers.ts";
import type { ResolvedNear } from "../cache/near-options.ts";
import { Near } from "../near/near.ts";
import { reportChanges } from "../near/report-changes.ts";
import { contentStart } from "./key-checksum.ts";
import { Reads, type BatchReader, type Read } from "./read-batch.ts";
import type { RemoteOptions } from "./options.ts";
import { KeyNames, storedHead, storedKey, storedScope } from "./stored-key.ts";

interface RequestOptions {
  /** Milliseconds. Default: the timeout of the cache. */
  readonly timeout?: number | undefined;
  /** Also send the request while the cache is closing: it completes an operation that has begun. Default: false. */
  readonly closing?: boolean;
  /** Wait for a turn first, which does not count for the timeout. Default: false. */
  readonly paced?: boolean;
}

/** A change of many entries: of all at once if the driver can do that, or of each. */
interface BulkChange {
  readonly all: ((items: readonly Item[], from: number) => Promise<readonly boolean[]>) | undefined;
  readonly each: (item: Item, at: number) => Promise<boolean>;
}

/** The most entries that are changed by one request of a driver that changes all at once, and by one of others. */
const MAX_BULK_KEYS = 1000;
const MAX_SINGLE_KEYS = 100;

/** `clear()` visits every key of a store, so it gets more time than other requests. */
const CLEAR_TIMEOUT_MS = 60_000;

/** Bounds the memory that a store with many misrouted entries can take. */
const MAX_MISROUTED_KEYS = 1000;

/** The number of keys that the circuit breaker reads as a probe: most servers of a group have at least one of them. */
const PROBE_KEYS = 16;

/** Writes of runs that are sent before the first of them is answered. In a burst, the others wait for their turn. */
const MAX_PACED_REQUESTS = 500;

/**
 * A driver as caches and functions use it: every request has a deadline and passes a circuit breaker, reads of one
 * tick are sent as one batch, keys get their stored names, and failures become a `CacheError`.
 */
export class RemoteClient implements BatchReader {
  driver: Driver;
  /** Copies of entries in memory. */
  near: Near | undefined;
  readonly options: RemoteOptions;
  readonly events: Events;
  /** Called after each successful reply of the store. */
  onAnswer = (): void => {};
  /** Called when the store has refused a command. */
  onRefusal = (): void => {};
  #scope: string | Promise<string>;
  /** Stored names by the head of a function. */
  readonly #names = new Map<string, KeyNames>();
  /** Read batches by their timeout. */
  readonly #reads = new Map<number, Reads>();
  readonly #breaker: CircuitBreaker;
  /** Keys that had one reply with the checksum of another key. */
  readonly #misrouted = new Set<string>();
  readonly #pace = new Limit(MAX_PACED_REQUESTS);
  /** What was written to the console, which is done once each. */
  readonly #warned = new Set<string>();
  #isClosing = false;
  #order = 0;

  constructor(driver: Driver, options: RemoteOptions, events: Events) {
    this.driver = driver;
    this.options = options;
    this.events = events;
    // A codec that cannot be loaded is an error of each operation that needs it, not an unhandled rejection.
    if (options.codec instanceof Promise) options.codec.catch(() => undefined);
    this.#scope = storedScope(options.namespace, driver.limits);
    if (typeof this.#scope !== "string") void this.#scope.then((scope) => (this.#scope = scope));
    this.#breaker = new CircuitBreaker(() => this.#probe());
    driver.onRefusal = (error) =>
      this.refused(
        error,
        `${driver.name} refuses a command: ${error.message.replace(/\.?$/, ".")} Others replace it, which may take more requests; allow it to this user.`,
        kindOf(error),
      );
  }

  /** Puts a near tier in front of the store. It learns of all changes that are made through this client. */
  addNear(options: ResolvedNear): Near {
    const near = (this.near = new Near(this, options));
    this.driver = reportChanges(this.driver, (keys) => near.changed(keys));
    return near;
  }

  /** Whether the operations that compare are atomic among all clients of the store, not only in this process. */
  get isAtomic(): boolean {
    return this.driver.limits.atomic !== "process";
  }

  get nearNumber(): number {
    return this.near ? this.near.number : 0;
  }

  async #probe(): Promise<void> {
    const scope = await this.#scope;
    const keys = Array.from({ length: PROBE_KEYS }, (_, index) => `${scope}p:${index}`);
    try {
      await within(this.options.timeout, this.driver.name, this.driver.get(keys));
    } catch (error) {
      // A server that refuses the command is there.
      if (isStoreFailure(error)) throw error;
    }
  }

  /** The start of every stored key of this cache. */
  get scope(): string | Promise<string> {
    return this.#scope;
  }

  /**
   * The stored name of a key of `cache.set()`. It never equals the name of a function's result. A key with a lone
   * surrogate has no UTF-8 form, so it is stored under its JSON text and a prefix of its own.
   */
  stringKey(key: string): string | Promise<string> {
    return isWellFormed(key) ? this.#storedKey("k:", key) : this.#storedKey("j:", JSON.stringify(key));
  }

  /** The stored name of a function's result. `head` is the part that all keys of the function share. */
  functionKey(head: string, rest: string): string | Promise<string> {
    const names = this.functionNames(head);
    return names instanceof Promise ? names.then((ready) => ready.of(rest)) : names.of(rest);
  }

  /** Makes the stored names of a function's results. */
  functionNames(head: string): KeyNames | Promise<KeyNames> {
    const scope = this.#scope;
    if (typeof scope !== "string") return scope.then(() => this.functionNames(head));
    let names = this.#names.get(head);
    if (!names) {
      names = new KeyNames({ scope: `${scope}f:`, head }, this.driver.limits);
      this.#names.set(head, names);
    }
    return names;
  }

  /** The stored names of tags. */
  tagKeys(tags: readonly string[]): string[] | Promise<string[]> {
    const keys = tags.map((tag) =>
      isWellFormed(tag) ? this.#storedKey("t:", tag) : this.#storedKey("u:", JSON.stringify(tag)),
    );
    return keys.every((key) => typeof key === "string") ? keys : Promise.all(keys.map(async (key) => key));
  }

  /** The start of the stored names of all results of a function. */
  async functionPrefix(head: string): Promise<string> {
    return storedHead({ scope: `${await this.#scope}f:`, head }, this.driver.limits);
  }

  /** The stored name of the lease for a result. */
  async leaseKey(functionKey: string): Promise<string> {
    const scope = await this.#scope;
    return `${scope}l:${functionKey.slice(scope.length + 2)}`;
  }

  #storedKey(kind: string, rest: string): string | Promise<string> {
    const scope = this.#scope;
    return typeof scope === "string"
      ? storedKey({ scope: scope + kind, head: "", rest }, this.driver.limits)
      : scope.then((ready) => storedKey({ scope: ready + kind, head: "", rest }, this.driver.limits));
  }

  /** The reads with a timeout. Those of one tick are sent as one batch. */
  reads(timeout: number = this.options.timeout): Reads {
    let reads = this.#reads.get(timeout);
    if (!reads) this.#reads.set(timeout, (reads = new Reads(this, timeout)));
    return reads;
  }

  /** Resolves when the reads that were sent before have settled. */
  async sentReadsSettled(): Promise<void> {
    await Promise.all(Array.from(this.#reads.values(), (reads) => reads.sentSettled()));
  }

  /** Reads the entry of a key, and those of its tags. Rejects if the store fails. */
  async read(key: string, timeout?: number, tags?: readonly string[]): Promise<Read> {
    const tagKeys = tags && (await this.tagKeys(tags));
    const read = this.reads(timeout).at(key, tagKeys);
    await read.batch.settled;
    if (read.batch.error) throw read.batch.error;
    return read;
  }

  nextOrder(): number {
    return ++this.#order;
  }

  /** Accepts a reply only if its checksum matches the key: a desynchronised connection delivers other keys' replies. */
  accept(key: string, hash: number, data: Data): number {
    const start = contentStart(hash, data);
    if (start >= 0) return start;
    // The second time, the store really has this entry under the key: a miss, and the next result replaces it.
    if (this.#misrouted.delete(key)) return data.length;
    if (this.#misrouted.size >= MAX_MISROUTED_KEYS) this.#misrouted.clear();
    this.#misrouted.add(key);
    this.driver.reconnect?.();
    throw new Error("it returned the entry of another key");
  }

  /**
   * Sends one request to the store and waits for its reply, at most for the timeout.
   *
   * @param what - the operation, for error messages
   * @throws {CacheError} `closed`, `timeout`, or `unavailable` with the client's error as its cause.
   * @throws {TypeError} of `increment`, which is about the value and not about the store.
   */
  async request<T>(
    what: string,
    run: () => Promise<T>,
    { paced, ...options }: RequestOptions = {},
  ): Promise<T> {
    return paced
      ? this.#pace.run(() => this.#request(what, run, options))
      : this.#request(what, run, options);
  }

  async #request<T>(
    what: string,
    run: () => Promise<T>,
    { timeout, closing = false }: RequestOptions,
  ): Promise<T> {
    const refusal = this.refusal(closing);
    if (refusal) throw refusal;
    const start = performance.now();
    const answered = (error?: unknown): void =>
      features.storeAnswered?.({ store: this.driver.name, what, ms: performance.now() - start, error });
    try {
      const ms = timeout ?? this.options.timeout;
      const answer = await within(ms, `${this.driver.name} (${what})`, run());
      this.succeeded();
      answered();
      return answer;
    } catch (cause) {
      answered(cause);
      if (what === "increment" && cause instanceof TypeError) throw cause;
      throw this.failure(what, cause);
    }
  }

  /** Adds entries. Never rejects: an error stands for each entry that the store failed to add. */
  addAll(items: readonly Item[], options: RequestOptions): Promise<readonly (boolean | Error)[]> {
    const { driver } = this;
    const all = driver.addAll && ((part: readonly Item[]) => driver.addAll!(part));
    return this.#requestAll("add", items, { ...options, all, each: (item) => driver.add(item) });
  }

  /** Replaces entries with the given starts. See {@link addAll}. */
  setAllIf(
    items: readonly Item[],
    starts: readonly string[],
    options: RequestOptions,
  ): Promise<readonly (boolean | Error)[]> {
    const { driver } = this;
    const all =
      driver.setAllIf &&
      ((part: readonly Item[], from: number) =>
        driver.setAllIf!(part, starts.slice(from, from + part.length)));
    const each = (item: Item, at: number): Promise<boolean> => driver.setIf(item, starts[at]!);
    return this.#requestAll("set", items, { ...options, all, each });
  }

  /** Changes many entries, in requests of bounded size. */
  async #requestAll(
    what: string,
    items: readonly Item[],
    { all, each, ...options }: RequestOptions & BulkChange,
  ): Promise<readonly (boolean | Error)[]> {
    const size = all ? MAX_BULK_KEYS : MAX_SINGLE_KEYS;
    const parts: Promise<readonly (boolean | Error)[]>[] = [];
    for (let from = 0; from < items.length; from += size) {
      const part = items.slice(from, from + size);
      const send = (): Promise<readonly (boolean | Error)[]> =>
        all ? all(part, from) : this.#changeEach(what, part, (item, at) => each(item, from + at));
      const request = this.request(what, send, { ...options, paced: true });
      parts.push(request.catch((error: unknown) => part.map(() => error as Error)));
    }
    return parts.length === 1 ? parts[0]! : (await Promise.all(parts)).flat();
  }

  async #changeEach(
    what: string,
    items: readonly Item[],
    change: BulkChange["each"],
  ): Promise<readonly (boolean | Error)[]> {
    const outcomes = await Promise.allSettled(items.map(change));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed && outcomes.every(({ status }) => status === "rejected")) throw failed.reason;
    const error = failed && this.failure(what, failed.reason);
    return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : error!));
  }

  /** Removes every key that starts with a prefix. Takes up to a minute in a large store. */
  async clearPrefix(prefix: string): Promise<void> {
    await this.request("clear", () => this.driver.clear(prefix), { timeout: CLEAR_TIMEOUT_MS });
  }

  /** Why no request may be sent now: the cache is closing, or the circuit breaker is open. */
  refusal(closing = false): CacheError | undefined {
    const { name } = this.driver;
    if (this.#isClosing && !closing) return new CacheError("closed", `This cache on ${name} is closed.`);
    if (this.#breaker.isClosed) return undefined;
    return new CacheError(
      "unavailable",
      `${name} failed several times in a row. Calls skip it until it answers again.`,
    );
  }

  status(): StoreStatus {
    return { breaker: this.#breaker.state, near: this.near?.status() };
  }

  succeeded(): void {
    this.#breaker.succeeded();
    this.onAnswer();
  }

  /** Counts a failure of the store, and returns the error for the caller. */
  failure(what: string, cause: unknown): CacheError {
    const { name } = this.driver;
    const error =
      cause instanceof CacheError
        ? cause
        : new CacheError("unavailable", `${name} failed (${what}): ${messageOf(cause)}`, { cause });
    if (isPartial(cause)) this.#warnOnce(kindOf(cause), error.message);
    if (!isStoreFailure(cause)) return error;
    this.#breaker.failed();
    this.#warnOnce(
      "",
      `${error.message.replace(/\.?$/, ".")} Until ${name} answers, functions run uncached.`,
    );
    return error;
  }

  /** Emits an event of a cached function, and shows it to observers. */
  emitCall(...event: CallEvent): void {
    features.events?.emitCall(...event);
    this.events.emitCall(...event);
  }

  /** The store refused something, and the cache does without it. */
  refused(error: Error, reason: string, kind: string): void {
    this.onRefusal();
    this.events.emit("error", () => ({ key: undefined, error, reason }));
    this.#warnOnce(kind, reason);
  }

  #warnOnce(about: string, message: string): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    warn(message);
  }

  /** From now on refuses all requests except those that complete what has begun. */
  startClosing(): void {
    this.#isClosing = true;
  }
}

/**
 * Whether an error counts for the circuit breaker. A `partial` error does not: one of several servers is lost, whose
 * keys are misses, or only writes fail. Nor does a value that is too large.
 */
function isStoreFailure(error: unknown): boolean {
  if (error instanceof CacheError && ["unstorable", "closed", "clear-refused"].includes(error.code))
    return false;
  return !isPartial(error);
}

const isPartial = (error: unknown): error is Error =>
  (error as { partial?: unknown } | undefined)?.partial === true;

/** Errors of one kind are written to the console once: those of one refused command, or with one code of Redis. */
function kindOf(error: Error): string {
  const { refused } = error as { readonly refused?: string };
  return refused ?? error.message.split(" ", 1)[0]!;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
