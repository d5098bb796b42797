/** Reads and writes records in a store of Keyv. */
import { bytesOf, toBase64 } from "../codec/bytes.ts";
import type { Data } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { now } from "../platform/clock.ts";
import { Mutex } from "../platform/mutex.ts";
import { randomId } from "../platform/random.ts";

/** The part of a Keyv storage adapter that `keyv()` uses. A `Map` has it, too. */
export interface KeyvAdapter {
  get(key: string): unknown;
  set(key: string, value: never, ttl?: number): unknown;
  delete(key: string): unknown;
  getMany?(keys: string[]): Promise<readonly unknown[]>;
  deleteMany?(keys: string[]): unknown;
  iterator?(namespace?: string): AsyncIterable<readonly unknown[]>;
}

/** The part of a `Keyv` that `keyv()` uses: its adapter and its format. Its own `get` hides failures as misses. */
export interface KeyvInstance {
  readonly store: unknown;
  readonly namespace: string | undefined;
  serializeData(data: { value: string; expires: number | undefined }): unknown;
  deserializeData(data: never): unknown;
}

/** One stored item. */
export interface KeyvRecord {
  readonly key: string;
  readonly data: Data;
  /** Milliseconds since the epoch; `Infinity` without expiry. */
  readonly expires: number;
}

/** The form in which Keyv stores a value. */
interface Wrapped {
  readonly value?: unknown;
  readonly expires?: number | null | undefined;
}

interface RecordFormat {
  write(wrapped: { value: string; expires: number | undefined }): unknown;
  read(raw: unknown): Wrapped | undefined | Promise<Wrapped | undefined>;
}

type Adapter = KeyvAdapter & {
  readonly namespace?: string | undefined;
  readonly opts?: { readonly dialect?: unknown };
  on?(event: "error", listener: () => void): unknown;
} & Partial<AsyncIterable<readonly unknown[]> & Iterable<readonly unknown[]>>;

/** Keys that one command removes. */
const MAX_KEYS_PER_DELETE = 500;
/** The last time that a `Date` can represent. A later expiry is stored as none, because databases have no date for it. */
const MAX_EXPIRES = 8.64e15;

/** Expiry of the probe that `list()` stores, if removing it fails. */
const PROBE_TTL_MS = 60_000;

/** One mutex per adapter, which all caches of this process on that adapter share. */
const mutexes = new WeakMap<object, Mutex>();

/**
 * A store of Keyv. Each record also contains its own key and expiry.
 *
 * The key, because some stores do not distinguish `A` from `a` (MySQL): a record with another key is a miss. The
 * expiry, because some stores are exact to the second only, and some never check it.
 */
export class KeyvStore {
  readonly #adapter: Adapter;
  readonly #namespace: string | undefined;
  readonly #format: RecordFormat;
  readonly #kind: string;
  readonly mutex: Mutex;

  /** @throws {CacheError} `option-value` if the argument is not a store. */
  constructor(store: unknown, kind = "Keyv") {
    const instance = isInstance(store) ? store : undefined;
    const adapter = instance ? instance.store : store;
    if (!isAdapter(adapter)) {
      throw new CacheError(
        "option-value",
        "keyv() takes a Keyv, a storage adapter of Keyv or a Map, but this has no get, set and delete; write keyv(new Keyv(…), { … }).",
      );
    }
    this.#adapter = adapter;
    this.#kind = kind;
    this.#namespace = (instance ?? adapter).namespace;
    this.#format = instance ? formatOf(instance) : JSON_FORMAT;
    let mutex = mutexes.get(adapter);
    if (!mutex) {
      mutexes.set(adapter, (mutex = new Mutex()));
      // An `error` event without a listener ends the process. Failures also reject, so the event is not needed.
      if (!instance) adapter.on?.("error", () => undefined);
    }
    this.mutex = mutex;
  }

  /** The name of the database, like `sqlite`; `undefined` if the adapter does not have it. */
  get dialect(): string | undefined {
    const dialect = this.#adapter.opts?.dialect;
    return typeof dialect === "string" ? dialect : undefined;
  }

  /** The store's namespace and `:`, which precede each key, because adapters list only keys of their namespace. */
  get prefix(): string {
    return this.#namespace ? `${this.#namespace}:` : "";
  }

