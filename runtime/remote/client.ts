import type { Events } from "../call/events.ts";
import { isWellFormed } from "../codec/bytes.ts";
import type { Codec } from "../codec/codec.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { CircuitBreaker } from "../platform/circuit-breaker.ts";
import { within } from "../platform/deadline.ts";
import { checksumEnd } from "./key-checksum.ts";
import { Reads, type Read } from "./read-batch.ts";
import { KeyNames, storedHead, storedKey, storedScope } from "./stored-key.ts";

/** Options of every cache that is not in memory, resolved: times in milliseconds. */
export interface RemoteOptions {
  readonly namespace: string | undefined;
  readonly ttl: number;
  /** The longest wait for one answer of the store. */
  readonly timeout: number;
  /** How long a process may run a key under `lock: distributed` before it has to renew. */
  readonly lease: number;
  readonly codec: Codec | Promise<Codec>;
}

/** How one thing is asked. */
interface RequestOptions {
  /** In place of the cache's own. */
  readonly timeout?: number | undefined;
  /** Also while the cache is being closed: what has begun is ended. */
  readonly closing?: boolean;
}

/** Milliseconds for `clear()`, which looks at every key of a store. */
const CLEAR_TIMEOUT_MS = 60_000;

/** Keys with entries of others that are remembered. */
const MAX_MISROUTED_KEYS = 1000;

/**
 * A driver as caches and functions use it: every request has a deadline and passes a circuit breaker, reads of one
 * tick are sent as one batch, keys get their stored names, and failures become a `CacheError`.
 */
export class RemoteClient {
  readonly driver: Driver;
  readonly options: RemoteOptions;
  readonly events: Events;
  /** Called after each answer of the store. */
  onAnswer = (): void => {};
  /** By the heads of functions. */
  readonly #names = new Map<string, KeyNames>();
  readonly #reads = new Map<number, Reads>();
  readonly #breaker: CircuitBreaker;
  /** Keys under which the entry of another one was seen, once. */
  readonly #misrouted = new Set<string>();
  #scope: string | Promise<string>;
  #isClosing = false;

  constructor(driver: Driver, options: RemoteOptions, events: Events) {
    this.driver = driver;
    this.options = options;
    this.events = events;
    // A codec that cannot be loaded is an error of each operation that needs it, not an unhandled rejection.
    if (options.codec instanceof Promise) options.codec.catch(() => undefined);
    this.#scope = storedScope(options.namespace, driver.limits);
    if (typeof this.#scope !== "string") void this.#scope.then((scope) => (this.#scope = scope));
    this.#breaker = new CircuitBreaker(() => within(options.timeout, driver.name, driver.get(PROBES)));
  }

  /** What every key of this cache starts with. */
  get scope(): string | Promise<string> {
    return this.#scope;
  }

  /**
   * The name under which a key of `cache.set` is stored: apart from those of functions. A key with a lone surrogate has
   * no UTF-8, so its name is its JSON text, under a prefix that no other key has.
   */
  ownKey(key: string): string | Promise<string> {
    return isWellFormed(key) ? this.#stored("k:", key, "") : this.#stored("j:", JSON.stringify(key), "");
  }

  /** The name under which a call is stored; `head` is what all calls of the function have. */
  functionKey(head: string, rest: string): string | Promise<string> {
    const scope = this.#scope;
    if (typeof scope !== "string") return scope.then(() => this.functionKey(head, rest));
    let names = this.#names.get(head);
    if (!names) {
      names = new KeyNames({ scope: `${scope}f:`, head }, this.driver.limits);
      this.#names.set(head, names);
    }
    return names.of(rest);
  }

  /** What the names of all calls of a function start with. */
  async functionHead(head: string): Promise<string> {
    return storedHead({ scope: `${await this.#scope}f:`, head }, this.driver.limits);
  }

  /** The name under which it is noted that a function was cleared; not among what is cleared. */
  clearedKey(head: string): string | Promise<string> {
    return this.#stored("c:", head, "");
  }

  #stored(kind: string, rest: string, head: string): string | Promise<string> {
    const scope = this.#scope;
    return typeof scope === "string"
      ? storedKey({ scope: scope + kind, head, rest }, this.driver.limits)
      : scope.then((ready) => storedKey({ scope: ready + kind, head, rest }, this.driver.limits));
  }

