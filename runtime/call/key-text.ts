/** The texts of a function's keys. Apart from `CachedFunction`, so that a bundle has them only if it needs them. */
import { encodeArguments, encodeHead, type Unkeyable } from "../key/encode.ts";
import { assembleSlots, withoutTrailing } from "../key/shape.ts";
import { type Slots } from "../key/slots.ts";
import { keyPlaceOfText, slotsOf, type KeyPlace } from "../memory/trie.ts";
import type { CachedFunction } from "./cached-function.ts";
import { features } from "./features.ts";

/** Finds keys by their text that have no hash, and tells why a call has no key. */
export function enableKeyTexts(): void {
  features.keyTexts ??= (cachedFn, slots) => {
    const text = argumentText(cachedFn, slots);
    return typeof text === "string" ? keyPlaceOfText(text) : text;
  };
}

/** The start of the function's key texts: `namespace:name@version(`. */
export const headOf = (cachedFn: CachedFunction): string =>
  (cachedFn.keyHead ??= encodeHead(cachedFn.spec.id));

/** `namespace:name@version`. */
export const idOf = (cachedFn: CachedFunction): string => headOf(cachedFn).slice(0, -1);

/** The text of a key, or the name of the part that cannot be part of a key. */
export function keyText(cachedFn: CachedFunction, slots: Slots): string | Unkeyable {
  const text = argumentText(cachedFn, slots);
  return typeof text === "string" ? `${headOf(cachedFn)}${text})` : text;
}

/** The part of the key text between the parentheses. */
export const argumentText = (cachedFn: CachedFunction, slots: Slots): string | Unkeyable =>
  encodeArguments(cachedFn.spec.parts, keyValues(cachedFn, slots));

/** The values that make the key text: objects rebuilt from shapes, without trailing `undefined` if uncompiled. */
export const keyValues = ({ spec }: CachedFunction, slots: Slots): readonly unknown[] =>
  withoutTrailing(spec.parts, assembleSlots(spec.parts, slots));

/** The key text of an entry or a flight; `undefined` if it is found by its hash and nobody needed the text. */
export function keyTextAt(cachedFn: CachedFunction, place: KeyPlace): string | undefined {
  const text = argumentTextAt(cachedFn, place);
  return text && headOf(cachedFn) + text;
}

/** The key text after the head; see {@link keyTextAt}. */
export function argumentTextAt(cachedFn: CachedFunction, place: KeyPlace): string | undefined {
  const slots = slotsOf(place, cachedFn.depth);
  if (slots === undefined) return undefined;
  return `${(typeof slots === "string" ? slots : argumentText(cachedFn, slots)) as string})`;
}
