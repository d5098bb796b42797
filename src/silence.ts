import type { Problem } from "./diagnostics.ts";
import type { ResolvedCompilerOptions } from "./options.ts";

/** Leaves out warnings that are silenced, here or in the project; makes the others errors under `strict`. */
export function silence(
  problems: readonly Problem[],
  { allow, strict }: Pick<ResolvedCompilerOptions, "allow" | "strict">,
  allowedHere: readonly string[] = [],
): readonly Problem[] {
  return problems
    .filter(
      ({ name, severity }) => severity === "error" || !(allowedHere.includes(name) || allow.includes(name)),
    )
    .map((problem) => (strict ? { ...problem, severity: "error" } : problem));
}
