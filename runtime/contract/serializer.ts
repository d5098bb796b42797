/** A serializer of the user's own. Next to the options, since a bundle with `memory()` needs this check only. */

/** How results become bytes and back; `name` is written into each entry, so a change of it empties the cache. */
export interface Serializer {
  readonly name: string;
  encode(value: never): unknown;
  decode(data: never): unknown;
}

/** Tells whether a value is `{ name, encode, decode }` with a name that is not blank. */
export function isSerializer(value: unknown): value is Serializer {
  const { name, encode, decode } = (value ?? {}) as Partial<Serializer>;
  return (
    typeof encode === "function" &&
    typeof decode === "function" &&
    typeof name === "string" &&
    name.trim() !== ""
  );
}
