/** The classes of `configure({ classes })`, whose instances have a key and can be stored. */
import type { ClassCodec } from "../contract/class-codec.ts";
import { shared } from "../platform/shared.ts";
import { isSame } from "./same.ts";

/** A configured class. */
export interface KnownClass extends Pick<ClassCodec, "encode" | "decode"> {
  /** Its name in keys and stored entries, percent-encoded. */
  readonly tag: string;
  readonly prototype: object;
}

interface Classes {
  /** Never changed, only replaced. */
  byPrototype: ReadonlyMap<unknown, KnownClass>;
  byTag: ReadonlyMap<string, KnownClass>;
}

export const classes: Classes = /* @__PURE__ */ shared("classes", () => ({
  byPrototype: new Map(),
  byTag: new Map(),
}));

/** Returns the instance that was encoded. Throws if it is none, and what `decode` throws. */
export function restoreInstance({ decode, prototype }: KnownClass, encoded: unknown): object {
  const instance = decode(encoded);
  if (typeof instance === "object" && Object.getPrototypeOf(instance) === prototype) return instance;
  throw new TypeError("`decode` returned no instance of the class");
}

/**
 * Whether a copy is equal to the instance that was encoded. Private fields are invisible to the comparison, so both must
 * also encode alike.
 */
export const isCopyOf = ({ encode }: KnownClass, instance: object, encoded: unknown, copy: object): boolean =>
  isSame(copy, instance) && isSame(encode(copy), encoded);
