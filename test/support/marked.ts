/**
 * A marked function for each kind of parameter that emitted code treats in a way of its own; each run gives
 * another number, so that equal answers mean one entry. Values come in whatever the type says.
 */
let runs = 0;

interface Query {
  prefix: string;
  country?: string;
}
type Flags = Partial<Record<"a" | "b" | "c", boolean | null>>;
enum Unit {
  Metre = "m",
  Foot = "ft",
}

// @cached allow=module-state max=1000000
export const primitive = (p: string): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const required = (p: { a: number; b: string }): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const optional = (p: Query): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const allOptional = (p: Flags): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const single = (p: { a: number | string | bigint }): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const narrow = (p: { a: Unit; b: 1 | 2 | null }): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const nested = (p: { a: { b: number }; c: string[] }): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const list = (p: readonly { a: number }[]): number => (p, ++runs);
// @cached allow=module-state max=1000000
export const defaulted = (p: { a?: number } = {}): number => (p, ++runs);
// @cached allow=module-state,parameter-unproved max=1000000
export const unproved = (p: unknown): number => (p, ++runs);
