/** Files whose declarations reach others that do not import them, told by their text. */
import { mayContainMark } from "../../prefilter.ts";
import { TYPESCRIPT_SOURCE } from "./file-names.ts";

/**
 * Tells whether a source can change what types mean in other files: once it is marked it is part of the
 * program, and then what it declares globally is too. `false` is certain.
 */
export function mayDeclareGlobals(path: string, text: string): boolean {
  if (!TYPESCRIPT_SOURCE.test(path) || !mayContainMark(text)) return false;
  return /\bdeclare\s+(?:global|module)\b/.test(text) || !/^\s*(?:import|export)\b/m.test(text);
}
