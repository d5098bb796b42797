/** The findings of `check`: diagnostics of the compiler, and functions that are missing in a build. */
import { positionAt, type Diagnostic, type Reference, type Site } from "../../src/index.ts";
import type { ScannedFile } from "../core/scan.ts";
import type { BuiltIds } from "./built.ts";

/** A problem, and the file that it is in. */
export interface Finding extends Omit<Diagnostic, "name"> {
  readonly name: string;
  readonly source: ScannedFile;
}

/** Returns the compiler's diagnostics of a file. */
export const diagnosticsOf = (source: ScannedFile): readonly Finding[] =>
  source.compilation.diagnostics.map((diagnostic) => ({ ...diagnostic, file: source.file, source }));

/** Returns all cached functions of a file, by position. */
export const functionsOf = ({ compilation }: ScannedFile): readonly (Site | Reference)[] =>
  [...compilation.sites, ...compilation.references].sort((one, other) => one.span.start - other.span.start);

/**
 * Returns a finding for each function of a file that is missing in a build. A file with an error returns none: its
 * functions cannot be in the build, and the error is reported already.
 *
 * @param place the name of the build in messages
 */
export function missingIn(source: ScannedFile, built: BuiltIds, place: string): readonly Finding[] {
  if (source.compilation.diagnostics.some(({ severity }) => severity === "error")) return [];
  return functionsOf(source)
    .filter(({ id }) => !built.has(id))
    .map(({ id, span, line, column }) => {
      const { line: endLine, column: endColumn } = positionAt(source.text, span.end);
      return {
        ...textsOf(id, built.versions(id), place),
        severity: "error",
        file: source.file,
        ...{ span, line, column, endLine, endColumn },
        source,
      };
    });
}

function textsOf(
  { namespace, name, version }: Site["id"],
  others: readonly string[],
  place: string,
): Pick<Finding, "name" | "message" | "help"> {
  const id = `${namespace}:${name}`;
  if (others.length === 0)
    return {
      name: "build-missing",
      message: `\`${id}@${version}\` is not in ${place}.`,
      help: "Build with aotcache's plugin and the same options (`namespace`, `tsconfig`); leave out what the build does not use with `--exclude`.",
    };
  return {
    name: "build-outdated",
    message: `${place} holds \`${id}@${others.join(", ")}\`, which was built from another state of the source than \`@${version}\`.`,
    help: "Build again, with the same options (`namespace`, `tsconfig`).",
  };
}

/** Returns a finding for `--json`. The names and their order are public. */
export function jsonOfFinding(finding: Finding): object {
  const { name, severity, file, line, column, endLine, endColumn, message, help } = finding;
  return { name, severity, file, line, column, endLine, endColumn, message, help };
}
