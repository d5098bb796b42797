import { bytesOf, toBase64 } from "../codec/bytes.ts";
import { now } from "../platform/clock.ts";
import type { Data } from "../contract/driver.ts";
import { CacheError } from "../contract/errors.ts";
import { Mutex } from "../platform/mutex.ts";

/** What is used of a storage adapter of Keyv; a `Map` is one, too. */
export interface KeyvAdapter {
  get(key: string): unknown;
  set(key: string, value: never, ttl?: number): unknown;
  delete(key: string): unknown;
  getMany?(keys: string[]): Promise<readonly unknown[]>;
  deleteMany?(keys: string[]): unknown;
  iterator?(namespace?: string): AsyncIterable<readonly unknown[]>;
}

/** What is used of a Keyv: its adapter, and how it writes; that it makes misses of failures is left aside. */
export interface KeyvInstance {
  readonly store: unknown;
  readonly namespace: string | undefined;
  serializeData(data: { value: string; expires: number | undefined }): unknown;
  deserializeData(data: never): unknown;
}

/** One entry; times are milliseconds since the epoch. */
export interface KeyvRecord {
  readonly key: string;
  readonly data: Data;
  /** `Infinity` for none. */
  readonly expires: number;
}

/** What Keyv keeps for a value, and every store by Keyv with it. */
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

/** Keys that are removed by one command. */
const BATCH = 500;
/** A time that no clock will see is none: databases have no date for it. */
const LATEST = 8.64e15;

/** Milliseconds after which an entry may go that was only stored to see whether it is listed. */
const PROBE_LASTS = 60_000;

/** Turns of the callers of one store, however many caches in this process are on it. */
const mutexOf = new WeakMap<object, Mutex>();

/**
 * A store of Keyv: entries under keys, each with its own key and expiry in its value.
 *
 * With the key, since some stores take `A` for `a` (MySQL): what is read under another's key is a miss. With the
 * expiry, since some are exact to the second, and some never look.
 */
export class KeyvStore {
  readonly #adapter: Adapter;
  readonly #namespace: string | undefined;
  readonly #form: RecordFormat;
  readonly mutex: Mutex;

  /** @throws {CacheError} `option-value` for what is no store. */
  constructor(store: unknown) {
    const instance = isInstance(store) ? store : undefined;
    const adapter = instance ? instance.store : store;
    if (!isAdapter(adapter)) {
      throw new CacheError(
        "option-value",
        "keyv() takes a Keyv, one of its storage adapters or a Map, and this has no get, set and delete; write keyv(new Keyv(…), { … }).",
      );
    }
    this.#adapter = adapter;
    this.#namespace = (instance ?? adapter).namespace;
    this.#form = instance ? formOf(instance) : JSON_FORM;
    let turns = mutexOf.get(adapter);
    if (!turns) {
      mutexOf.set(adapter, (turns = new Mutex()));
      // An `error` event that nobody listens to ends the process. What fails rejects as well.
      if (!instance) adapter.on?.("error", () => undefined);
    }
    this.mutex = turns;
  }

  /** `sqlite`, where the adapter says so. */
  get dialect(): string | undefined {
    const dialect = this.#adapter.opts?.dialect;
    return typeof dialect === "string" ? dialect : undefined;
  }

  /** What the store puts before each key: adapters list the keys of their namespace only. */
  get prefix(): string {
    return this.#namespace ? `${this.#namespace}:` : "";
  }

