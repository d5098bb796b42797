/** Bytes of a pointer or a number. */
const SLOT_BYTES = 8;
/** Bytes of a text or an object, besides what is in it; also of the items of a list, and of a slot in a table. */
const HEADER_BYTES = 24;
/** Bytes of an object without properties, such as a date. */
const OPAQUE_BYTES = 96;
/** An object with more properties has a table with their names. */
const MAX_SHAPE_NAMES = 128;

/** Most parts of one object, and about the most objects at one depth, that are counted. */
const SAMPLE_PARTS = 32;
const SAMPLE_OBJECTS = 64;
const MAX_NESTING = 100;
/** Most objects that are counted if some refer to each other in a circle. */
const MAX_OBJECTS = 5000;

/** The objects that contain the current one; in a value with circles, all that were counted. */
let counted: Set<unknown>;
let hasCircle = false;
/** A fraction that differs at each object: which of its parts are counted. */
let offset = 0;

/**
 * Estimates the memory that a value takes, in bytes, besides its own slot. Runs no getters.
 *
 * A small value is counted in full. A large one takes microseconds, whatever its size: some parts of a list stand for
 * the others, and deeper down some of the objects. Usual values are estimated within a factor of two. An object counts
 * wherever it is referred to, unless there are circles: these have no end, so in such a value each object counts once.
 */
export function sizeOf(value: unknown): number {
  try {
    const bytes = estimate(value, SAMPLE_OBJECTS);
    return hasCircle ? estimate(value, Infinity) : bytes;
  } catch {
    return OPAQUE_BYTES; // A trap of a proxy may throw.
  }
}

function estimate(value: unknown, share: number): number {
  counted = new Set();
  hasCircle = false;
  return bytesOf(value, share);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** @param share about how many objects at each depth below this one are counted; `Infinity` for all */
export function bytesOf(value: unknown, share = 0, depth = 0): number {
  if (typeof value === "string") {
    const { length } = value;
    // All letters of a text take two bytes if one of them is not in Latin-1. Looks at eight.
    for (let at = 0; at < length; at += (length >> 3) + 1)
      if (value.charCodeAt(at) > 0xff) return HEADER_BYTES + 2 * length;
    return HEADER_BYTES + length;
  }
  if (typeof value === "bigint") return HEADER_BYTES + (value.toString(16).length >> 1);
  if (!isObject(value)) return 0;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return OPAQUE_BYTES + value.byteLength;
  if (depth > MAX_NESTING) hasCircle = true;
  if (depth > MAX_NESTING || counted.size >= MAX_OBJECTS) return 0;
  counted.add(value);
  const start = (offset = (offset + 0.618) % 1);
  const most = share === Infinity ? share : SAMPLE_PARTS;
  const parts: unknown[] = [];
  let size: number;
  let bytes = HEADER_BYTES;
  if (value instanceof Map || value instanceof Set) {
    ({ size } = value);
    bytes = OPAQUE_BYTES;
    // The pairs of a map count as arrays. They take as much as a slot in its table.
    for (const part of value) if (parts.push(part) >= most) break;
  } else {
    const names = Array.isArray(value) ? undefined : Object.keys(value);
    size = (names ?? (value as unknown[])).length;
    if (!names) bytes += HEADER_BYTES;
    else if (size === 0) bytes = OPAQUE_BYTES;
    else if (size > MAX_SHAPE_NAMES) bytes += OPAQUE_BYTES * size;
    const step = Math.max(1, size / most);
    for (let at = start * step; at < size; at += step) {
      const part = Math.floor(at);
      parts.push(
        names ? Object.getOwnPropertyDescriptor(value, names[part]!)?.value : (value as unknown[])[part],
      );
    }
  }
  let content = 0;
  const objects = parts.filter((part) => {
    if (!isObject(part)) content += bytesOf(part);
    else if (!counted.has(part)) return true;
    else hasCircle = true;
    return false;
  });
  const { length } = objects;
  const chosen = Math.min(length, Math.max(1, Math.floor(share)));
  for (let i = 0; i < chosen; i++)
    content +=
      (bytesOf(objects[Math.floor(((i + start) * length) / chosen)], share / chosen, depth + 1) * length) /
      chosen;
  if (share !== Infinity) counted.delete(value);
  return bytes + SLOT_BYTES * size + (content * size) / (parts.length || 1);
}
