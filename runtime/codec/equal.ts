import { enableObjectKeys } from "../key/objects.ts";
import { isSame } from "../key/same.ts";

/** Like {@link isSame}, for all values that have a key. */
export function isEqual(a: unknown, b: unknown): boolean {
  enableObjectKeys();
  return isSame(a, b);
}
