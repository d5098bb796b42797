/** Keys with objects that are told apart by `===` instead of by what is in them. */
import { argumentText } from "./key-text.ts";
import { isByIdentity } from "../contract/spec.ts";
import { identityTexts, type Unkeyable } from "../key/encode.ts";
import { isUnshapedSlots, type Slots } from "../key/slots.ts";
import {
  hasIdentity,
  type IdentityEntry,
  type IdentityKey,
  IdentityPlace,
  IdentityTier,
} from "../memory/identity-tier.ts";
import type { Tier, TierMaker } from "../memory/tier.ts";
import { BY_TEXT, normalize } from "../memory/trie.ts";
import { shared } from "../platform/shared.ts";
import type { CachedFunction } from "./cached-function.ts";
import { isHeard } from "./events.ts";
import { features } from "./features.ts";

/** Enables the option `identity`. */
export function enableIdentity(): void {
  identityTexts.write = (value) => (hasIdentity(value) ? write(value) : undefined);
  features.identity ??= { tierFor, placeOf };
}

const numbers = /* @__PURE__ */ shared("identityNumbers", () => ({
  of: new WeakMap<object, number>(),
  last: 0,
}));

/** The text of an object: `#1`. It keeps its number for the life of the process. */
function write(value: object): string {
  let number = numbers.of.get(value);
  if (number === undefined) numbers.of.set(value, (number = ++numbers.last));
  return `#${number}`;
}

function tierFor({ spec }: CachedFunction): TierMaker | undefined {
  if (!spec.parts.some(({ identity }) => identity)) return undefined;
  const slots: number[] = [];
  let next = 0;
  for (const part of spec.parts)
    for (const field of part.fields ?? [part.name]) {
      if (isByIdentity(part, field)) slots.push(next);
      next++;
    }
  return (depth, max) => new IdentityTier(depth, max, { slots, write });
}

/** The tier of a function with the option `identity`. */
const tierOf = ({ tier }: CachedFunction): IdentityTier | undefined =>
  "first" in tier ? (tier as IdentityTier) : undefined;

/** Writes the slots besides the objects as keys of maps; `undefined` if they are kept as a hash, and have none. */
function pathOf(cachedFn: CachedFunction, path: readonly unknown[], length: number): unknown[] | undefined {
  if (length <= cachedFn.depth && cachedFn.fits(path)) return path.map(normalize);
  const hash = features.hashes?.hashOf(cachedFn, path);
  return hash === undefined ? undefined : [BY_TEXT, hash];
}

function placeOf(cachedFn: CachedFunction, slots: Slots): IdentityPlace | Unkeyable | undefined {
  const tier = tierOf(cachedFn);
  if (!tier || isUnshapedSlots(slots)) return undefined;
  const key = tier.split(slots);
  if (key.mask === 0) return undefined;
  const path = pathOf(cachedFn, key.path, slots.length);
  const isSlots = path !== undefined && path[0] !== BY_TEXT;
  const text =
    path === undefined || (!isSlots && isHeard(cachedFn.store!.events))
      ? argumentText(cachedFn, slots)
      : undefined;
  if (typeof text === "object") return text;
  return new IdentityPlace(
    { ...key, path: path ?? [BY_TEXT, text] },
    { write: (all) => argumentText(cachedFn, all), tier, text: isSlots ? undefined : text },
  );
}

/** A hit: the tier, or an entry of objects. Emitted code reads the result from either in the same way. */
type Hit = Tier | IdentityEntry;

/** Finds a key with one slot. */
export function identityHit1(cachedFn: CachedFunction, a: unknown): Hit | undefined {
  const entry = (cachedFn.hitTier as IdentityTier | undefined)?.first.get(a as object);
  if (entry === undefined) return hasIdentity(a) ? undefined : cachedFn.get1(a);
  return cachedFn.serve((entry as IdentityEntry).at) && (entry as IdentityEntry);
}

/** Finds a key with two slots, of which the first is an identity. */
export function identityHit2(cachedFn: CachedFunction, a: unknown, b: unknown): Hit | undefined {
  if (!hasIdentity(a)) return cachedFn.get2(a, b);
  const level = (cachedFn.hitTier as IdentityTier | undefined)?.first.get(a);
  if (level === undefined) return undefined;
  const entry = (level as Map<unknown, IdentityEntry>).get(normalize(b));
  if (entry === undefined) return cachedFn.fits([b]) ? undefined : identityHit(cachedFn, [a, b]);
  return cachedFn.serve(entry.at) && entry;
}

/** Finds a key with any slots. */
export function identityHit(cachedFn: CachedFunction, slots: readonly unknown[]): Hit | undefined {
  const tier = cachedFn.hitTier as IdentityTier | undefined;
  if (!tier) return undefined;
  const key: IdentityKey = tier.split(slots);
  if (key.mask === 0) return cachedFn.get(slots);
  const path = pathOf(cachedFn, key.path, slots.length);
  const entry = path && tier.entryOf({ ...key, path });
  return entry && cachedFn.serve(entry.at) && entry;
}
