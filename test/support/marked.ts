/**
 * A marked function for each kind of parameter for which the emitted code differs. Each run returns a new
 * number, so equal results mean one entry. Tests also pass values that the types do not allow.
 */
let runs = 0;

interface Query {
  prefix: string;
  country?: string;
}
type Flags = Partial<Record<"a" | "b" | "c", boolean | null>>;
type Unit = "m" | "ft";

// @cached allow=module-state max=1000000
export const primitive = (_p: string): number => ++runs;
// @cached allow=module-state max=1000000
export const required = (_p: { a: number; b: string }): number => ++runs;
// @cached allow=module-state max=1000000
export const optional = (_p: Query): number => ++runs;
// @cached allow=module-state max=1000000
export const allOptional = (_p: Flags): number => ++runs;
// @cached allow=module-state max=1000000
export const single = (_p: { a: number | string | bigint }): number => ++runs;
// @cached allow=module-state max=1000000
export const narrow = (_p: { a: Unit; b: 1 | 2 | null }): number => ++runs;
// @cached allow=module-state max=1000000
export const nested = (_p: { a: { b: number }; c: string[] }): number => ++runs;
// @cached allow=module-state max=1000000
export const list = (_p: readonly { a: number }[]): number => ++runs;
// @cached allow=module-state max=1000000
export const defaulted = (_p: { a?: number } = {}): number => ++runs;
// @cached allow=module-state,parameter-unproved max=1000000
export const unproved = (_p: unknown): number => ++runs;