  /** The entries of keys; `undefined` for what is missing, is over, or is not ours. */
  async read(keys: readonly string[]): Promise<(KeyvRecord | undefined)[]> {
    const names = keys.map((key) => this.prefix + key);
    const found =
      names.length > 1 && this.#adapter.getMany
        ? await this.#adapter.getMany(names)
        : await Promise.all(names.map((name) => this.#adapter.get(name)));
    const kept = await Promise.all(keys.map((_, index) => this.#open(found[index])));
    return kept.map((each, index) =>
      each && each.key === keys[index] && each.expires > now() ? each : undefined,
    );
  }

  async write(entries: readonly KeyvRecord[]): Promise<void> {
    const time = now();
    const put = async ({ key, data, expires }: KeyvRecord): Promise<void> => {
      const ends = expires <= LATEST ? Math.ceil(expires) : undefined;
      const raw = await this.#form.write({ value: seal(key, data), expires: ends });
      // The store may forget it a second or two later, not sooner: some cut milliseconds off, and 0 is none.
      const ttl = ends === undefined ? undefined : Math.max(1, Math.ceil((ends - time) / 1000) + 1) * 1000;
      const done = await this.#adapter.set(this.prefix + key, raw as never, ttl);
      if (done === false) throw new Error(`The store did not keep ${key}.`);
    };
    await Promise.all(entries.map(put));
  }

  async remove(keys: readonly string[]): Promise<void> {
    const names = keys.map((key) => this.prefix + key);
    for (let i = 0; i < names.length; i += BATCH) {
      const batch = names.slice(i, i + BATCH);
      if (batch.length > 1 && this.#adapter.deleteMany) await this.#adapter.deleteMany(batch);
      else await Promise.all(batch.map((name) => this.#adapter.delete(name)));
    }
  }

  /**
   * All that is ours in the store, also what is over.
   *
   * @throws {CacheError} `clear-refused` if the adapter cannot list what it has.
   */
  async list(): Promise<KeyvRecord[]> {
    // Some adapters list keys by another name than they store them under, and so list nothing.
    const probe = `?${crypto.randomUUID()}`;
    await this.write([{ key: probe, data: "", expires: now() + PROBE_LASTS }]);
    const kept: KeyvRecord[] = [];
    try {
      // What is listed as the key is written differently by each adapter; the value says it.
      for await (const [, raw] of this.#entries()) {
        const each = await this.#open(raw);
        if (each) kept.push(each);
      }
    } finally {
      await this.remove([probe]);
    }
    if (!kept.some(({ key }) => key === probe))
      throw cannotList("its adapter's `iterator` does not list them");
    return kept.filter(({ key }) => !key.startsWith("?"));
  }

  #entries(): AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]> {
    const adapter = this.#adapter;
    if (typeof adapter.iterator === "function") return adapter.iterator(this.#namespace);
    if (Symbol.asyncIterator in adapter || Symbol.iterator in adapter) {
      return adapter as Iterable<readonly unknown[]>;
    }
    throw cannotList("its adapter has no `iterator`");
  }

  /** What cannot be read was written by others, and is nothing to us. */
  async #open(raw: unknown): Promise<KeyvRecord | undefined> {
    if (raw === undefined || raw === null) return undefined;
    try {
      const wrapped = await this.#form.read(raw);
      return typeof wrapped?.value === "string" ? open(wrapped.value, wrapped.expires) : undefined;
    } catch {
      return undefined;
    }
  }
}

/**
 * The first line of what is kept: what does not start with it was written by others.
 *
 *     aotcache/1
 *     =main:k:greeting                the key
 *     text,generic/1 8:="hello"       or "base64," and bytes
 */
const HEAD = "aotcache/1\n";

function seal(key: string, data: Data): string {
  return `${HEAD}${key}\n${typeof data === "string" ? `text,${data}` : `base64,${toBase64(data)}`}`;
}

function open(sealed: string, expires: number | null | undefined): KeyvRecord | undefined {
  const end = sealed.indexOf("\n", HEAD.length);
  const comma = sealed.indexOf(",", end);
  if (!sealed.startsWith(HEAD) || end < 0 || comma < 0) return undefined;
  const payload = sealed.slice(comma + 1);
  const kind = sealed.slice(end + 1, comma);
  if (kind !== "text" && kind !== "base64") return undefined;
  const data = kind === "text" ? payload : bytesOf(payload);
  return { key: sealed.slice(HEAD.length, end), data, expires: expires ?? Infinity };
}

/** What a Keyv writes if it is told nothing else. */
const JSON_FORM: RecordFormat = {
  write: JSON.stringify,
  read: (raw) => (typeof raw === "string" ? (JSON.parse(raw) as Wrapped) : (raw as Wrapped)),
};

/** What this Keyv writes: compressed or by a serializer of the user's own, if it was told so. */
const formOf = (keyv: KeyvInstance): RecordFormat => ({
  write: (wrapped) => keyv.serializeData(wrapped),
  read: (raw) => (typeof raw === "string" ? keyv.deserializeData(raw as never) : raw) as Wrapped,
});

const cannotList = (why: string): CacheError =>
  new CacheError(
    "clear-refused",
    `This store of Keyv cannot list its keys (${why}), so it cannot be cleared by namespace or function; use another adapter, or delete keys one by one.`,
  );

function isInstance(store: unknown): store is KeyvInstance {
  const { serializeData, deserializeData } = (store ?? {}) as Partial<KeyvInstance>;
  return typeof serializeData === "function" && typeof deserializeData === "function";
}

function isAdapter(store: unknown): store is Adapter {
  const { get, set, delete: remove } = (store ?? {}) as Partial<KeyvAdapter>;
  return [get, set, remove].every((method) => typeof method === "function");
}
