import { CacheError } from "../contract/errors.ts";
import { isCompiledRequired } from "../platform/environment.ts";
import { features } from "./features.ts";

/** Refuses a function that was not compiled, if all must be. @throws {CacheError} `not-compiled`. */
export function checkCompiled(name: string): void {
  if (!features.requireCompiled && !isCompiledRequired()) return;
  throw new CacheError(
    "not-compiled",
    `${name || "A function"} was not compiled, and \`requireCompiled\` asks for that; add aotcache to the build of its module, or mark it there. \`npx aotcache check --built dist\` finds all such functions.`,
  );
}