  /**
   * The records of keys; `undefined` if one is missing, has expired, or is from another program.
   *
   * @param time records that have expired by then are left out
   */
  async read(keys: readonly string[], time: number = now()): Promise<(KeyvRecord | undefined)[]> {
    const names = keys.map((key) => this.prefix + key);
    const found =
      names.length > 1 && this.#adapter.getMany
        ? await this.#adapter.getMany(names)
        : await Promise.all(names.map((name) => this.#adapter.get(name)));
    const records = await Promise.all(keys.map((_, index) => this.#parse(found[index])));
    return records.map((record, index) =>
      record && record.key === keys[index] && record.expires > time ? record : undefined,
    );
  }

  async write(records: readonly KeyvRecord[]): Promise<void> {
    const time = now();
    const put = async ({ key, data, expires }: KeyvRecord): Promise<void> => {
      const end = expires <= MAX_EXPIRES ? Math.ceil(expires) : undefined;
      const raw = await this.#format.write({ value: sealRecord(key, data), expires: end });
      // One to two seconds longer than the record, never shorter: some stores cut off milliseconds, and 0 means none.
      const ttl = end === undefined ? undefined : Math.max(1, Math.ceil((end - time) / 1000) + 1) * 1000;
      const stored = await this.#adapter.set(this.prefix + key, raw as never, ttl);
      if (stored === false) throw new Error(`The store refused to store ${key}.`);
    };
    await Promise.all(records.map(put));
  }

  async remove(keys: readonly string[]): Promise<void> {
    const names = keys.map((key) => this.prefix + key);
    for (let i = 0; i < names.length; i += MAX_KEYS_PER_DELETE) {
      const batch = names.slice(i, i + MAX_KEYS_PER_DELETE);
      if (batch.length > 1 && this.#adapter.deleteMany) await this.#adapter.deleteMany(batch);
      else await Promise.all(batch.map((name) => this.#adapter.delete(name)));
    }
  }

  /**
   * All records of this package in the store, expired ones included.
   *
   * @throws {CacheError} `clear-refused` if the adapter cannot list its keys.
   */
  async list(): Promise<KeyvRecord[]> {
    // Some adapters list keys under another prefix than they store them, and so list nothing. A probe shows it.
    const probe = `?${randomId()}`;
    await this.write([{ key: probe, data: "", expires: now() + PROBE_TTL_MS }]);
    const records: KeyvRecord[] = [];
    try {
      // The form of the listed key depends on the adapter, so the key is taken from the value.
      for await (const [, raw] of this.#entries()) {
        const record = await this.#parse(raw);
        if (record) records.push(record);
      }
    } finally {
      await this.remove([probe]);
    }
    if (!records.some(({ key }) => key === probe))
      throw cannotList(this.#kind, "its adapter does not list them");
    return records.filter(({ key }) => !key.startsWith("?"));
  }

  #entries(): AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]> {
    const adapter = this.#adapter;
    if (typeof adapter.iterator === "function") return adapter.iterator(this.#namespace);
    if (Symbol.asyncIterator in adapter || Symbol.iterator in adapter) {
      return adapter as Iterable<readonly unknown[]>;
    }
    throw cannotList(this.#kind, "its adapter has no `iterator`");
  }

  /** Parses a stored value; `undefined` if another program wrote it. */
  async #parse(raw: unknown): Promise<KeyvRecord | undefined> {
    if (raw === undefined || raw === null) return undefined;
    try {
      const wrapped = await this.#format.read(raw);
      return typeof wrapped?.value === "string" ? openRecord(wrapped.value, wrapped.expires) : undefined;
    } catch {
      return undefined;
    }
  }
}

/**
 * The first line of every record. A value that does not start with it is from another program.
 *
 *     aotcache/1
 *     =main:k:greeting                the key
 *     text,generic/1 8:="hello"       or "base64," and bytes
 */
const RECORD_HEADER = "aotcache/1\n";

function sealRecord(key: string, data: Data): string {
  return `${RECORD_HEADER}${key}\n${typeof data === "string" ? `text,${data}` : `base64,${toBase64(data)}`}`;
}

function openRecord(sealed: string, expires: number | null | undefined): KeyvRecord | undefined {
  const end = sealed.indexOf("\n", RECORD_HEADER.length);
  const comma = sealed.indexOf(",", end);
  if (!sealed.startsWith(RECORD_HEADER) || end < 0 || comma < 0) return undefined;
  const payload = sealed.slice(comma + 1);
  const kind = sealed.slice(end + 1, comma);
  if (kind !== "text" && kind !== "base64") return undefined;
  const data = kind === "text" ? payload : bytesOf(payload);
  return { key: sealed.slice(RECORD_HEADER.length, end), data, expires: expires ?? Infinity };
}

/** The default format of Keyv, for bare adapters. */
const JSON_FORMAT: RecordFormat = {
  write: JSON.stringify,
  read: (raw) => (typeof raw === "string" ? (JSON.parse(raw) as Wrapped) : (raw as Wrapped)),
};

/** The format of a `Keyv`, which may have compression or a serializer of its own. */
const formatOf = (keyv: KeyvInstance): RecordFormat => ({
  write: (wrapped) => keyv.serializeData(wrapped),
  read: (raw) => (typeof raw === "string" ? keyv.deserializeData(raw as never) : raw) as Wrapped,
});

const cannotList = (kind: string, why: string): CacheError =>
  new CacheError(
    "clear-refused",
    `This ${kind} store cannot list its keys (${why}), so it cannot clear a namespace or a function; use another adapter, or delete keys one by one.`,
  );

function isInstance(store: unknown): store is KeyvInstance {
  const { serializeData, deserializeData } = (store ?? {}) as Partial<KeyvInstance>;
  return typeof serializeData === "function" && typeof deserializeData === "function";
}

function isAdapter(store: unknown): store is Adapter {
  const { get, set, delete: remove } = (store ?? {}) as Partial<KeyvAdapter>;
  return [get, set, remove].every((method) => typeof method === "function");
}
