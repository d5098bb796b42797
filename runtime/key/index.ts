/** Key text of all values that have one, including built-in objects. */
import type { KeyPart } from "../contract/spec.ts";
import { enableBuiltInKeys } from "./built-ins.ts";
import * as base from "./encode.ts";

export { cacheKey, encodeHead, isPrimitive, percentEncode } from "./encode.ts";

/** Like {@link base.encode}, including built-in objects. */
export function encode(value: unknown): string | undefined {
  enableBuiltInKeys();
  return base.encode(value);
}

/** Like {@link base.encodeArguments}, including built-in objects. */
export function encodeArguments(
  parts: readonly KeyPart[],
  slots: readonly unknown[],
): string | base.Unkeyable {
  enableBuiltInKeys();
  return base.encodeArguments(parts, slots);
}
