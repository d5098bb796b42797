/** Slots of a call with an argument that does not have the shape of its type: one slot per part, found by text. */
export interface UnshapedSlots {
  readonly slots: readonly unknown[];
}

/** The values that make the key of a call: one slot for each property of a shape, or {@link UnshapedSlots}. */
export type Slots = readonly unknown[] | UnshapedSlots;

/** Tells the two apart. No class does, as another copy of the runtime may have made them. */
export const isUnshapedSlots = (slots: Slots): slots is UnshapedSlots => !Array.isArray(slots);

export function unshaped(slots: readonly unknown[]): UnshapedSlots {
  return { slots };
}
