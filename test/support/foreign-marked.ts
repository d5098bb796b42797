/** Marked functions whose inputs and results are instances of a class that the compiler's option `classes` names. */
// Not from "./": each form of this module would get a class of its own.
import { Decimal } from "../support/foreign-classes.ts";

let runs = 0;

// @cached allow=module-state,cheap
export const total = (_lines: readonly { price: Decimal; count: number }[], _rate: Decimal): number => ++runs;

// @cached allow=module-state,cheap
export const ofLine = (_line: { price: Decimal; count: number }): number => ++runs;

export class Shop {
  readonly rate: Decimal;
  constructor(rate: string) {
    this.rate = new Decimal(rate);
  }
  // @cached this=rate allow=module-state,cheap
  gross(_net: number): number {
    return ++runs;
  }
}

export const netAt = (rate: Decimal): ((gross: number) => string) => {
  // @cached allow=cheap
  const net = (gross: number): string => `${gross} at ${rate.toString()}`;
  return net;
};

// @cached backend=foreign allow=module-state,cheap
export async function stored(gross: Decimal): Promise<{ gross: Decimal; run: number }> {
  return { gross, run: ++runs };
}
