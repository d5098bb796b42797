/**
 * The forms that are text: plain JSON, and the generic form, which carries what JSON cannot.
 *
 *     ={"id":7}                             plain JSON behind one character
 *     ~{"id":7,"at":"~Date:0"}              JSON with marks, see codec-twin.ts
 */
import { encodeFast } from "./fast-encoder.ts";
import { unstorable } from "./unstorable.ts";
import { fromJsonForm } from "./decode.ts";
import { jsonFormOf } from "./encode.ts";

/** Returns the generic form. Throws a {@link CacheError} `unstorable` on what would not come back equal. */
export function encodeGeneric(value: unknown): string {
  try {
    const quick = encodeFast(value, true);
    if (quick !== undefined) return quick;
    const twin = jsonFormOf(value, "text");
    return `${twin === value ? "=" : "~"}${JSON.stringify(twin)}`;
  } catch (error) {
    throw unstorable(error, value);
  }
}

/** Reads the generic form. Throws on anything else. */
export function decodeGeneric(text: string): unknown {
  const json: unknown = JSON.parse(text.slice(1));
  if (text.startsWith("=")) return json;
  if (text.startsWith("~")) return fromJsonForm(json, text.length);
  throw new TypeError("no generic form");
}

/** Returns JSON. Throws a {@link CacheError} `unstorable` on what JSON would change. */
export function encodeJson(value: unknown): string {
  try {
    return encodeFast(value, false) ?? JSON.stringify(jsonFormOf(value, "json"));
  } catch (error) {
    throw unstorable(error, value, "json");
  }
}
