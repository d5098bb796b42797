/** A recursive function that depends on more than its key. */

export const state = { factor: 1, fails: false };

// @cached allow=module-state
export function changing(n: number): number {
  if (state.fails) throw new Error("down");
  return n === 0 ? state.factor : changing(n - 1);
}
