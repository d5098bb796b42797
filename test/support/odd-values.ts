/** Values that are not what they look like, or that say of themselves what makes their key. */
import { cacheKey } from "../../runtime/key/index.ts";

/** An instance whose key is the amount, whatever that is. */
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
/** Gives an object a property that is not enumerable. */
export const hidden = <T extends object>(target: T, name: PropertyKey, value: unknown): T =>
  Object.defineProperty(target, name, { value, enumerable: false });
/** Gives an object another prototype, which makes it no other object. */
export const disguised = (target: object, prototype: object): object =>
  Object.setPrototypeOf(target, prototype) as object;

/** An alternation of arrays and objects, so many levels deep. */
export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
  return value;
}
