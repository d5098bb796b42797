/** User-defined serializers. A file of its own, so that a bundle with `memory()` does not include all options. */

/**
 * A user-defined serializer: turns values into strings or bytes and back.
 *
 * Each stored entry contains the `name`. Entries with another name are misses, so a new name empties the cache.
 */
export interface Serializer {
  readonly name: string;
  encode(value: never): unknown;
  decode(data: never): unknown;
}

/** Returns whether a value is `{ name, encode, decode }` with a name that is not blank. */
export function isSerializer(value: unknown): value is Serializer {
  const { name, encode, decode } = (value ?? {}) as Partial<Serializer>;
  return (
    typeof encode === "function" &&
    typeof decode === "function" &&
    typeof name === "string" &&
    name.trim() !== ""
  );
}
