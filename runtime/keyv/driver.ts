import { INVALIDATION_TTL_MS, type Data, type Driver, type Item, type Limits } from "../contract/driver.ts";
import { now } from "../platform/clock.ts";
import { KeyvStore, type KeyvRecord } from "./adapter.ts";

/** Longest key in bytes: the databases of Keyv adapters have columns of 255 characters. */
const KEY_BYTES = 250;

// The first character of a stored key distinguishes values, leases and markers of invalidations.
const valueKey = (key: string): string => `=${key}`;
const leaseKey = (key: string): string => `@${key}`;
const markerKey = (key: string): string => `!${key}`;

const utf8Encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Makes a driver for a store of Keyv.
 *
 * Keyv has no atomic operations. Operations that read and write run one after the other for each key, so they are
 * atomic within this process only.
 *
 * @throws {CacheError} `option-value` if the argument is not a store.
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
    const keyBytes = KEY_BYTES - utf8Encoder.encode(prefix + valueKey("")).length;
    this.limits = { keyBytes, plainKeys: true, ttlGranularity: 1, atomic: "process" };
  }

  async get(keys: readonly string[]): Promise<(Data | undefined)[]> {
    return (await this.#store.read(keys.map(valueKey))).map((record) => record?.data);
  }

  async set(items: readonly Item[]): Promise<void> {
    // Of two items with one key, the last one counts. An adapter may write them in any order.
    const last = new Map(items.map((item) => [item.key, item]));
    await this.#lockAll([...last.keys()], () => this.#store.write([...last.values()].map(recordOf)));
  }

  add(item: Item): Promise<boolean> {
    return this.#lock(item.key, async () => {
      if (await this.#find(valueKey(item.key))) return false;
      await this.#store.write([recordOf(item)]);
      return true;
    });
  }

  delete(keys: readonly string[]): Promise<boolean[]> {
    return this.#lockAll(keys, async () => {
      const found = await this.#store.read(keys.map(valueKey));
      await this.#store.remove(found.flatMap((record) => record?.key ?? []));
      return found.map((record) => record !== undefined);
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#find(valueKey(key))) !== undefined;
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    return this.#lock(key, async () => {
      const found = await this.#find(valueKey(key));
      const digits = found ? textOf(found.data) : "0";
      const sum = Number(digits) + delta;
      if (!/^-?\d+$/.test(digits) || ![Number(digits), delta, sum].every(Number.isSafeInteger)) {
        throw new TypeError(`The value of ${key} is not an integer, or the sum is not a safe integer.`);
      }
      const expires = found?.expires ?? now() + ttl;
      await this.#store.write([{ key: valueKey(key), data: String(sum), expires }]);
      return sum;
    });
  }

  expire(key: string, ttl: number): Promise<boolean> {
    return this.#lock(key, async () => {
      const found = await this.#find(valueKey(key));
      if (found) await this.#store.write([{ ...found, expires: now() + ttl }]);
      return found !== undefined;
    });
  }

  async ttl(key: string): Promise<number | undefined> {
    const found = await this.#find(valueKey(key));
    return found && found.expires - now();
  }

  async clear(prefix: string): Promise<void> {
    const time = now();
    // Expired leases and markers are removed, too: most stores of Keyv never remove them.
    const keys = (await this.#store.list())
      .filter(({ key, expires }) => key.startsWith(prefix, 1) && (key.startsWith("=") || expires <= time))
      .map(({ key }) => key);
    await this.#lockAll(
      keys.map((key) => key.slice(1)),
      () => this.#store.remove(keys),
    );
  }

  invalidate(key: string): Promise<boolean> {
    return this.#lock(key, async () => {
      const time = now();
      await this.#store.write([
        { key: markerKey(key), data: String(time), expires: time + INVALIDATION_TTL_MS },
      ]);
      const found = await this.#find(valueKey(key));
      if (found) await this.#store.remove([found.key]);
      return found !== undefined;
    });
  }

  async setIfCurrent(item: Item, age: number): Promise<boolean> {
    if (age >= INVALIDATION_TTL_MS) return false;
    const began = now() - age;
    return this.#lock(item.key, async () => {
      const marker = await this.#find(markerKey(item.key));
      if (marker && Number(textOf(marker.data)) >= began) return false;
      await this.#store.write([recordOf(item)]);
      return true;
    });
  }

  acquire(key: string, token: string, lease: number): Promise<boolean> {
    return this.#lock(key, async () => {
      if (await this.#find(leaseKey(key))) return false;
      await this.#store.write([{ key: leaseKey(key), data: token, expires: now() + lease }]);
      return true;
    });
  }

  renew(key: string, token: string, lease: number): Promise<boolean> {
    return this.#lock(key, async () => {
      const found = await this.#find(leaseKey(key));
      if (!found || textOf(found.data) !== token) return false;
      await this.#store.write([{ ...found, expires: now() + lease }]);
      return true;
    });
  }

  release(key: string, token: string): Promise<void> {
    return this.#lock(key, async () => {
      const found = await this.#find(leaseKey(key));
      if (found && textOf(found.data) === token) await this.#store.remove([found.key]);
    });
  }

  /** Does nothing: the user made the store and closes it. */
  async close(): Promise<void> {}

  async #find(key: string): Promise<KeyvRecord | undefined> {
    return (await this.#store.read([key]))[0];
  }

  #lock<T>(key: string, run: () => Promise<T>): Promise<T> {
    return this.#lockAll([key], run);
  }

  /** Runs something while no other operation on the keys runs. Caches on one adapter may have different namespaces. */
  #lockAll<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const { prefix, mutex } = this.#store;
    return mutex.runAll(
      keys.map((key) => prefix + key),
      run,
    );
  }
}

const recordOf = ({ key, data, ttl }: Item): KeyvRecord => ({
  key: valueKey(key),
  data,
  expires: now() + ttl,
});

const textOf = (data: Data): string => (typeof data === "string" ? data : new TextDecoder().decode(data));
