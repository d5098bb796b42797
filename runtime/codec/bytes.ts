/** Converts between bytes and text, with `Buffer` if the platform has it, and otherwise with `btoa` and `atob`. */

/** `Buffer`, or `undefined` on platforms without it. */
export const buffers: typeof Buffer | undefined = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** Bytes per call of `String.fromCharCode`. The number of arguments of a call is limited. */
const CHUNK_BYTES = 0x8000;

/** Encodes bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  if (buffers) return buffers.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK_BYTES));
  }
  return btoa(text);
}

/** Returns a copy of bytes, or the bytes of base64, in a buffer of their own. Throws for anything else. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== "string" || value.length % 4 !== 0) throw new TypeError("not bytes or base64");
  const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0;
  const bytes = buffers
    ? new Uint8Array(buffers.from(value, "base64"))
    : Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  // A Buffer skips invalid characters.
  if (bytes.length !== (value.length / 4) * 3 - padding) throw new TypeError("not base64");
  return bytes;
}

/** Copies bytes into shared memory. */
export function sharedBytes(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

const encoder = new TextEncoder();
// `ignoreBOM` keeps a byte order mark at the start of a text as a character.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Encodes text as UTF-8. */
export const toUtf8 = (text: string): Uint8Array => encoder.encode(text);

/** `Buffer.toString()` without a look-up of the encoding, which takes as long as the rest for a short text. */
interface SlicedBytes extends Uint8Array {
  readonly utf8Slice?: (start: number, end: number) => string;
}

/** Decodes UTF-8 from an offset on. Throws for invalid UTF-8. */
export function fromUtf8(bytes: SlicedBytes, start: number): string {
  // A Buffer decodes faster, but replaces invalid bytes by U+FFFD. Only if there is one, the strict decoder decides.
  const text = bytes.utf8Slice?.(start, bytes.length);
  return text === undefined || text.includes("\ufffd") ? decoder.decode(bytes.subarray(start)) : text;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Tells whether a text has no lone surrogates, so that UTF-8 can represent it. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/** Puts a text before data. */
export const prependText = (text: string, data: string | Uint8Array): string | Uint8Array =>
  typeof data === "string" ? text + data : concatBytes(toUtf8(text), data);

/** Concatenates bytes. Returns a `Buffer` if the platform has it, because clients of stores expect one. */
export function concatBytes(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const size = head.length + tail.length;
  const bytes = buffers ? buffers.allocUnsafe(size) : new Uint8Array(size);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
