/**
 * The words of explanations: `aotcache explain` and `list`, the inspector's page, and the documentation of
 * `cacheOf(fn).explain()` say the same thing in the same words.
 */
export const WORDS = {
  key: "key",
  extras: "besides the arguments",
  omitted: "left out",
  options: "options",
  store: "kept in",
} as const;

/** Where a part of a key comes from that is no argument. */
export const ORIGINS = { capture: "captured from the enclosing function", this: "of the receiver" } as const;

/** How objects under the option `identity` make keys. */
export const IDENTITY_WORDS = "objects told apart by ===, entries freed with them";

/** Where results are kept, by the kind of the store. */
const STORES: Readonly<Record<string, string>> = {
  default: "default cache",
  memory: "memory",
  instance: "memory of each instance",
};

/** A cache, as the compiler knows it. */
export interface StoreInWords {
  /** `default`, `backend`, `memory` or `instance`. */
  readonly kind: string;
  readonly alias?: string | undefined;
}

/** Where results are kept. */
export const storeWords = ({ kind, alias }: StoreInWords): string => STORES[kind] ?? `backend ${alias}`;

/** A name and what is said of it: `logger (ignore=)`. */
export const withReason = (name: string, reason: string): string => `${name} (${reason})`;
