import type { Limits } from "../contract/driver.ts";
import { percentEncode } from "../key/encode.ts";

const utf8 = /* @__PURE__ */ new TextEncoder();

/** What a store with plain keys does not take: white space, control characters, anything beyond ASCII. */
const NOT_PLAIN = /[^\x21-\x7e]/;

/** The parts of a key's name in a store. */
export interface KeyParts {
  /** What always stays: the cache's namespace and the kind of key, by which `clear()` finds it. */
  readonly scope: string;
  /** What stays if there is room: the function. */
  readonly head: string;
  /** What a hash may stand for: the arguments, or a key of `cache.set`. */
  readonly rest: string;
}

/**
 * The name under which a key is stored, within the limits of its store: a long one, or one with characters that
 * the store does not take, keeps its readable head and has the rest replaced by 160 bits of SHA-256.
 *
 * A part that looks like a hash is replaced by its own, so that nobody can name a key like the hash of another.
 */
export function storedKey(parts: KeyParts, limits: Limits): string | Promise<string> {
  const { scope, head, rest } = parts;
  const whole = scope + head + rest;
  const isWhole = !isHash(rest) && !isHash(head) && fits(whole, limits) && hasReadableHead(parts, limits);
  return isWhole ? whole : shortened(parts, limits);
}

/**
 * Names the keys of one head: a short one, as most are, without another look at what all of them start with. Those
 * who ask for a long one at the same time wait for one hash.
 */
export class KeyNames {
  readonly #parts: Omit<KeyParts, "rest">;
  readonly #limits: Limits;
  /** What a whole key starts with; `undefined` where the head itself is replaced. */
  readonly #start: string | undefined;
  readonly #hashing = new Map<string, Promise<string>>();

  constructor(parts: Omit<KeyParts, "rest">, limits: Limits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#start = hasReadableHead(parts, limits) ? parts.scope + parts.head : undefined;
  }

  /** The same as {@link storedKey} gives. */
  of(rest: string): string | Promise<string> {
    const { keyBytes, plainKeys } = this.#limits;
    if (this.#start !== undefined && !isHash(rest) && !(plainKeys && NOT_PLAIN.test(rest))) {
      const whole = this.#start + rest;
      if (whole.length * 3 <= keyBytes) return whole;
    }
    return this.#hashing.get(rest) ?? this.#name(rest);
  }

  #name(rest: string): string | Promise<string> {
    const name = storedKey({ ...this.#parts, rest }, this.#limits);
    if (typeof name === "string") return name;
    const named = name.finally(() => this.#hashing.delete(rest));
    this.#hashing.set(rest, named);
    return named;
  }
}

/**
 * What all keys of a cache start with: its namespace, or `@:` without one. No namespace starts with an `@`, which
 * is escaped in it, so none can be named like the keys of a cache that has none.
 */
export function storedScope(namespace: string | undefined, limits: Limits): string | Promise<string> {
  if (namespace === undefined) return "@:";
  const scope = `${percentEncode(namespace)}:`;
  const room = { ...limits, keyBytes: limits.keyBytes - 2 * HASH_LENGTH - 4 };
  return fits(scope, room) ? scope : hash(namespace).then((digest) => `@#${digest}:`);
}

/** What all keys of a head start with. */
export async function storedHead(parts: Omit<KeyParts, "rest">, limits: Limits): Promise<string> {
  const { scope, head } = parts;
  return hasReadableHead(parts, limits) ? scope + head : `${scope}#${await hash(head)}(`;
}

/** Whether all keys of a head start with it as it is: there is room behind it for what replaces the rest. */
function hasReadableHead({ scope, head }: Omit<KeyParts, "rest">, limits: Limits): boolean {
  return !isHash(head) && fits(scope + head, { ...limits, keyBytes: limits.keyBytes - HASH_LENGTH });
}

async function shortened(parts: KeyParts, limits: Limits): Promise<string> {
  const [head, rest] = await Promise.all([storedHead(parts, limits), hash(parts.rest)]);
  return `${head}#${rest}`;
}

/** `#` and 40 digits. */
const HASH_LENGTH = 41;

const isHash = (text: string): boolean => text.charCodeAt(0) === 35;

function fits(key: string, { keyBytes, plainKeys }: Limits): boolean {
  // Three bytes a code unit is the most that UTF-8 takes, so most keys are not encoded to be measured.
  if (key.length * 3 > keyBytes && utf8.encode(key).length > keyBytes) return false;
  return !plainKeys || !NOT_PLAIN.test(key);
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8.encode(text)));
  return Array.from(digest.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
