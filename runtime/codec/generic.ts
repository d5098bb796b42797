/**
 * The two text formats: JSON, and the generic form, which also supports values that JSON does not.
 *
 *     ={"id":7}                             "=" and plain JSON
 *     ~{"id":7,"at":"~Date:0"}              "~" and JSON with escapes, see encode.ts
 */
import { fromJsonForm } from "./decode.ts";
import { jsonFormOf } from "./encode.ts";
import { encodeFast } from "./fast-encoder.ts";
import { unstorable } from "./unstorable.ts";

/**
 * Returns the generic form of a value.
 *
 * @throws {CacheError} `unstorable` if the decoded value would not be equal
 */
export function encodeGeneric(value: unknown): string {
  try {
    const text = encodeFast(value, true);
    if (text !== undefined) return text;
    const form = jsonFormOf(value, "text");
    return `${form === value ? "=" : "~"}${JSON.stringify(form)}`;
  } catch (error) {
    throw unstorable(error, value);
  }
}

/** Returns the value of a generic form. Throws for any other text. */
export function decodeGeneric(text: string): unknown {
  const json: unknown = JSON.parse(text.slice(1));
  if (text.startsWith("=")) return json;
  if (text.startsWith("~")) return fromJsonForm(json, text.length);
  throw new TypeError("not a generic form");
}

/**
 * Returns the JSON of a value.
 *
 * @throws {CacheError} `unstorable` if JSON would change the value
 */
export function encodeJson(value: unknown): string {
  try {
    return encodeFast(value, false) ?? JSON.stringify(jsonFormOf(value, "json"));
  } catch (error) {
    throw unstorable(error, value, "json");
  }
}
