import { now } from "./clock.ts";
import { MISS, open, seal, type Codec } from "./codec.ts";
import { concatBytes, toUtf8 } from "./codec-bytes.ts";
import type { Data } from "./driver.ts";

/** A result that was found. */
export interface Found {
  /** Milliseconds since it stopped being fresh; negative while it is, and for what is fresh as long as it is there. */
  readonly age: number;
  /** The value, another one for each who asks: what one caller changes is no other's. */
  take(): unknown;
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

/** Reads what was stored for a result; `undefined` for what was written by something else, or is broken. */
export function readResult(data: Data, codec: Codec): Found | undefined {
  const stamped = readStamp(data);
  if (!stamped) return undefined;
  const { sealed, freshUntil } = stamped;
  let value = open(codec, sealed);
  if (value === MISS) return undefined;
  let taken = false;
  const take = (): unknown => {
    if (taken) value = open(codec, sealed);
    taken = true;
    return value;
  };
  return { age: now() - freshUntil, take };
}

function readStamp(data: Data): { readonly sealed: Data; readonly freshUntil: number } | undefined {
  const first = typeof data === "string" ? data.charCodeAt(0) : data[0];
  if (first !== STAMP_CODE) return { sealed: data, freshUntil: Infinity };
  const head =
    typeof data === "string" ? data.slice(0, LONGEST) : String.fromCharCode(...data.subarray(0, LONGEST));
  const stamp = /^~(\d+) /.exec(head);
  if (!stamp) return undefined;
  const { length } = stamp[0];
  const sealed = typeof data === "string" ? data.slice(length) : data.subarray(length);
  return { sealed, freshUntil: Number(stamp[1]) };
}
