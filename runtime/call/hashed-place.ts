import { withoutTrailing } from "../key/shape.ts";
import { enableObjectHashes } from "../key/hash-objects.ts";
import { hashSlots } from "../key/hash.ts";
import { enableObjectKeys } from "../key/objects.ts";
import type { Slots, UnshapedSlots } from "../key/slots.ts";
import { keyPlaceOfHash, type KeyPlace } from "../memory/trie.ts";
import type { Unkeyable } from "../key/encode.ts";
import type { CachedFunction } from "./cached-function.ts";
import { isHeard } from "./events.ts";
import { features } from "./features.ts";
import { enableKeyTexts } from "./key-text.ts";

/** Lets memory find keys by their hash that would take much space: those with a long text. */
export function enableHashes(): void {
  features.hashes ??= { hasObjects: false, hashOf, find, placeOf, forget };
}

/** Adds objects to the values that have a key, and lets memory find such keys by their hash. */
export function enableBuiltInKeys(): void {
  enableObjectKeys();
  enableObjectHashes();
  enableKeyTexts();
  // Not those of another copy of the runtime after those of this one: they would find other entries, and old ones again.
  if (!features.hashes?.hasObjects) features.hashes = { hasObjects: true, hashOf, find, placeOf, forget };
}

/** A lookup that found nothing. The slow path comes next, and takes the hash from here. */
interface Missed {
  readonly cachedFn: CachedFunction;
  readonly slots: readonly unknown[];
  readonly hash: string | undefined;
}
let missed: Missed | undefined;

function forget(): void {
  missed = undefined;
}

const hashOf = (
  cachedFn: CachedFunction,
  values: readonly unknown[],
  isUnshaped = false,
): string | undefined =>
  cachedFn.root.recordHashes?.find(values) ??
  hashSlots(withoutTrailing(cachedFn.spec.parts, values), isUnshaped);

function find(cachedFn: CachedFunction, slots: readonly unknown[]): number {
  const hash = hashOf(cachedFn, slots);
  const entry = hash === undefined ? -1 : cachedFn.tier.getText(hash);
  missed = entry < 0 ? { cachedFn, slots, hash } : undefined;
  return entry;
}

/** The text of a key takes much longer to make than its hash: it is made only if a listener gets it. */
function placeOf(
  cachedFn: CachedFunction,
  slots: Slots,
  isUnshaped: boolean,
): KeyPlace | Unkeyable | undefined {
  // Empty from here on, so that it keeps no argument alive.
  const known = missed;
  missed = undefined;
  const { events, remote } = cachedFn.store!;
  if (remote) return undefined;
  // No `instanceof`: the slots may be those of another copy of the runtime.
  const values = isUnshaped ? (slots as UnshapedSlots).slots : (slots as readonly unknown[]);
  // A getter that runs in between may make another call.
  const isKnown =
    !isUnshaped &&
    known?.cachedFn === cachedFn &&
    known.slots.length === values.length &&
    known.slots.every((slot, index) => Object.is(slot, values[index]));
  const hash = isKnown ? known.hash : hashOf(cachedFn, values, isUnshaped);
  if (hash === undefined) return undefined;
  const byText = isHeard(events) ? features.keyTexts?.(cachedFn, slots) : undefined;
  return byText && "unkeyable" in byText ? byText : keyPlaceOfHash(hash, byText?.a as string | undefined);
}