  /** Looks at keys, together with all others that are asked for in this tick. */
  reads(timeout: number = this.options.timeout): Reads {
    let looks = this.#reads.get(timeout);
    if (!looks) this.#reads.set(timeout, (looks = new Reads(this, timeout)));
    return looks;
  }

  /** Reads a key together with all others that are asked for in this tick. */
  async read(key: string, timeout?: number): Promise<Data | undefined> {
    const look = this.reads(timeout).at(key);
    await look.batch.over;
    const { data, start } = look;
    if (look.batch.error) throw look.batch.error;
    if (data === undefined || start === 0) return data;
    return typeof data === "string" ? data.slice(start) : data.subarray(start);
  }

  /** Who looks at a key from now on looks again: what is on its way may be the answer of before. */
  forgetReads(key?: string): void {
    for (const looks of this.#reads.values()) looks.forget(key);
  }

  /** The same; and no run of those who look now is kept. */
  dropRead(key: string): void {
    for (const looks of this.#reads.values()) looks.drop(key);
  }

  /** Takes what was stored under a key, and not what a line in disorder brings in its place. */
  accept(look: Read, data: Data | undefined): void {
    if (data === undefined) return;
    look.start = checksumEnd(look.key, data);
    if (look.start >= 0) look.data = data;
    // Seen again, it is what the store has there, and the next result takes its place.
    else if (!this.#misrouted.delete(look.key)) {
      if (this.#misrouted.size >= MAX_MISROUTED_KEYS) this.#misrouted.clear();
      this.#misrouted.add(look.key);
      this.driver.reconnect?.();
      throw new Error("it gave the entry of another key");
    }
  }

  /**
   * Asks the store one thing, for no longer than the time-out.
   *
   * @throws {CacheError} `closed`, `timeout`, or `unavailable` with the client's error as its cause. A `TypeError`
   * of `increment` is about what was asked, and passes.
   */
  async request<T>(
    what: string,
    run: () => Promise<T>,
    { timeout, closing = false }: RequestOptions = {},
  ): Promise<T> {
    const refusal = this.refusal(closing);
    if (refusal) throw refusal;
    try {
      const ms = timeout ?? this.options.timeout;
      const answer = await within(ms, `${this.driver.name} (${what})`, run());
      this.succeeded();
      return answer;
    } catch (cause) {
      if (what === "increment" && cause instanceof TypeError) throw cause;
      throw this.failure(what, cause);
    }
  }

  /** Why the store is not asked now. */
  refusal(closing = false): CacheError | undefined {
    const { name } = this.driver;
    if (this.#isClosing && !closing) return new CacheError("closed", `This cache on ${name} is closed.`);
    if (this.#breaker.isClosed) return undefined;
    return new CacheError(
      "unavailable",
      `${name} failed several times in a row and is left alone until it answers again.`,
    );
  }

  succeeded(): void {
    this.#breaker.succeeded();
    this.onAnswer();
  }

  /** Takes note of a failure, and says it in words of a cache. */
  failure(what: string, cause: unknown): CacheError {
    if (isAboutTheStore(cause)) this.#breaker.failed();
    if (cause instanceof CacheError) return cause;
    const { name } = this.driver;
    return new CacheError("unavailable", `${name} failed (${what}): ${messageOf(cause)}`, { cause });
  }

  /** Removes every key that starts with a text. Takes as long as the store is large, a minute at the most. */
  async clearPrefix(prefix: string): Promise<void> {
    await this.request("clear", () => this.driver.clear(prefix), { timeout: CLEAR_TIMEOUT_MS });
  }

  /** Refuses requests from now on, save those that end what has begun. */
  startClosing(): void {
    this.#isClosing = true;
  }
}

/** Keys that are asked for to see whether there is an answer: so many that most servers of a group have one. */
const PROBES: readonly string[] = Array.from({ length: 16 }, (_, index) => `@probe:${index}`);

/**
 * Whether an error says something of the whole store's health. A `partial` one does not: of one server among
 * several, whose keys are misses while the others are well, or of writes alone. Nor does a value that is too large.
 */
function isAboutTheStore(error: unknown): boolean {
  if (error instanceof CacheError && ["unstorable", "closed", "clear-refused"].includes(error.code))
    return false;
  return (error as { partial?: unknown } | undefined)?.partial !== true;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
