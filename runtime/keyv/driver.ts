import type { Data, Driver, Item, Limits } from "../contract/driver.ts";
import { prependText } from "../codec/bytes.ts";
import { now } from "../platform/clock.ts";
import { KeyvStore, type KeyvRecord } from "./adapter.ts";

/** Longest key in bytes: the databases of Keyv adapters have columns of 255 characters. */
const KEY_BYTES = 250;

// The first character of a stored key distinguishes values from the successors that `setIf` stores.
const valueKey = (key: string): string => `=${key}`;
const successorKey = (key: string): string => `>${key}`;

const utf8Encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Makes a driver for a store of Keyv.
 *
 * Keyv has no atomic operations. Operations that read and write run one after the other for each key, so they are
 * atomic within this process only.
 *
 * @throws {CacheError} `option-value` if the argument is not a store.
 */
export function createKeyvDriver(store: unknown, wrapped?: WrappedStore): Driver {
  return new KeyvDriver(store, wrapped);
}

/** What a storage adapter was made of. */
export interface WrappedStore {
  /** The name of the driver. */
  readonly name: string;
  /** For messages: `unstorage`. */
  readonly kind: string;
  readonly raw: unknown;
}

/** The current value of a key. */
interface Entry {
  readonly data: Data;
  readonly expires: number;
  /** How the value under the key itself starts, if this is its successor. */
  readonly predecessor?: string;
}

class KeyvDriver implements Driver {
  readonly name: string;
  readonly limits: Limits;
  readonly raw: unknown;
  readonly #store: KeyvStore;

  constructor(store: unknown, wrapped?: WrappedStore) {
    this.raw = wrapped ? wrapped.raw : store;
    this.#store = new KeyvStore(store, wrapped?.kind);
    const { dialect, prefix } = this.#store;
    this.name = wrapped?.name ?? (dialect === undefined ? "keyv" : `keyv (${dialect})`);
    const keyBytes = KEY_BYTES - utf8Encoder.encode(prefix + valueKey("")).length;
    this.limits = { keyBytes, plainKeys: true, ttlGranularity: 1, atomic: "process" };
  }

  async get(keys: readonly string[]): Promise<(Data | undefined)[]> {
    return (await this.#readAll(keys)).map((entry) => entry?.data);
  }

  async set(items: readonly Item[]): Promise<void> {
    // Of two items with one key, the last one counts. An adapter may write them in any order.
    const last = new Map(items.map((item) => [item.key, item]));
    await this.#lockAll([...last.keys()], () => this.#store.write([...last.values()].map(recordOf)));
  }

  add(item: Item): Promise<boolean> {
    return this.#lock(item.key, async () => {
      if (await this.#find(item.key)) return false;
      await this.#store.write([recordOf(item)]);
      return true;
    });
  }

  /** Removes also what has expired by the clock of this process: by those of others, it may not have. */
  delete(keys: readonly string[]): Promise<boolean[]> {
    return this.#lockAll(keys, async () => {
      const found = await this.#readAll(keys, -Infinity);
      const existing = keys.filter((_, index) => found[index] !== undefined);
      await this.#store.remove(existing.flatMap((key) => [valueKey(key), successorKey(key)]));
      // A key that is listed twice existed only the first time.
      return found.map(
        (entry, index) =>
          entry !== undefined && entry.expires > now() && keys.indexOf(keys[index]!) === index,
      );
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#find(key)) !== undefined;
  }

  async increment(key: string, delta: number, ttl: number): Promise<number> {
    return this.#lock(key, async () => {
      const found = await this.#find(key);
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
      const found = await this.#find(key);
      if (found) await this.#store.write([{ ...found, key: valueKey(key), expires: now() + ttl }]);
      return found !== undefined;
    });
  }

  async ttl(key: string): Promise<number | undefined> {
    const found = await this.#find(key);
    return found && found.expires - now();
  }

  async clear(prefix: string): Promise<void> {
    const time = now();
    // Expired entries are removed, too: most stores of Keyv never remove them.
    const keys = (await this.#store.list())
      .filter(({ key, expires }) => key.startsWith(prefix, 1) || expires <= time)
      .map(({ key }) => key);
    await this.#lockAll(
      keys.map((key) => key.slice(1)),
      () => this.#store.remove(keys),
    );
  }

  /**
   * Stores the value as the successor of the one under the key itself, which stays. Another process that removes or
   * replaces that one between the comparison and the write makes the successor invisible: it names its predecessor.
   */
  setIf({ key, data, ttl }: Item, start: string): Promise<boolean> {
    return this.#lock(key, async () => {
      const found = await this.#startingWith(key, start);
      if (!found) return false;
      const predecessor = found.predecessor ?? start;
      const successor = {
        key: successorKey(key),
        data: addPredecessor(predecessor, data),
        expires: now() + ttl,
      };
      await this.#store.write([successor]);
      return true;
    });
  }

  /** Drops the rest of the value: written again, it could replace a removal by another process. */
  replaceStart(key: string, start: string, replacement: string): Promise<boolean> {
    return this.#lock(key, async () => {
      const found = await this.#startingWith(key, start);
      if (!found) return false;
      await this.#store.write([{ key: valueKey(key), data: replacement, expires: found.expires }]);
      return true;
    });
  }

  deleteIf(key: string, start: string): Promise<boolean> {
    return this.#lock(key, async () => {
      const found = await this.#startingWith(key, start);
      if (!found) return false;
      await this.#store.remove([valueKey(key), successorKey(key)]);
      return true;
    });
  }

  /** Changes nothing: written again with another expiry, the value could replace a removal by another process. */
  async expireIf(): Promise<boolean> {
    return false;
  }

  /** Does nothing: the user made the store and closes it. */
  async close(): Promise<void> {}

  async #find(key: string): Promise<Entry | undefined> {
    return (await this.#readAll([key]))[0];
  }

  /** The entry of a key, if it has the start. Finds also what has expired by the clock of this process only. */
  async #startingWith(key: string, start: string): Promise<Entry | undefined> {
    for (const time of [undefined, -Infinity]) {
      const [found] = await this.#readAll([key], time);
      if (found && startsWith(found.data, start)) return found;
    }
    return undefined;
  }

  /** @param time see `KeyvStore.read` */
  async #readAll(keys: readonly string[], time?: number): Promise<(Entry | undefined)[]> {
    const records = await this.#store.read([...keys.map(valueKey), ...keys.map(successorKey)], time);
    return keys.map((_, index) => currentOf(records[index], records[keys.length + index]));
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

/** The successor, if it names the value that is stored under the key itself; else that value. */
function currentOf(value: KeyvRecord | undefined, successor: KeyvRecord | undefined): Entry | undefined {
  const length = value && successor ? /^(\d+):/.exec(textOf(successor.data.slice(0, 20))) : null;
  if (!length) return value;
  const end = length[0].length + Number(length[1]);
  const predecessor = textOf(successor!.data.slice(length[0].length, end));
  if (!startsWith(value!.data, predecessor)) return value;
  return { data: successor!.data.slice(end), expires: successor!.expires, predecessor };
}

/** Prepends the start of the predecessor, which is ASCII, and its length. */
function addPredecessor(start: string, data: Data): Data {
  return prependText(`${start.length}:${start}`, data);
}

const startsWith = (data: Data, start: string): boolean =>
  typeof data === "string" ? data.startsWith(start) : textOf(data.subarray(0, start.length)) === start;

const textOf = (data: Data): string => (typeof data === "string" ? data : new TextDecoder().decode(data));
