/** Classes as packages have them, and how `configure({ classes })` names them. */
import type { ClassCodec } from "aotcache";

/** Like that of decimal.js: an own property refers to the class, and the tag is its own. */
export class Decimal {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
    Object.defineProperty(this, "constructor", { value: Decimal, enumerable: true });
  }
  get [Symbol.toStringTag](): string {
    return "[object Decimal]";
  }
  toString(): string {
    return this.digits;
  }
  toJSON(): string {
    return this.digits;
  }
}

/** Like those of Temporal: what it holds is private, so `isDeepStrictEqual` finds all instances equal. */
export class Instant {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  get ms(): number {
    return this.#ms;
  }
}

/** Is encoded as a list, of which one item is an instance of another class. */
export class Price {
  readonly amount: Decimal;
  readonly currency: string;
  constructor(amount: string, currency: string) {
    this.amount = new Decimal(amount);
    this.currency = currency;
  }
}

/** Another class of the name `Decimal`, as the second copy of a package has one. */
export const OtherDecimal: typeof Decimal = (() => {
  const made = class Decimal {
    readonly digits: string;
    constructor(digits: string) {
      this.digits = digits;
    }
  };
  return made as typeof Decimal;
})();

export const DECIMAL: ClassCodec = {
  class: Decimal,
  encode: (decimal: Decimal) => decimal.toString(),
  decode: (text: string) => new Decimal(text),
};
export const INSTANT: ClassCodec = {
  class: Instant,
  encode: (instant: Instant) => instant.ms,
  decode: (ms: number) => new Instant(ms),
};
export const PRICE: ClassCodec = {
  class: Price,
  encode: ({ amount, currency }: Price) => [amount, currency],
  decode: ([amount, currency]: [Decimal, string]) => new Price(amount.digits, currency),
};
export const OTHER_DECIMAL: ClassCodec = {
  ...DECIMAL,
  class: OtherDecimal,
  encode: ({ digits }: Decimal) => digits,
  name: "other/Decimal",
  decode: (text: string) => new OtherDecimal(text),
};
export const ALL: readonly ClassCodec[] = [DECIMAL, INSTANT, PRICE, OTHER_DECIMAL];
