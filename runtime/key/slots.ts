/** Slots of a call with an argument that does not have the shape of its type: one slot per part, found by text. */
export class UnshapedSlots {
  readonly slots: readonly unknown[];

  constructor(slots: readonly unknown[]) {
    this.slots = slots;
  }
}

/** The values that make the key of a call: one slot for each property of a shape, or {@link UnshapedSlots}. */
export type Slots = readonly unknown[] | UnshapedSlots;

export function unshaped(slots: readonly unknown[]): UnshapedSlots {
  return new UnshapedSlots(slots);
}
