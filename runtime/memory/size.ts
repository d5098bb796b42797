/** How much memory values take, about: what bounds by bytes go by. */

/** Pointers, small numbers, and what an object has besides its properties. */
const SLOT = 8;
const HEAD = 24;

/** Beyond so many items of one array it is sparse, and only those that are there are counted. */
const DENSE = 10_000_000;

/**
 * Estimates the bytes that a value takes, all that it refers to included. Runs no getter; what is shared with
 * other values counts in each.
 *
 * @example
 * sizeOf("abc");              // 3: letters of Latin-1 take one byte each, others two
 * sizeOf(new Uint8Array(9));  // 33
 */
export function sizeOf(value: unknown): number {
  const seen = new Set<object>();
  const open: object[] = [];
  let bytes = 0;
  const add = (part: unknown): void => {
    if (typeof part === "string") bytes += textSize(part);
    else if (typeof part === "bigint") bytes += SLOT + part.toString(16).length / 2;
    else if ((typeof part === "object" && part !== null) || typeof part === "function") {
      if (seen.has(part)) return;
      seen.add(part);
      open.push(part);
    } else bytes += SLOT;
  };
  add(value);
  for (let next = open.pop(); next; next = open.pop()) {
    bytes += HEAD;
    try {
      bytes += ownBytes(next);
      addParts(next, add);
    } catch {
      // A proxy may refuse to be looked at.
    }
  }
  return bytes;
}

const textSize = (text: string): number => (/[^\0-\xff]/.test(text) ? 2 : 1) * text.length;

/** Bytes of what stands in no property. */
function ownBytes(object: object): number {
  if (ArrayBuffer.isView(object)) return object.byteLength;
  if (object instanceof ArrayBuffer) return object.byteLength;
  if (object instanceof URL) return textSize(object.href);
  return object instanceof RegExp ? textSize(object.source) : 0;
}

function addParts(object: object, add: (part: unknown) => void): void {
  if (ArrayBuffer.isView(object) || typeof object === "function") return;
  if (Array.isArray(object) && object.length <= DENSE) return object.forEach(add);
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
