import { REST_PART_NAME, widthOf, type KeyPart } from "../contract/spec.ts";
import { isUnshapedSlots, type Slots } from "./slots.ts";

const { toString } = Object.prototype;
const { assign, getPrototypeOf, hasOwn, seal, setPrototypeOf } = Object;

/**
 * The value in a {@link shapeBuffer} of a property that the object does not have. All copies of the runtime have the
 * same, as one may hash what another has read.
 */
export const missing: unique symbol = Symbol.for("aotcache.absent");

/** Whether an object is being read. This may run a getter, which may call a cached function. */
let isReading = false;

/** Buffers for which an object had too many properties, and whether there are any. */
const overflowed = /* @__PURE__ */ new WeakSet();
let hasOverflowed = false;

/** Creates a reusable object, to which the properties of objects of one shape are copied. */
export function shapeBuffer<S extends object>(names: S): S {
  // Without a prototype: otherwise the buffer would accept `__proto__`.
  return seal(setPrototypeOf(names, null) as S);
}

/** Returns the function's own buffer, or a new one while an object is being read. */
export function availableBuffer<S extends object>(own: S): S {
  return isReading ? shapeBuffer({ ...own }) : own;
}

/**
 * Copies the properties of an object to a shape buffer. Returns `false` if the object is not of that shape: it has
 * another prototype, another tag, or a property too many.
 *
 * A sealed object accepts no new property, including symbols, so `assign` throws for a property too many. Listing names
 * and symbols first takes twice as long (`getOwnPropertySymbols` alone takes 37 ns, this takes 20 ns), and reads each
 * property a second time. But an error takes microseconds, so after the first one the names are checked first.
 */
export function readShape(buffer: object, value: unknown): boolean {
  const wasReading = isReading;
  isReading = true;
  try {
    if (typeof value !== "object" || value === null || getPrototypeOf(value) !== Object.prototype)
      return false;
    if (toString.call(value) !== "[object Object]") return false;
    if (hasOverflowed && overflowed.has(buffer)) {
      for (const name in value) if (!hasOwn(buffer, name)) return false;
    }
    assign(buffer, value);
    return true;
  } catch {
    hasOverflowed = true;
    overflowed.add(buffer);
    return false; // A getter that threw does so again for the next reader.
  } finally {
    isReading = wasReading;
  }
}

/** Returns one value per part, with an object for each shape. Key text is made of these values. */
export function assembleSlots(parts: readonly KeyPart[], slots: Slots): readonly unknown[] {
  if (isUnshapedSlots(slots)) return slots.slots;
  if (!parts.some(({ shape }) => shape)) return slots;
  let next = 0;
  return parts.flatMap((part) => {
    const partSlots = slots.slice(next, (next += widthOf(part)));
    return part.shape ? [assembleShape(part.shape, partSlots)] : partSlots;
  });
}

/** The slots without `undefined` at the end, if the function is not compiled. */
export function withoutTrailing(parts: readonly KeyPart[], slots: readonly unknown[]): readonly unknown[] {
  let { length } = slots;
  if (parts.at(-1)?.name === REST_PART_NAME) while (length > 0 && slots[length - 1] === undefined) length--;
  return length < slots.length ? slots.slice(0, length) : slots;
}

function assembleShape(shape: readonly string[], slots: readonly unknown[]): object {
  const values = slots.slice(slots.length - shape.length);
  const present = slots.length > shape.length ? (slots[0] as number) : -1;
  const entries = shape.map((name, index) => [name.replace("?", ""), values[index]] as const);
  return Object.fromEntries(entries.filter((_, index) => present & (1 << index)));
}
