import { now } from "../platform/clock.ts";
import { INVALIDATION_TTL_MS, type Data, type Driver, type Item, type Limits } from "../contract/driver.ts";
import { KeyvStore, type KeyvRecord } from "./adapter.ts";

/** Longest key in bytes: the databases behind Keyv have columns of 255 characters. */
const KEY_BYTES = 250;

/** The first character of a stored key, which keeps values, leases and invalidations apart. */
const valueOf = (key: string): string => `=${key}`;
const leaseOf = (key: string): string => `@${key}`;
const markerOf = (key: string): string => `!${key}`;

const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Makes a driver for a store of Keyv.
 *
 * Keyv reads and writes, and no more: what takes both at once is atomic among the callers of this process only,
 * who take turns.
 *
 * @throws {CacheError} `option-value` for what is no store.
 */
export function createKeyvDriver(store: unknown): Driver {
  return new KeyvDriver(store);
}

class KeyvDriver implements Driver {
  readonly name: string;
  readonly limits: Limits;
  readonly raw: unknown;
  readonly #store: KeyvStore;

  constructor(store: unknown) {
    this.raw = store;
    this.#store = new KeyvStore(store);
    const { dialect, prefix } = this.#store;
    this.name = dialect === undefined ? "keyv" : `keyv (${dialect})`;
    const keyBytes = KEY_BYTES - utf8.encode(prefix + valueOf("")).length;
    this.limits = { keyBytes, plainKeys: true, ttlGranularity: 1, atomic: "process" };
  }

  async get(keys: readonly string[]): Promise<(Data | undefined)[]> {
    return (await this.#store.read(keys.map(valueOf))).map((kept) => kept?.data);
  }

  async set(items: readonly Item[]): Promise<void> {
    // Of two under one key the last one stays, and an adapter may write them in any order.
    const last = new Map(items.map((item) => [item.key, item]));
    await this.#takeTurns([...last.keys()], () => this.#store.write([...last.values()].map(keptOf)));
  }

  add(item: Item): Promise<boolean> {
    return this.#takeTurn(item.key, async () => {
      if (await this.#find(valueOf(item.key))) return false;
      await this.#store.write([keptOf(item)]);
      return true;
    });
  }

  delete(keys: readonly string[]): Promise<boolean[]> {
    return this.#takeTurns(keys, async () => {
      const found = await this.#store.read(keys.map(valueOf));
      await this.#store.remove(found.flatMap((kept) => kept?.key ?? []));
      return found.map((kept) => kept !== undefined);
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#find(valueOf(key))) !== undefined;
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    return this.#takeTurn(key, async () => {
      const found = await this.#find(valueOf(key));
      const digits = found ? textOf(found.data) : "0";
      const sum = Number(digits) + delta;
      if (!/^-?\d+$/.test(digits) || ![Number(digits), delta, sum].every(Number.isSafeInteger)) {
        throw new TypeError(`The value of ${key} is not an integer, or becomes too large for one.`);
      }
      const expires = found?.expires ?? now() + ttl;
      await this.#store.write([{ key: valueOf(key), data: String(sum), expires }]);
      return sum;
    });
  }

  expire(key: string, ttl: number): Promise<boolean> {
    return this.#takeTurn(key, async () => {
      const found = await this.#find(valueOf(key));
      if (found) await this.#store.write([{ ...found, expires: now() + ttl }]);
      return found !== undefined;
    });
  }

  async ttl(key: string): Promise<number | undefined> {
    const found = await this.#find(valueOf(key));
    return found && found.expires - now();
  }

  async clear(prefix: string): Promise<void> {
    const time = now();
    // What is over goes, too: most stores of Keyv leave it where it is.
    const keys = (await this.#store.list())
      .filter(({ key, expires }) => key.startsWith(prefix, 1) && (key.startsWith("=") || expires <= time))
      .map(({ key }) => key);
    await this.#takeTurns(
      keys.map((key) => key.slice(1)),
      () => this.#store.remove(keys),
    );
  }

  invalidate(key: string): Promise<boolean> {
    return this.#takeTurn(key, async () => {
      const time = now();
      await this.#store.write([
        { key: markerOf(key), data: String(time), expires: time + INVALIDATION_TTL_MS },
      ]);
      const found = await this.#find(valueOf(key));
      if (found) await this.#store.remove([found.key]);
      return found !== undefined;
    });
  }

  async setIfCurrent(item: Item, age: number): Promise<boolean> {
    if (age >= INVALIDATION_TTL_MS) return false;
    const began = now() - age;
    return this.#takeTurn(item.key, async () => {
      const marker = await this.#find(markerOf(item.key));
      if (marker && Number(textOf(marker.data)) >= began) return false;
      await this.#store.write([keptOf(item)]);
      return true;
    });
  }

  acquire(key: string, token: string, lease: number): Promise<boolean> {
    return this.#takeTurn(key, async () => {
      if (await this.#find(leaseOf(key))) return false;
      await this.#store.write([{ key: leaseOf(key), data: token, expires: now() + lease }]);
      return true;
    });
  }

  renew(key: string, token: string, lease: number): Promise<boolean> {
    return this.#takeTurn(key, async () => {
      const found = await this.#find(leaseOf(key));
      if (!found || textOf(found.data) !== token) return false;
      await this.#store.write([{ ...found, expires: now() + lease }]);
      return true;
    });
  }

  release(key: string, token: string): Promise<void> {
    return this.#takeTurn(key, async () => {
      const found = await this.#find(leaseOf(key));
      if (found && textOf(found.data) === token) await this.#store.remove([found.key]);
    });
  }

  /** The store was made by the user, who closes it. */
  async close(): Promise<void> {}

  async #find(key: string): Promise<KeyvRecord | undefined> {
    return (await this.#store.read([key]))[0];
  }

  #takeTurn<T>(key: string, run: () => Promise<T>): Promise<T> {
    return this.#takeTurns([key], run);
  }

  /** Two caches on one adapter may have different namespaces in it. */
  #takeTurns<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const { prefix, mutex } = this.#store;
    return mutex.runAll(
      keys.map((key) => prefix + key),
      run,
    );
  }
}

const keptOf = ({ key, data, ttl }: Item): KeyvRecord => ({ key: valueOf(key), data, expires: now() + ttl });

const textOf = (data: Data): string => (typeof data === "string" ? data : new TextDecoder().decode(data));
