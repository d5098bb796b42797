import { builtinModule } from "../platform/builtin-module.ts";
import { encode } from "./encode.ts";

/** The used part of `node:util`. */
interface Util {
  isDeepStrictEqual(a: unknown, b: unknown): boolean;
}

/**
 * Whether two values are equal by the rule of `util.isDeepStrictEqual`. Where there is no `node:util`, values that have
 * no key text, such as instances of classes, count as equal.
 */
export function isSame(a: unknown, b: unknown): boolean {
  const util = builtinModule("node:util") as Util | undefined;
  return util ? util.isDeepStrictEqual(a, b) : encode(a) === encode(b);
}
