import { now } from "../platform/clock.ts";
import { MISS, open, seal, type Codec } from "../codec/codec.ts";
import { concatBytes, toUtf8 } from "../codec/bytes.ts";
import type { Data } from "../contract/driver.ts";

/** A result that was found. Who else wants it reads it again: what one caller changes is no other's. */
export interface StoredResult {
  /** Milliseconds since it stopped being fresh; negative while it is, and for what is fresh as long as it is there. */
  readonly age: number;
  readonly value: unknown;
}

/** Starts what says until when a result is fresh: `~`, milliseconds since the epoch, a space. */
const STAMP = "~";
const STAMP_CODE = 126;
/** No stamp is longer. */
const LONGEST = 24;

/**
 * What is stored for a result. Where it may be given when it is stale, it says until when it is fresh; otherwise
 * the store's own expiry does.
 *
 * @throws {CacheError} `unstorable`.
 */
export function writeResult(value: unknown, codec: Codec, freshUntil: number | undefined): Data {
  const sealed = seal(codec, value);
  if (freshUntil === undefined || freshUntil === Infinity) return sealed;
  const stamp = `${STAMP}${Math.ceil(freshUntil)} `;
  return typeof sealed === "string" ? stamp + sealed : concatBytes(toUtf8(stamp), sealed);
}

/**
 * Reads what was stored for a result, from `start` on; `undefined` for what was written by something else, or is
 * broken.
 */
export function readResult(data: Data, start: number, codec: Codec): StoredResult | undefined {
  const text = textIn(data, start, codec);
  // What happens to be text may have been bytes to a serializer.
  return (text !== undefined ? read(text, codec) : undefined) ?? read(from(data, start), codec);
}

function read(data: Data, codec: Codec): StoredResult | undefined {
  const first = typeof data === "string" ? data.charCodeAt(0) : data[0];
  if (first === STAMP_CODE) return readStamped(data, codec);
  const value = open(codec, data);
  return value === MISS ? undefined : { age: -Infinity, value };
}

function readStamped(data: Data, codec: Codec): StoredResult | undefined {
  const head =
    typeof data === "string" ? data.slice(0, LONGEST) : String.fromCharCode(...data.subarray(0, LONGEST));
  const stamp = /^~(\d+) /.exec(head);
  if (!stamp) return undefined;
  const value = open(codec, from(data, stamp[0].length));
  return value === MISS ? undefined : { age: now() - Number(stamp[1]), value };
}

const from = (data: Data, start: number): Data => {
  if (start === 0) return data;
  return typeof data === "string" ? data.slice(start) : data.subarray(start);
};

const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** These write bytes. */
const PACKED: readonly string[] = ["msgpack", "v8"];

/**
 * The same as text, where it is; `undefined` for what is not quite text, which bytes tell exactly.
 *
 * Measured: most results are JSON, and in a text its parts are found and compared in half of the time.
 */
function textIn(data: Data, start: number, codec: Codec): string | undefined {
  if (!buffers || !(data instanceof buffers) || PACKED.includes(codec.name)) return undefined;
  const text = data.toString("utf8", start);
  return text.includes("\ufffd") ? undefined : text;
}
