/** Removes the entries of a function in memory by some of the values that make their keys. */
import { keyValues } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { keyReader, type KeyReader } from "../call/key-names.ts";
import { dropFlight } from "../call/slow-path.ts";
import { CacheError } from "../contract/errors.ts";
import { isByIdentity } from "../contract/spec.ts";
import { encode } from "../key/encode.ts";
import type { IdentityPlace } from "../memory/identity-tier.ts";
import { slotsOf, type KeyPlace } from "../memory/trie.ts";

/** One value that keys must have. */
interface Condition extends KeyReader {
  readonly path: string;
  readonly value: unknown;
}

/** Removes the entries whose keys have the given values, and drops such runs in flight. Returns the number of entries. */
export function invalidateWhere(cachedFn: CachedFunction, where: Readonly<Record<string, unknown>>): number {
  const conditions = Object.entries(where).map(([path, value]) => ({
    ...keyReader(cachedFn, path),
    path,
    value,
  }));
  if (conditions.length === 0) {
    throw new CacheError(
      "option-value",
      "invalidateWhere() was given no value; clear() removes all entries of the function.",
    );
  }
  const { tier, flights } = cachedFn;
  const matches = (place: KeyPlace): boolean => {
    const values = valuesAt(cachedFn, place);
    return !values || conditions.every((condition) => isMet(condition, values));
  };
  for (const flight of flights.all()) if (matches(flight)) dropFlight(cachedFn, flight);
  // Sync runs and runs that nothing can join are not listed.
  cachedFn.drops++;
  let removed = 0;
  for (let entry = 1; entry < tier.expires.length; entry++) {
    const place = tier.placeAt(entry);
    // A free number is found by no key.
    if (tier.find(place) !== entry || !matches(place)) continue;
    tier.drop(entry);
    removed++;
  }
  return removed;
}

/** The values of a key; `undefined` if memory has only their hash or text, so that any value could be among them. */
export function valuesAt(cachedFn: CachedFunction, place: KeyPlace): readonly unknown[] | undefined {
  const { objects, path } = place as Partial<IdentityPlace>;
  const slots =
    objects && path
      ? (cachedFn.tier as unknown as { join(place: unknown): unknown[] }).join(place)
      : slotsOf(place, cachedFn.depth);
  return Array.isArray(slots) ? keyValues(cachedFn, slots) : undefined;
}

function isMet({ read, part, isWhole, path, value }: Condition, values: readonly unknown[]): boolean {
  const found = read(values);
  if (Object.is(found, value)) return true;
  const byIdentity = isWhole && isByIdentity(part, path);
  if (byIdentity || typeof value !== "object" || value === null) return false;
  const text = encode(value);
  return text !== undefined && text === encode(found);
}
