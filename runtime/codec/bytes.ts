/** Bytes as text and back, with what the platform has: `Buffer` where there is one, else `btoa` and `atob`. */
export const buffers: typeof Buffer | undefined = (globalThis as { Buffer?: typeof Buffer }).Buffer;

/** `atob` and `btoa` know characters, and a call takes only so many arguments. */
const CHUNK = 0x8000;

/** Writes bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  if (buffers) return buffers.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  }
  return btoa(text);
}

/** Returns new bytes, alone in their buffer, from base64 or from other bytes. Throws on anything else. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value !== "string" || value.length % 4 !== 0) throw new TypeError("no bytes");
  const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0;
  const bytes = buffers
    ? new Uint8Array(buffers.from(value, "base64"))
    : Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  // What is no base64 a Buffer leaves out.
  if (bytes.length !== (value.length / 4) * 3 - padding) throw new TypeError("no base64");
  return bytes;
}

/** Returns the same bytes in memory that can be shared. */
export function sharedBytes(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

const encoder = new TextEncoder();
// A byte order mark at the start of a text is a character of it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes text as UTF-8. */
export const toUtf8 = (text: string): Uint8Array => encoder.encode(text);

/** Reads UTF-8 from an offset on. Throws on what is none. */
export function fromUtf8(bytes: Uint8Array, start: number): string {
  // A Buffer reads faster, and puts U+FFFD where it could not: then, and only then, the strict way tells.
  if (buffers && bytes instanceof buffers) {
    const text = bytes.toString("utf8", start);
    if (!text.includes("\ufffd")) return text;
  }
  return decoder.decode(bytes.subarray(start));
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Tells whether a text comes back from UTF-8 as it was. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text);

/** Returns both, one behind the other: a `Buffer` where there are such, which is what clients take. */
export function concatBytes(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const size = head.length + tail.length;
  const bytes = buffers ? buffers.allocUnsafe(size) : new Uint8Array(size);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
