/** The stored form of a function's result: the sealed value, with the time until which it is fresh before it. */
import { prependText } from "../codec/bytes.ts";
import { MISS, open, seal, type Codec } from "../codec/codec.ts";
import type { Data } from "../contract/driver.ts";
import { now } from "../platform/clock.ts";
import { hasTags, TAGS_LENGTH } from "./tag-revisions.ts";

/** A result from the store. Each caller decodes its own, so that changes to one value do not show in another. */
export interface StoredResult {
  /** Milliseconds since the result became stale; negative while it is fresh. `-Infinity` without a fresh-until stamp. */
  readonly age: number;
  readonly value: unknown;
}

/** Starts a fresh-until stamp: `~`, milliseconds since the epoch, a space. */
const STAMP = "~";
const STAMP_CODE = 126;
const MAX_STAMP_LENGTH = 24;

/**
 * Encodes a result. A function with `swr` or `sie` passes `freshUntil`, which precedes the value; without it the
 * result is fresh until it expires.
 *
 * @throws {CacheError} `unstorable`.
 */
export function writeResult(value: unknown, codec: Codec, freshUntil: number | undefined): Data {
  const sealed = seal(codec, value);
  if (freshUntil === undefined || freshUntil === Infinity) return sealed;
  return prependText(`${STAMP}${Math.ceil(freshUntil)} `, sealed);
}

/** Decodes a result from `start` on; `undefined` if another program wrote the data, or if it is damaged. */
export function readResult(data: Data, start: number, codec: Codec): StoredResult | undefined {
  if (hasTags(data, start)) return readResult(data, start + TAGS_LENGTH, codec);
  const text = textIn(data, start, codec);
  // Bytes that happen to be valid UTF-8 may be the output of a serializer that writes bytes.
  return (
    (text !== undefined ? decodeResult(text, codec) : undefined) ??
    decodeResult(sliceData(data, start), codec)
  );
}

function decodeResult(data: Data, codec: Codec): StoredResult | undefined {
  const first = typeof data === "string" ? data.charCodeAt(0) : data[0];
  if (first === STAMP_CODE) return decodeStamped(data, codec);
  const value = open(codec, data);
  return value === MISS ? undefined : { age: -Infinity, value };
}

function decodeStamped(data: Data, codec: Codec): StoredResult | undefined {
  const head =
    typeof data === "string"
      ? data.slice(0, MAX_STAMP_LENGTH)
      : String.fromCharCode(...data.subarray(0, MAX_STAMP_LENGTH));
  const stamp = /^~(\d+) /.exec(head);
  if (!stamp) return undefined;
  const value = open(codec, sliceData(data, stamp[0].length));
  return value === MISS ? undefined : { age: now() - Number(stamp[1]), value };
}

const sliceData = (data: Data, start: number): Data => {
  if (start === 0) return data;
  return typeof data === "string" ? data.slice(start) : data.subarray(start);
};

const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** The serializers that write bytes. */
const BINARY_SERIALIZERS: readonly string[] = ["msgpack", "v8"];

/**
 * The data as text; `undefined` if it is not valid UTF-8, or if its serializer writes bytes.
 *
 * Most results are JSON. Measured: finding and comparing the parts of an entry takes half the time in a string.
 */
function textIn(data: Data, start: number, codec: Codec): string | undefined {
  if (!buffers || !(data instanceof buffers) || BINARY_SERIALIZERS.includes(codec.name)) return undefined;
  const text = data.toString("utf8", start);
  return text.includes("\ufffd") ? undefined : text;
}
