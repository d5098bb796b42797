import { Breaker } from "../platform/circuit-breaker.ts";
import { open, MISS, seal, type Codec } from "../codec/codec.ts";
import { within } from "../platform/deadline.ts";
import type { Data, Driver } from "../contract/driver.ts";
import { markEnd } from "./key-checksum.ts";
import { CacheError } from "../contract/errors.ts";
import { Events } from "../call/events.ts";
import { Tier } from "../memory/tier.ts";
import { RemoteCalls } from "./calls.ts";
import { Looks, type Look } from "./read-batch.ts";
import { Store, type Remote } from "../call/store.ts";
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
interface Asking {
  /** In place of the cache's own. */
  readonly timeout?: number | undefined;
  /** Also while the cache is being closed: what has begun is ended. */
  readonly closing?: boolean;
}

/** Milliseconds for `clear()`, which looks at every key of a store. */
const CLEAR_TIMEOUT = 60_000;

/** Keys with entries of others that are remembered. */
const MOST_STRAYS = 1000;

/**
 * A driver as caches and functions use it: bounded in time, left alone while it is dead, its reads gathered,
 * its errors typed.
 */
export class RemoteStore extends Store {
  override readonly events: Events = new Events();
  readonly driver: Driver;
  readonly options: RemoteOptions;
  readonly remote: Remote;
  readonly #calls: RemoteCalls;
  /** By the heads of functions. */
  readonly #names = new Map<string, KeyNames>();
  readonly #looks = new Map<number, Looks>();
  readonly #breaker: Breaker;
  /** Keys under which the entry of another one was seen, once. */
  readonly #strays = new Set<string>();
  #scope: string | Promise<string>;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, options: RemoteOptions) {
    super();
    this.driver = driver;
    this.options = options;
    // A codec that cannot be loaded is an error of each operation that needs it, not of nobody.
    if (options.codec instanceof Promise) options.codec.catch(() => undefined);
    this.#scope = storedScope(options.namespace, driver.limits);
    if (typeof this.#scope !== "string") void this.#scope.then((scope) => (this.#scope = scope));
    this.#breaker = new Breaker(() => within(options.timeout, driver.name, driver.get(PROBES)));
    this.remote = this.#calls = new RemoteCalls(this);
  }

  get ttlMs(): number {
    return this.options.ttl;
  }

  /** Nothing is kept in it: what is there for a call is a run in flight, or in the store. */
  tier(depth: number): Tier {
    return new Tier(depth, 1);
  }

  /** What every key of this cache starts with. */
  get scope(): string | Promise<string> {
    return this.#scope;
  }

  /** The name under which a key of `cache.set` is stored: apart from those of functions. */
  ownKey(key: string): string | Promise<string> {
    return this.#stored("k:", key, "");
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
  looks(timeout: number = this.options.timeout): Looks {
    let looks = this.#looks.get(timeout);
    if (!looks) this.#looks.set(timeout, (looks = new Looks(this, timeout)));
    return looks;
  }

  /** Reads a key together with all others that are asked for in this tick. */
  async read(key: string, timeout?: number): Promise<Data | undefined> {
    const look = this.looks(timeout).at(key);
    await look.batch.over;
    const { data, start } = look;
    if (look.batch.error) throw look.batch.error;
    if (data === undefined || start === 0) return data;
    return typeof data === "string" ? data.slice(start) : data.subarray(start);
  }

  /** Who looks at a key from now on looks again: what is on its way may be the answer of before. */
  lookAgain(key?: string): void {
    for (const looks of this.#looks.values()) looks.forget(key);
  }

  /** The same; and no run of those who look now is kept. */
  dropLook(key: string): void {
    for (const looks of this.#looks.values()) looks.drop(key);
  }

  /** Takes what was stored under a key, and not what a line in disorder brings in its place. */
  take(look: Look, data: Data | undefined): void {
    if (data === undefined) return;
    look.start = markEnd(look.key, data);
    if (look.start >= 0) look.data = data;
    // Seen again, it is what the store has there, and the next result takes its place.
    else if (!this.#strays.delete(look.key)) {
      if (this.#strays.size >= MOST_STRAYS) this.#strays.clear();
      this.#strays.add(look.key);
      this.driver.startAnew?.();
      throw new Error("it gave the entry of another key");
    }
  }

  /**
   * Asks the store one thing, for no longer than the time-out.
   *
   * @throws {CacheError} `closed`, `timeout`, or `unavailable` with the client's error as its cause. A `TypeError`
   * of `increment` is about what was asked, and passes.
   */
  async ask<T>(what: string, run: () => Promise<T>, { timeout, closing = false }: Asking = {}): Promise<T> {
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
    if (this.#closing && !closing) return new CacheError("closed", `This cache on ${name} is closed.`);
    if (this.#breaker.closed) return undefined;
    return new CacheError(
      "unavailable",
      `${name} failed several times in a row and is left alone until it answers again.`,
    );
  }

  succeeded(): void {
    this.#breaker.succeeded();
    this.#calls.leases.giveBackOrphans();
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
    await this.ask("clear", () => this.driver.clear(prefix), { timeout: CLEAR_TIMEOUT });
  }

  /** The bytes of a value of `cache.set`. Integers are bare digits, so that the store can count with them. */
  async encode(value: unknown): Promise<Data> {
    if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
    const { codec } = this.options;
    // At once if it can be: the caller may change the value next.
    return seal(codec instanceof Promise ? await codec : codec, value);
  }

  /** The value of bytes; `MISS` for what was written by something else, or is broken. */
  async decode(data: Data): Promise<unknown> {
    const digits = data.length <= 17 ? textOf(data) : "";
    if (/^-?\d+$/.test(digits)) return Number(digits);
    return open(await this.options.codec, data);
  }

  /**
   * No run that is under way is kept: what `clear()` of a whole cache means for the functions on it. Resolves when
   * no result is on its way to the store any more.
   */
  dropRuns(): Promise<void> {
    this.#calls.dropRuns();
    return this.#calls.settled();
  }

  /** Ends what has begun, and refuses everything else; a second call does nothing. */
  close(): Promise<void> {
    return (this.#closing ??= this.#calls.settled().then(() => this.driver.close()));
  }
}

export { MISS };

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

const utf8 = /* @__PURE__ */ new TextDecoder();

/** Bytes as text. */
export const textOf = (data: Data): string => (typeof data === "string" ? data : utf8.decode(data));
