/**
 * Serializers, and the envelope around what they write.
 *
 *     generic/1 10:={"id":7}      name/version, length, `:` for text or `|` for bytes, and then the value
 *     "mine" 3|…                  a serializer of the user's own is quoted, so that it is never taken for one of ours
 *
 * What does not start with the name and version of the serializer that is to read it, is longer or shorter than
 * it says, or makes the serializer throw, is a miss. There is no checksum: what comes out of a store was cut
 * short or written by somebody else, and the length and the syntax tell; a bit that flips on the way is the
 * business of TCP and of the store.
 */
import { concatBytes, fromUtf8, isWellFormed, toUtf8 } from "./bytes.ts";
import { decodeGeneric, encodeGeneric, encodeJson } from "./generic.ts";
import { loadMsgpack, loadV8 } from "./binary.ts";
import { unstorable } from "./unstorable.ts";
import { CacheError } from "../contract/errors.ts";
import { suggest } from "../contract/suggest.ts";
import { isThenable } from "../platform/is-thenable.ts";

/** Makes text or bytes of a value, and the value of them. */
export interface Codec {
  readonly name: string;
  /** Throws on a value that would not come back as it is. */
  encode(value: unknown): string | Uint8Array;
  /** Gets what `encode` gave, as a text or as bytes. Throws on what it cannot read. */
  decode(data: string | Uint8Array): unknown;
}

/** What {@link open} gives where there is nothing to read. */
export const MISS: unique symbol = Symbol("miss");

/** Raised when the form changes, so that entries of before are misses. */
const VERSION = 1;

/** Built-in codecs by name; `msgpack` and `v8` are added when they are first asked for. */
const known = new Map<string, Codec>();
const heads = new WeakMap<Codec, string>();

const LOADERS: Readonly<Record<string, () => Promise<Codec> | Codec>> = {
  generic: () => ({ name: "generic", encode: encodeGeneric, decode: (data) => decodeGeneric(text(data)) }),
  json: () => ({ name: "json", encode: encodeJson, decode: (data) => JSON.parse(text(data)) as unknown }),
  msgpack: loadMsgpack,
  v8: loadV8,
  string: () => ({ name: "string", encode: encodeString, decode: text }),
};

/**
 * Returns a serializer by its name; `msgpack` the first time as a promise, since it is loaded then.
 *
 * @throws {CacheError} `option-value` for an unknown name, `unavailable` for `v8` without `node:v8`. Rejects with
 * `peer-missing` for `msgpack` if msgpackr is not installed.
 *
 * @example
 * const codec = await codecNamed("json");
 */
export function codecNamed(name: string): Codec | Promise<Codec> {
  const found = known.get(name);
  if (found) return found;
  if (!Object.hasOwn(LOADERS, name)) throw unknownName(name);
  const loaded = LOADERS[name]!();
  return loaded instanceof Promise ? loaded.then(enter) : enter(loaded);
}

function enter(codec: Codec): Codec {
  // Two first calls at once load twice; what the first one got is kept.
  const first = known.get(codec.name);
  if (first) return first;
  known.set(codec.name, codec);
  heads.set(codec, `${codec.name}/${VERSION} `);
  return codec;
}

function unknownName(name: string): CacheError {
  const names = Object.keys(LOADERS);
  const near = suggest(name, names);
  return new CacheError(
    "option-value",
    `There is no serializer "${name}". ${near ? `Did you mean "${near}"? ` : ""}Known are ${names.join(", ")}; or give one of your own as { name, encode, decode }.`,
  );
}

/**
 * Returns what is stored for a value.
 *
 * @throws {CacheError} `unstorable`, with the place in the value and what is wrong with it, if the value would
 * not come back equal (`util.isDeepStrictEqual`). What a serializer of the user's own gives is not looked at,
 * but that it is text or bytes.
 *
 * @example
 * seal(await codecNamed("json"), { id: 7 }); // 'json/1 8:{"id":7}'
 */
