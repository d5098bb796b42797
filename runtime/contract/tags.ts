import { CacheError } from "./errors.ts";

/** The most bytes of UTF-8 in a tag. */
export const MAX_TAG_BYTES = 512;

/** One part of a tag: a text, or the path of a parameter whose value is inserted. */
export type TagPart = string | { readonly path: readonly string[] };

const PLACEHOLDER = /\{([^{}]*)\}/;

/** Splits `user:{user.id}` into its parts: texts at even indexes, paths at odd ones. */
export const tagParts = (template: string): TagPart[] =>
  template.split(PLACEHOLDER).map((part, index) => (index % 2 ? { path: part.split(".") } : part));

/** Tells whether a text can be a tag: at most 512 bytes of UTF-8. */
export const isTag = (tag: unknown): tag is string =>
  typeof tag === "string" &&
  (tag.length * 3 <= MAX_TAG_BYTES || new TextEncoder().encode(tag).length <= MAX_TAG_BYTES);

/**
 * Returns the tags of an operation, each once.
 *
 * @param what the operation for messages, `invalidateTags()`
 * @throws {CacheError} `option-value`.
 */
export function tagsIn(what: string, tags: unknown): readonly string[] {
  const list: unknown = typeof tags === "string" ? [tags] : tags;
  const items =
    typeof list === "object" && list !== null && Symbol.iterator in list
      ? [...(list as Iterable<unknown>)]
      : undefined;
  if (items?.every(isTag)) return [...new Set(items)];
  throw new CacheError(
    "option-value",
    items?.every((item) => typeof item === "string")
      ? `A tag in ${what} is longer than ${MAX_TAG_BYTES} bytes; write a shorter one, or its hash.`
      : `${what} takes a list of texts, like \`["user:42", "users"]\`.`,
  );
}
