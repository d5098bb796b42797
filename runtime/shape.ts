import type { KeyPart } from "./internal.ts";

const { toString } = Object.prototype;

/**
 * Tells an object that is told from others by its own enumerable string properties alone, so that emitted code
 * may take these for slots: no prototype but the usual one, no symbols, no tag of another kind.
 */
export function plain(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    toString.call(value) === "[object Object]" &&
    Object.getOwnPropertySymbols(value).length === 0
  );
}

/** Slots of which one, at least, is not of the shape that its type says: one for each part, found by text. */
export class Whole {
  readonly slots: readonly unknown[];

  constructor(slots: readonly unknown[]) {
    this.slots = slots;
  }
}

/** What makes the key of a call: a slot for each property of a shape, or whole parts. */
export type Slots = readonly unknown[] | Whole;

/** Says that slots are whole. */
export function whole(slots: readonly unknown[]): Whole {
  return new Whole(slots);
}

/** A property of a shape that may be missing. */
export const isOptional = (name: string): boolean => name.endsWith("?");

/** How many slots a part takes. */
export function widthOf({ fields, shape }: KeyPart): number {
  return shape ? shape.length + (shape.some(isOptional) ? 1 : 0) : (fields?.length ?? 1);
}

/** The slots with every shape put together again: what key text is made of. */
export function assemble(parts: readonly KeyPart[], slots: Slots): readonly unknown[] {
  if (slots instanceof Whole) return slots.slots;
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
