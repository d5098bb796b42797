/**
 * Serializers, and the envelope around their output.
 *
 *     generic/1 10:={"id":7}      name/version, length, `:` for text or `|` for bytes, and the value
 *     "mine" 3|…                  a custom serializer: quoted, so that it cannot be mistaken for a built-in one
 *
 * Stored data is a miss if it does not start with the name and version of the serializer, does not have the stated
 * length, or makes the serializer throw. The envelope has no checksum of the value: data that was cut short or written by
 * another program is detected by its length and syntax, and TCP and the store protect against flipped bits.
 */
import { CacheError } from "../contract/errors.ts";
import { suggest } from "../contract/suggest.ts";
import { isThenable } from "../platform/is-thenable.ts";
import { loadMsgpack, loadV8 } from "./binary.ts";
import { concatBytes, fromUtf8, isWellFormed, toUtf8 } from "./bytes.ts";
import { isEqual } from "./equal.ts";
import { decodeGeneric, encodeGeneric, encodeJson } from "./generic.ts";
import { unstorable } from "./unstorable.ts";

/** Converts values to text or bytes, and back. */
export interface Codec {
  readonly name: string;
  /** Throws for a value that would not be the same after decoding. */
  encode(value: unknown): string | Uint8Array;
  /** Receives the output of `encode`, a text as text and bytes as bytes. Throws for data that it cannot read. */
  decode(data: string | Uint8Array): unknown;
}

/** Returned by {@link open} for data that the serializer did not write. */
export const MISS: unique symbol = Symbol("miss");

/** Incremented when the format of a built-in serializer changes, so that older entries are misses. */
const FORMAT_VERSION = 1;

/** Built-in codecs by name. Each is added on its first use. */
const builtInCodecs = new Map<string, Codec>();

/** How the output of a codec begins. */
interface Head {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly isBuiltIn: boolean;
}

const heads = new WeakMap<Codec, Head>();

const LOADERS: Readonly<Record<string, () => Promise<Codec> | Codec>> = {
  generic: () => ({ name: "generic", encode: encodeGeneric, decode: (data) => decodeGeneric(asText(data)) }),
  json: () => ({ name: "json", encode: encodeJson, decode: (data) => JSON.parse(asText(data)) as unknown }),
  msgpack: loadMsgpack,
  v8: loadV8,
  string: () => ({ name: "string", encode: encodeString, decode: asText }),
};

/**
 * Returns a built-in serializer. The first call for `msgpack` returns a promise, because it loads msgpackr.
 *
 * @throws {CacheError} `option-value` for an unknown name, `unavailable` for `v8` without `node:v8`. Rejects with
 * `peer-missing` if msgpackr is not installed.
 *
 * @example
 * const codec = await codecNamed("json");
 */
export function codecNamed(name: string): Codec | Promise<Codec> {
  const found = builtInCodecs.get(name);
  if (found) return found;
  if (!Object.hasOwn(LOADERS, name)) throw unknownName(name);
  const loaded = LOADERS[name]!();
  return loaded instanceof Promise ? loaded.then(addCodec) : addCodec(loaded);
}

function addCodec(codec: Codec): Codec {
  // Two concurrent first calls load the codec twice. The first result is used for both.
  const first = builtInCodecs.get(codec.name);
  if (first) return first;
  builtInCodecs.set(codec.name, codec);
  addHead(codec, `${codec.name}/${FORMAT_VERSION} `, true);
  return codec;
}

function unknownName(name: string): CacheError {
  const names = Object.keys(LOADERS);
  const near = suggest(name, names);
  return new CacheError(
    "option-value",
    `There is no serializer "${name}". ${near ? `Did you mean "${near}"? ` : ""}Write one of ${names.join(", ")}, or your own as { name, encode, decode }.`,
  );
}

