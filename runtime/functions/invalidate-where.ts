/** Removes the entries of a function in memory by some of the values that make their keys. */
import { REST_PART_NAME, type CachedFunction } from "../call/cached-function.ts";
import { dropFlight } from "../call/slow-path.ts";
import { CacheError } from "../contract/errors.ts";
import { isByIdentity } from "../contract/spec.ts";
import { suggest } from "../contract/suggest.ts";
import { encode } from "../key/encode.ts";
import type { IdentityPlace } from "../memory/identity-tier.ts";
import { slotsOf, type KeyPlace } from "../memory/trie.ts";

/** One value that keys must have. */
interface Condition {
  /** Reads it from the values of a key. */
  readonly read: (values: readonly unknown[]) => unknown;
  readonly value: unknown;
  readonly byIdentity: boolean;
}

/** Removes the entries whose keys have the given values, and drops such runs in flight. Returns the number of entries. */
export function invalidateWhere(cachedFn: CachedFunction, where: Readonly<Record<string, unknown>>): number {
  const conditions = Object.entries(where).map(([path, value]) => conditionOf(cachedFn, path, value));
  if (conditions.length === 0) {
    throw new CacheError(
      "option-value",
      "invalidateWhere() was given no value; clear() removes all entries of the function.",
    );
  }
  const { tier, flights } = cachedFn;
  const matches = (place: KeyPlace): boolean => {
    const values = valuesOf(cachedFn, place);
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
function valuesOf(cachedFn: CachedFunction, place: KeyPlace): readonly unknown[] | undefined {
  const { objects, path } = place as Partial<IdentityPlace>;
  const slots =
    objects && path
      ? (cachedFn.tier as unknown as { join(place: unknown): unknown[] }).join(place)
      : slotsOf(place, cachedFn.depth);
  return Array.isArray(slots) ? cachedFn.keyValues(slots) : undefined;
}

function isMet({ read, value, byIdentity }: Condition, values: readonly unknown[]): boolean {
  const found = read(values);
  if (Object.is(found, value)) return true;
  if (byIdentity || typeof value !== "object" || value === null) return false;
  const text = encode(value);
  return text !== undefined && text === encode(found);
}

/** @throws {CacheError} `option-value` if no part of the key has that name. */
function conditionOf(cachedFn: CachedFunction, path: string, value: unknown): Condition {
  const { parts } = cachedFn.spec;
  const known: string[] = [];
  let at = 0;
  let positional = 0;
  for (const part of parts) {
    const isRest = part.name === REST_PART_NAME;
    const names = isRest
      ? (cachedFn.parameterNames?.().slice(positional) ?? [])
      : (part.fields ?? [part.name]);
    for (const [index, name] of names.entries()) {
      known.push(name);
      if (path !== name && !path.startsWith(`${name}.`)) continue;
      const slot = at + index;
      const rest = path.slice(name.length + 1);
      return {
        read: (values) => (rest === "" ? values[slot] : valueAt(values[slot], rest.split("."))),
        value,
        byIdentity: rest === "" && isByIdentity(part, name),
      };
    }
    at += part.fields?.length ?? 1;
    if (!part.as) positional++;
  }
  const nearest = suggest(path, known);
  const help = nearest
    ? `write \`${nearest}\``
    : `its parts are ${known.map((name) => `\`${name}\``).join(", ")}`;
  throw new CacheError(
    "option-value",
    `\`${path}\` is not a part of the key of ${cachedFn.spec.id[1]}; ${help}.`,
  );
}

/** A property of a value that has a key: reading it runs no getter that throws. */
const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], value);
