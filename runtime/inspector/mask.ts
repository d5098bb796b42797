import { sizeOf } from "../memory/size.ts";
import type { MaskedValue } from "./types.ts";

/** Longer texts are cut. */
const MAX_TEXT = 4000;

/** Describes a value by its type and size, and with `values` by its text. */
export function mask(value: unknown, values: boolean): MaskedValue {
  return {
    type: typeNameOf(value),
    bytes: typeof value === "string" ? 2 * value.length : Math.round(sizeOf(value)),
    ...(values && { text: valueText(value) }),
  };
}

function typeNameOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  try {
    if (Array.isArray(value)) return `Array(${value.length})`;
    const { name = "Object" } = (value.constructor as { name?: string } | undefined) ?? {};
    return value instanceof Map || value instanceof Set ? `${name}(${value.size})` : name;
  } catch {
    return "object"; // A trap of a proxy threw.
  }
}

function valueText(value: unknown): string {
  const seen = new Set<unknown>();
  const plain = (_: string, part: unknown): unknown => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part === "function" || typeof part === "symbol") return String(part);
    if (typeof part !== "object" || part === null) return part;
    if (seen.size > MAX_TEXT || seen.has(part)) return "…";
    seen.add(part);
    if (part instanceof Map || part instanceof Set) return [...part];
    return ArrayBuffer.isView(part) ? `${typeNameOf(part)}(${part.byteLength} bytes)` : part;
  };
  try {
    // `undefined` has no JSON.
    const text = (JSON.stringify(value, plain, 2) as string | undefined) ?? String(value);
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  } catch (error) {
    return `(cannot be shown: ${error instanceof Error ? error.message : typeof error})`;
  }
}
