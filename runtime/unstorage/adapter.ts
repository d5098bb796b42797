/** Makes a storage adapter of Keyv of an unstorage `Storage`, so that both have the same records and one driver. */
import { CacheError } from "../contract/errors.ts";
import { sha256 } from "../key/sha256.ts";
import type { KeyvAdapter } from "../keyv/adapter.ts";
import { Limit } from "../platform/limit.ts";

/** The part of a `Storage` of unstorage that `unstorage()` uses. */
export interface UnstorageInstance {
  getItem(key: string): Promise<unknown>;
  getItems(keys: string[]): Promise<readonly { readonly key: string; readonly value: unknown }[]>;
  setItem(key: string, value: string, options?: { ttl?: number }): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
  /** Gives the driver that stores a key. */
  getMount?(key?: string): { readonly driver: UnstorageDriver };
}

/** The part of a driver of unstorage that `unstorage()` looks at. */
export interface UnstorageDriver {
  readonly name?: string | undefined;
  readonly setItem?: unknown;
}

/** Items of other programs in the storage are elsewhere. */
const BASE = "aotcache:";

/** File systems have names of up to 255 bytes. */
const MAX_NAME = 200;
/** Characters of a longer name that stay readable. */
const NAME_HEAD = 150;
/** 160 bits. Each record contains its key, so two keys with one name would replace each other, no more. */
const HASH_DIGITS = 40;

/** Drivers over files open one for each item. */
const MAX_CONCURRENT = 100;

/** Cloudflare refuses less. The record has the exact expiry, and this one only frees the space. */
const MIN_TTL_S = 60;

const nameEncoder = /* @__PURE__ */ new TextEncoder();

/**
 * The name of an item. unstorage cuts keys at `?`, treats `/` and `\` as `:`, joins several `:`, and hides keys that end
 * in `$`; some drivers have folders for `:`, or read `%`. So all but letters, digits, `_` and `-` become `~` and the
 * hexadecimal digits of their bytes: `=main:k:a` is `~3Dmain~3Ak~3Aa`.
 */
export function nameOf(key: string): string {
  const escape = (text: string): string =>
    Array.from(
      nameEncoder.encode(text),
      (byte) => `~${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    ).join("");
  const name = key.replace(/[^\w-]+/g, escape);
  if (name.length <= MAX_NAME) return BASE + name;
  return `${BASE}${name.slice(0, NAME_HEAD)}~~${sha256(nameEncoder.encode(key)).slice(0, HASH_DIGITS)}`;
}

/** One adapter for each storage, since operations on one adapter are atomic within the process. */
const adapters = new WeakMap<object, KeyvAdapter>();

/** @throws {CacheError} `option-value` if the argument is not a storage, or its driver cannot write. */
export function adapterOf(storage: UnstorageInstance | undefined): KeyvAdapter {
  const methods = ["getItem", "getItems", "setItem", "removeItem", "getKeys"] as const;
  const missing = methods.find((method) => typeof storage?.[method] !== "function");
  if (!storage || missing !== undefined) {
    const message = `unstorage() takes a Storage of unstorage, but this has no \`${missing}\`; write unstorage(createStorage({ driver }), { … }).`;
    throw new CacheError("option-value", message);
  }
  const driver = driverFor(storage);
  if (driver && typeof driver.setItem !== "function") {
    const message = `unstorage() cannot write with the driver ${driver.name ?? "of this storage"}, which only reads; mount another one.`;
    throw new CacheError("option-value", message);
  }
  let adapter = adapters.get(storage);
  if (!adapter) adapters.set(storage, (adapter = createAdapter(storage)));
  return adapter;
}

export const driverFor = (storage: UnstorageInstance): UnstorageDriver | undefined =>
  storage.getMount?.(BASE).driver;

function createAdapter(storage: UnstorageInstance): KeyvAdapter {
  const limit = new Limit(MAX_CONCURRENT);
  const read = async (names: readonly string[]): Promise<readonly unknown[]> => {
    const found = new Map<string, unknown>();
    for (let at = 0; at < names.length; at += MAX_CONCURRENT) {
      const items = await storage.getItems(names.slice(at, at + MAX_CONCURRENT));
      for (const { key, value } of items) found.set(key, value);
    }
    return names.map((name) => found.get(name));
  };
  return {
    get: (key) => storage.getItem(nameOf(key)),
    getMany: (keys) => read(keys.map(nameOf)),
    set(key, value, ttl) {
      const options = ttl === undefined ? {} : { ttl: Math.max(MIN_TTL_S, Math.ceil(ttl / 1000)) };
      return limit.run(() => storage.setItem(nameOf(key), value, options));
    },
    delete: (key) => limit.run(() => storage.removeItem(nameOf(key))),
    async *iterator() {
      const names = await storage.getKeys(BASE);
      for (let at = 0; at < names.length; at += MAX_CONCURRENT) {
        const chunk = names.slice(at, at + MAX_CONCURRENT);
        const values = await read(chunk);
        yield* chunk.map((name, index) => [name, values[index]]);
      }
    },
  };
}
