/** Values with a changed prototype, hidden properties, or a method that returns their key. */
import { cacheKey } from "../../runtime/key/index.ts";

/** Its key is the amount, which may be any value. */
export class Money {
  readonly amount: unknown;
  constructor(amount: unknown) {
    this.amount = amount;
  }
  [cacheKey](): unknown {
    return this.amount;
  }
}

/** A copy without a prototype. */
export const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties);
/** Adds a property that is not enumerable. */
export const hidden = <T extends object>(target: T, name: PropertyKey, value: unknown): T =>
  Object.defineProperty(target, name, { value, enumerable: false });
/** Replaces the prototype of an object in place. */
export const disguised = (target: object, prototype: object): object =>
  Object.setPrototypeOf(target, prototype) as object;

/** Arrays and objects that alternate, nested to this number of levels. */
export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
  return value;
}