/**
 * Returns the text or bytes to store for a value: the serializer's output in its envelope.
 *
 * @throws {CacheError} `unstorable` if the decoded value would not be equal (`util.isDeepStrictEqual`), with the place
 * in the value and the reason. What a custom serializer wrote is read back to compare it.
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
  const { text: head } = headOf(codec);
  if (typeof data === "string") {
    // UTF-8 cannot represent a lone surrogate. The JSON of the built-in serializers escapes it.
    const isEscaped = codec === builtInCodecs.get("json") || codec === builtInCodecs.get("generic");
    if (!isEscaped && !isWellFormed(data))
      throw invalidOutput(
        codec,
        "a text with one half of a surrogate pair, which cannot be written as UTF-8",
      );
    return readingBack(codec, value, `${head}${data.length}:${data}`);
  }
  if (data instanceof Uint8Array)
    return readingBack(codec, value, concatBytes(toUtf8(`${head}${data.length}|`), data));
  if (isThenable(data)) {
    ignoreRejection(data);
    throw invalidOutput(codec, "a promise; `encode` must return text or bytes synchronously");
  }
  throw invalidOutput(codec, `neither text nor bytes (${typeof data})`);
}

/** Returns the sealed value. @throws {CacheError} `unstorable` if a custom serializer reads another value from it */
function readingBack<T extends string | Uint8Array>(codec: Codec, value: unknown, sealed: T): T {
  if (builtInCodecs.get(codec.name) === codec || isEqual(open(codec, sealed), value)) return sealed;
  throw new CacheError(
    "unstorable",
    `The value cannot be stored: the serializer "${codec.name}" reads another value than it wrote; make \`decode\` return what \`encode\` got.`,
  );
}

const invalidOutput = (codec: Codec, what: string): CacheError =>
  new CacheError(
    "unstorable",
    `The value cannot be stored: the serializer "${codec.name}" returned ${what}.`,
  );

/**
 * Returns the value of stored data, or {@link MISS} for data that this serializer did not write. Never throws.
 *
 * @param start where the data begins
 *
 * @example
 * open(await codecNamed("json"), 'json/1 8:{"id":7}'); // { id: 7 }
 * open(await codecNamed("json"), 'json/1 8:{"id":');   // MISS
 */
export function open(codec: Codec, data: string | Uint8Array, start = 0): unknown {
  try {
    const head = headOf(codec);
    const payload =
      typeof data === "string"
        ? fromText(head.text, start === 0 ? data : data.slice(start))
        : fromBytes(head.bytes, data, start);
    if (payload === undefined) return MISS;
    const value = codec.decode(payload);
    if (head.isBuiltIn || !isThenable(value)) return value;
    ignoreRejection(value);
    return MISS;
  } catch {
    return MISS;
  }
}

/** The codec that was used last, and its head: most are used for many values in a row. */
let lastCodec: Codec | undefined;
let lastHead: Head;

function headOf(codec: Codec): Head {
  if (codec === lastCodec) return lastHead;
  const head = heads.get(codec) ?? addHead(codec, `${JSON.stringify(codec.name)} `, false);
  lastCodec = codec;
  return (lastHead = head);
}

function addHead(codec: Codec, text: string, isBuiltIn: boolean): Head {
  const head = { text, bytes: toUtf8(text), isBuiltIn };
  heads.set(codec, head);
  return head;
}

const ZERO = 48;
const COLON = 58;
const BAR = 124;

/** Maximum number of digits of a length. */
const MAX_LENGTH_DIGITS = 16;

function fromText(head: string, data: string): string | undefined {
  if (!data.startsWith(head)) return undefined;
  const end = data.indexOf(":", head.length);
  if (end < 0 || end - head.length > MAX_LENGTH_DIGITS) return undefined;
  const payload = data.slice(end + 1);
  return data.slice(head.length, end) === String(payload.length) ? payload : undefined;
}

/** Reads the length byte by byte. Measured: the same in a text takes twice as long. */
function fromBytes(head: Uint8Array, data: Uint8Array, start: number): string | Uint8Array | undefined {
  for (let i = 0; i < head.length; i++) if (data[start + i] !== head[i]) return undefined;
  const first = start + head.length;
  let end = first;
  let length = 0;
  for (; end - first < MAX_LENGTH_DIGITS; end++) {
    const digit = data[end]! - ZERO;
    // Also false behind the end of the data.
    if (!(digit >= 0 && digit < 10)) break;
    length = 10 * length + digit;
  }
  if (end === first || (data[first] === ZERO && end > first + 1)) return undefined;
  let payload: string | Uint8Array | undefined;
  if (data[end] === COLON) payload = fromUtf8(data, end + 1);
  // A copy, because `data` may be part of a larger reply, or the store's own memory.
  else if (data[end] === BAR) payload = Uint8Array.prototype.slice.call(data, end + 1);
  return payload?.length === length ? payload : undefined;
}

/** Handles the rejection of a promise that is not awaited: unhandled, it would end the process. */
function ignoreRejection(promise: PromiseLike<unknown>): void {
  if (promise instanceof Promise) promise.catch(() => undefined);
}

function asText(data: string | Uint8Array): string {
  if (typeof data !== "string") throw new TypeError("not text");
  return data;
}

function encodeString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new CacheError(
    "unstorable",
    'The value cannot be stored by the serializer "string": it is not a string. Use strings, or leave `serializer` out.',
  );
}
