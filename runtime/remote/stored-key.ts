/** How keys become names in a store, within the limits of its driver. */
import type { Limits } from "../contract/driver.ts";
import { percentEncode } from "../key/encode.ts";
import { checksumHash, continueHash } from "./key-checksum.ts";

const utf8Encoder = /* @__PURE__ */ new TextEncoder();

/** A character that a store with `plainKeys` rejects: white space, a control character, or one beyond ASCII. */
const NOT_PLAIN = /[^\x21-\x7e]/;

/** The parts of a stored name. */
export interface KeyParts {
  /** The namespace of the cache and the kind of key, by which `clear()` finds it. It is never hashed here. */
  readonly scope: string;
  /** The function. It is hashed only if it leaves no space for the hash of the rest. */
  readonly head: string;
  /** The arguments, or a key of `cache.set()`. It is hashed first. */
  readonly rest: string;
}

/**
 * The name under which a key is stored. If it is too long for the store, or has characters that the store rejects,
 * the rest is replaced by 160 bits of SHA-256, and the head stays readable.
 *
 * A part that starts like a hash is always hashed itself, so that no key can equal the hash of another one.
 */
export function storedKey(parts: KeyParts, limits: Limits): string | Promise<string> {
  const { scope, head, rest } = parts;
  const whole = scope + head + rest;
  const isWhole = !isHash(rest) && !isHash(head) && fits(whole, limits) && hasReadableHead(parts, limits);
  return isWhole ? whole : shortened(parts, limits);
}

/**
 * Names the keys of one head: a short key, as most are, without checking the head again. Concurrent requests for the
 * name of a long key share one hash.
 */
export class KeyNames {
  readonly #parts: Omit<KeyParts, "rest">;
  readonly #limits: Limits;
  /** Scope and head; `undefined` if the head is hashed. */
  readonly #start: string | undefined;
  /** The `checksumHash` of that. */
  #hash: number | undefined;
  readonly #hashing = new Map<string, Promise<string>>();

  constructor(parts: Omit<KeyParts, "rest">, limits: Limits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#start = hasReadableHead(parts, limits) ? parts.scope + parts.head : undefined;
  }

  /** The name that {@link storedKey} returns. */
  of(rest: string): string | Promise<string> {
    const { keyBytes, plainKeys } = this.#limits;
    if (this.#start !== undefined && !isHash(rest) && !(plainKeys && NOT_PLAIN.test(rest))) {
      const whole = this.#start + rest;
      if (whole.length * 3 <= keyBytes) return whole;
    }
    return this.#hashing.get(rest) ?? this.#hashed(rest);
  }

  /** The `checksumHash` of a name. Measured: to find out that it starts like the last one takes most of the time. */
  hashOf(name: string): number {
    if (this.#start === undefined) return checksumHash(name);
    return continueHash((this.#hash ??= checksumHash(this.#start)), name, this.#start.length);
  }

  #hashed(rest: string): string | Promise<string> {
    const name = storedKey({ ...this.#parts, rest }, this.#limits);
    if (typeof name === "string") return name;
    const shared = name.finally(() => this.#hashing.delete(rest));
    this.#hashing.set(rest, shared);
    return shared;
  }
}

/**
 * The start of all stored names of a cache: its namespace, or `@:` without one. The `@` is escaped in a namespace, so
 * the names of a cache with a namespace never equal those of a cache without one.
 */
export function storedScope(namespace: string | undefined, limits: Limits): string | Promise<string> {
  if (namespace === undefined) return "@:";
  const scope = `${percentEncode(namespace)}:`;
  const reduced = { ...limits, keyBytes: limits.keyBytes - 2 * HASH_LENGTH - 4 };
  return fits(scope, reduced) ? scope : hash(namespace).then((digest) => `@#${digest}:`);
}

/** The start of all stored names of a head. */
export async function storedHead(parts: Omit<KeyParts, "rest">, limits: Limits): Promise<string> {
  const { scope, head } = parts;
  return hasReadableHead(parts, limits) ? scope + head : `${scope}#${await hash(head)}(`;
}

/** Whether the head stays readable in all its names: it leaves space for the hash of the rest. */
function hasReadableHead({ scope, head }: Omit<KeyParts, "rest">, limits: Limits): boolean {
  return !isHash(head) && fits(scope + head, { ...limits, keyBytes: limits.keyBytes - HASH_LENGTH });
}

async function shortened(parts: KeyParts, limits: Limits): Promise<string> {
  const [head, rest] = await Promise.all([storedHead(parts, limits), hash(parts.rest)]);
  return `${head}#${rest}`;
}

/** `#` and 40 hexadecimal digits. */
const HASH_LENGTH = 41;

const isHash = (text: string): boolean => text.charCodeAt(0) === 35;

function fits(key: string, { keyBytes, plainKeys }: Limits): boolean {
  // UTF-8 takes at most three bytes per code unit, so most keys need not be encoded to be measured.
  if (key.length * 3 > keyBytes && utf8Encoder.encode(key).length > keyBytes) return false;
  return !plainKeys || !NOT_PLAIN.test(key);
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8Encoder.encode(text)));
  return Array.from(digest.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
