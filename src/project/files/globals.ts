/** Finds sources that declare names in other files, by their text. */
import { mayContainMark } from "../../prefilter.ts";
import { TYPESCRIPT_SOURCE } from "./file-names.ts";

/**
 * Whether a source may change types in files that do not import it. A file with a marked function is part of the
 * program, so its global declarations are too. `false` is certain, `true` is not.
 */
export function mayDeclareGlobals(path: string, text: string): boolean {
  if (!TYPESCRIPT_SOURCE.test(path) || !mayContainMark(text)) return false;
  return /\bdeclare\s+(?:global|module)\b/.test(text) || !/^\s*(?:import|export)\b/m.test(text);
}
