import type { KeyPart } from "../contract/spec.ts";
import { widthOf } from "../contract/spec.ts";

const { toString } = Object.prototype;
const { assign, getPrototypeOf, hasOwn, seal, setPrototypeOf } = Object;

/** Stands in a {@link shapeBuffer} for a property that is not there. */
export const missing: unique symbol = Symbol("none");

/** Something of a value is being read, which may run code of its owner, which may call us again. */
let taking = false;

/** Scratches that an object had too much for, and whether there are any. */
const overflown = /* @__PURE__ */ new WeakSet();
let isAnyOverflown = false;

/** Makes what the properties of objects of one shape are copied to, again and again. */
export function shapeBuffer<S extends object>(names: S): S {
  // Without a prototype, or `__proto__` would be a property that it has.
  return seal(setPrototypeOf(names, null) as S);
}

/** A scratch that nobody is in the middle of using. */
export function availableBuffer<S extends object>(own: S): S {
  return taking ? shapeBuffer({ ...own }) : own;
}

/**
 * Copies the properties of an object to a scratch; false for what is told from others by more than these: another
 * prototype, another tag, one property too many.
 *
 * A sealed object takes no property that it has not, a symbol neither, so `assign` throws for one too many. Asking
 * for names and symbols first takes twice as long (`getOwnPropertySymbols` alone 37 ns, this 20), and reads each
 * property a second time. But an error takes microseconds: where there was one, names are looked at first.
 */
export function readShape(into: object, value: unknown): boolean {
  const before = taking;
  taking = true;
  try {
    if (typeof value !== "object" || value === null || getPrototypeOf(value) !== Object.prototype)
      return false;
    if (toString.call(value) !== "[object Object]") return false;
    if (isAnyOverflown && overflown.has(into)) {
      for (const name in value) if (!hasOwn(into, name)) return false;
    }
    assign(into, value);
    return true;
  } catch {
    isAnyOverflown = true;
    overflown.add(into);
    return false; // a getter that throws is left to whoever reads it next
  } finally {
    taking = before;
  }
}

/** Slots of which one, at least, is not of the shape that its type says: one for each part, found by text. */
export class UnshapedSlots {
  readonly slots: readonly unknown[];

  constructor(slots: readonly unknown[]) {
    this.slots = slots;
  }
}

/** What makes the key of a call: a slot for each property of a shape, or whole parts. */
export type Slots = readonly unknown[] | UnshapedSlots;

/** Says that slots are whole. */
export function unshaped(slots: readonly unknown[]): UnshapedSlots {
  return new UnshapedSlots(slots);
}

/** The slots with every shape put together again: what key text is made of. */
export function assemble(parts: readonly KeyPart[], slots: Slots): readonly unknown[] {
  if (slots instanceof UnshapedSlots) return slots.slots;
  if (!parts.some(({ shape }) => shape)) return slots;
  let next = 0;
  return parts.flatMap((part) => {
    const own = slots.slice(next, (next += widthOf(part)));
    return part.shape ? [assembleShape(part.shape, own)] : own;
  });
}

function assembleShape(shape: readonly string[], slots: readonly unknown[]): object {
  const values = slots.slice(slots.length - shape.length);
  const present = slots.length > shape.length ? (slots[0] as number) : -1;
  const entries = shape.map((name, index) => [name.replace("?", ""), values[index]] as const);
  return Object.fromEntries(entries.filter((_, index) => present & (1 << index)));
}