export function seal(codec: Codec, value: unknown): string | Uint8Array {
  let data: unknown;
  try {
    data = codec.encode(value);
  } catch (error) {
    throw unstorable(error, value, codec.name);
  }
  const head = headOf(codec);
  if (typeof data === "string") {
    // One half of a pair has no UTF-8, and would come back as something else. JSON escapes it.
    if (codec === known.get("json") || codec === known.get("generic") || isWellFormed(data)) {
      return `${head}${data.length}:${data}`;
    }
    throw gave(codec, "a text with one half of a surrogate pair, which cannot be written as UTF-8");
  }
  if (data instanceof Uint8Array) return concatBytes(toUtf8(`${head}${data.length}|`), data);
  if (isThenable(data)) {
    ignoreRejection(data);
    throw gave(codec, "a promise; `encode` has to give text or bytes at once");
  }
  throw gave(codec, `what is neither text nor bytes (${typeof data})`);
}

const gave = (codec: Codec, what: string): CacheError =>
  new CacheError("unstorable", `The value cannot be stored: the serializer "${codec.name}" gave ${what}.`);

/**
 * Returns the value of what was stored, or {@link MISS} for what this serializer did not write. Never throws.
 *
 * @example
 * open(await codecNamed("json"), 'json/1 8:{"id":7}'); // { id: 7 }
 * open(await codecNamed("json"), 'json/1 8:{"id":');   // MISS
 */
export function open(codec: Codec, data: string | Uint8Array): unknown {
  try {
    const payload = typeof data === "string" ? fromText(headOf(codec), data) : fromBytes(headOf(codec), data);
    if (payload === undefined) return MISS;
    const value = codec.decode(payload);
    if (!isThenable(value)) return value;
    ignoreRejection(value);
    return MISS;
  } catch {
    return MISS;
  }
}

function headOf(codec: Codec): string {
  let head = heads.get(codec);
  if (head === undefined) {
    head = `${JSON.stringify(codec.name)} `;
    heads.set(codec, head);
  }
  return head;
}

const COLON = 58;
const BAR = 124;

function fromText(head: string, data: string): string | undefined {
  if (!data.startsWith(head)) return undefined;
  const end = digitsEnd(head.length, (i) => data.charCodeAt(i));
  if (data.charCodeAt(end) !== COLON) return undefined;
  const payload = data.slice(end + 1);
  return data.slice(head.length, end) === String(payload.length) ? payload : undefined;
}

function fromBytes(head: string, data: Uint8Array): string | Uint8Array | undefined {
  const start = toUtf8(head);
  for (let i = 0; i < start.length; i++) if (data[i] !== start[i]) return undefined;
  const end = digitsEnd(start.length, (i) => data[i]);
  const length = String.fromCharCode(...data.subarray(start.length, end));
  let payload: string | Uint8Array | undefined;
  if (data[end] === COLON) payload = fromUtf8(data, end + 1);
  // A copy: what is read keeps no other reply alive, and nobody changes what a store holds.
  else if (data[end] === BAR) payload = Uint8Array.prototype.slice.call(data, end + 1);
  return payload !== undefined && length === String(payload.length) ? payload : undefined;
}

/** No length has more digits than these. */
const MOST_DIGITS = 16;

function digitsEnd(start: number, codeAt: (index: number) => number | undefined): number {
  let end = start;
  while (end - start < MOST_DIGITS && ((codeAt(end) ?? 0) ^ 48) < 10) end++;
  return end;
}

/** Handles the rejection of a promise that is not awaited: unhandled, it would end the process. */
function ignoreRejection(promise: PromiseLike<unknown>): void {
  if (promise instanceof Promise) promise.catch(() => undefined);
}

function text(data: string | Uint8Array): string {
  if (typeof data !== "string") throw new TypeError("bytes in place of text");
  return data;
}

function encodeString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new CacheError(
    "unstorable",
    'The value cannot be stored by the serializer "string": it is no string. Give one, or leave `serializer` out.',
  );
}
