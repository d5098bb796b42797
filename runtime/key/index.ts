/** Key text of all values that have one. */
import type { KeyPart } from "../contract/spec.ts";
import { enableObjectKeys } from "./objects.ts";
import * as base from "./encode.ts";

export { cacheKey, encodeHead, isPrimitive, percentEncode } from "./encode.ts";

/** Like {@link base.encode}, including objects. */
export function encode(value: unknown): string | undefined {
  enableObjectKeys();
  return base.encode(value);
}

/** Like {@link base.encodeArguments}, including objects. */
export function encodeArguments(
  parts: readonly KeyPart[],
  slots: readonly unknown[],
): string | base.Unkeyable {
  enableObjectKeys();
  return base.encodeArguments(parts, slots);
}
