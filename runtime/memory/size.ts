/** Bytes of a pointer or a number. */
const SLOT_BYTES = 8;
/** Bytes of an object without its properties. */
const HEADER_BYTES = 24;

/** A longer array is treated as sparse: only the items that exist are counted. */
const MAX_DENSE_ITEMS = 10_000_000;

/**
 * Estimates the memory that a value takes, in bytes, including everything that it refers to. Runs no getters. An object
 * that several values share is counted for each of them.
 *
 * @example
 * sizeOf("abc");              // 3: Latin-1 takes one byte per character, other texts two
 * sizeOf(new Uint8Array(9));  // 33
 */
export function sizeOf(value: unknown): number {
  const seen = new Set<object>();
  const open: object[] = [];
  let bytes = 0;
  const add = (part: unknown): void => {
    if (typeof part === "string") bytes += textSize(part);
    else if (typeof part === "bigint") bytes += SLOT_BYTES + part.toString(16).length / 2;
    else if ((typeof part === "object" && part !== null) || typeof part === "function") {
      if (seen.has(part)) return;
      seen.add(part);
      open.push(part);
    } else bytes += SLOT_BYTES;
  };
  add(value);
  for (let next = open.pop(); next; next = open.pop()) {
    bytes += HEADER_BYTES;
    try {
      bytes += contentBytes(next);
      addParts(next, add);
    } catch {
      // A trap of a proxy may throw.
    }
  }
  return bytes;
}

const textSize = (text: string): number => (/[^\0-\xff]/.test(text) ? 2 : 1) * text.length;

/** Returns the bytes of content that is not in properties. */
function contentBytes(object: object): number {
  if (ArrayBuffer.isView(object)) return object.byteLength;
  if (object instanceof ArrayBuffer) return object.byteLength;
  if (object instanceof URL) return textSize(object.href);
  return object instanceof RegExp ? textSize(object.source) : 0;
}

function addParts(object: object, add: (part: unknown) => void): void {
  if (ArrayBuffer.isView(object) || typeof object === "function") return;
  if (Array.isArray(object) && object.length <= MAX_DENSE_ITEMS) return object.forEach(add);
  if (object instanceof Map) {
    for (const pair of object) pair.forEach(add);
  } else if (object instanceof Set) {
    for (const item of object) add(item);
  }
  for (const key of Object.keys(object)) {
    add(key);
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property && "value" in property) add(property.value);
  }
}
