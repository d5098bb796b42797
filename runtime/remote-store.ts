import { Breaker } from "./breaker.ts";
import { open, MISS, seal, type Codec } from "./codec.ts";
import { within } from "./deadline.ts";
import type { Data, Driver } from "./driver.ts";
import { CacheError } from "./errors.ts";
import { Counters, Events } from "./events.ts";
import { percentEncode } from "./key.ts";
import { Reader } from "./reader.ts";
import { storedKey } from "./stored-key.ts";

/** Options of every cache that is not in memory, resolved: times in milliseconds. */
export interface RemoteOptions {
  readonly namespace: string | undefined;
  readonly ttl: number;
  readonly timeout: number;
  readonly lease: number;
  readonly codec: Promise<Codec>;
}

/**
 * A driver as caches and functions use it: bounded in time, left alone while it is dead, its reads gathered,
 * its errors typed.
 */
export class RemoteStore {
  readonly driver: Driver;
  readonly options: RemoteOptions;
  readonly events: Events = new Events();
  readonly counters: Counters = new Counters();
  readonly #scope: string;
  readonly #reader: Reader;
  readonly #breaker: Breaker;

  constructor(driver: Driver, options: RemoteOptions) {
    this.driver = driver;
    this.options = options;
    this.#scope = options.namespace === undefined ? "" : `${percentEncode(options.namespace)}:`;
    this.#reader = new Reader((keys) => this.ask("get", () => driver.get(keys)));
    this.#breaker = new Breaker(() =>
      within(options.timeout, driver.name, driver.get([`${this.#scope}probe`])),
    );
  }

  /** Default ttl in milliseconds. */
  get ttlMs(): number {
    return this.options.ttl;
  }

  /** What every key of this cache starts with; empty without a namespace. */
  get scope(): string {
    return this.#scope;
  }

  /** The name under which a key of `cache.set` is stored: apart from those of functions. */
  ownKey(key: string): Promise<string> {
    return storedKey({ scope: this.#scope, head: "k:", rest: key }, this.driver.limits);
  }

  /** The name under which a call is stored; `head` is what all calls of the function have. */
  functionKey(head: string, rest: string): Promise<string> {
    return storedKey({ scope: this.#scope, head: `f:${head}`, rest }, this.driver.limits);
  }

  /** Reads a key together with all others that are asked for in this tick. */
  read(key: string): Promise<Data | undefined> {
    return this.#reader.get(key);
  }

  /**
   * Asks the store one thing, for no longer than the time-out.
   *
   * @throws {CacheError} `timeout`, or `unavailable` with the client's error as its cause. A `TypeError` is about
   * what was asked, and passes.
   */
  async ask<T>(what: string, run: () => Promise<T>): Promise<T> {
    const { name } = this.driver;
    if (!this.#breaker.closed) {
      throw new CacheError(
        "unavailable",
        `${name} failed several times in a row and is left alone until it answers again.`,
      );
    }
    try {
      const answer = await within(this.options.timeout, `${name} (${what})`, run());
      this.#breaker.succeeded();
      return answer;
    } catch (cause) {
      if (cause instanceof TypeError) throw cause;
      this.#breaker.failed();
      if (cause instanceof CacheError) throw cause;
      throw new CacheError("unavailable", `${name} failed (${what}): ${messageOf(cause)}`, { cause });
    }
  }

  /** The bytes of a value. Integers are bare digits, so that the store can count with them. */
  async encode(value: unknown, codec: Codec | undefined): Promise<Data> {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
    return seal(codec ?? (await this.options.codec), value);
  }

  /** The value of bytes; `MISS` for what was written by something else, or is broken. */
  async decode(data: Data, codec: Codec | undefined): Promise<unknown> {
    const digits = data.length <= 17 ? textOf(data) : "";
    if (/^-?\d+$/.test(digits)) return Number(digits);
    return open(codec ?? (await this.options.codec), data);
  }
}

export { MISS };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const utf8 = /* @__PURE__ */ new TextDecoder();

/** Bytes as text. */
export const textOf = (data: Data): string => (typeof data === "string" ? data : utf8.decode(data));
