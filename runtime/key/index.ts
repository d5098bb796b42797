/** Key text of every value that has one: what a program that asks for texts needs. */
import { enableBuiltInKeys } from "./built-ins.ts";
import * as text from "./encode.ts";
import type { KeyPart } from "../contract/spec.ts";

export { cacheKey, encodeHead, isPrimitive, percentEncode } from "./encode.ts";

/** {@link text.encode}, of built-in objects too. */
export function encode(value: unknown): string | undefined {
  enableBuiltInKeys();
  return text.encode(value);
}

/** {@link text.encodeArguments}, of built-in objects too. */
export function encodeArguments(
  parts: readonly KeyPart[],
  slots: readonly unknown[],
): string | { readonly unkeyable: string } {
  enableBuiltInKeys();
  return text.encodeArguments(parts, slots);
}
