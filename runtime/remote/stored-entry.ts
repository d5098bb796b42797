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
  const from = hasTags(data, start) ? start + TAGS_LENGTH : start;
  const isStamped = (typeof data === "string" ? data.charCodeAt(from) : data[from]) === STAMP_CODE;
  return isStamped ? readStamped(data, from, codec) : readFresh(data, from, codec);
}

function readFresh(data: Data, start: number, codec: Codec): StoredResult | undefined {
  const value = open(codec, data, start);
  return value === MISS ? undefined : { age: -Infinity, value };
}

function readStamped(data: Data, start: number, codec: Codec): StoredResult | undefined {
  const part = data.slice(start, start + MAX_STAMP_LENGTH);
  const head = typeof part === "string" ? part : String.fromCharCode(...part);
  const stamp = /^~(\d+) /.exec(head);
  if (!stamp) return undefined;
  const value = open(codec, data, start + stamp[0].length);
  return value === MISS ? undefined : { age: now() - Number(stamp[1]), value };
}
