/** What `check` says: the compiler's diagnostics, and functions that what was built lacks. */
import { positionAt, type Diagnostic, type Reference, type Site } from "../../src/index.ts";
import type { ScannedFile } from "../core/scan.ts";
import type { Built } from "./built.ts";

/** Something wrong, and the file that it is in. */
export interface Finding extends Omit<Diagnostic, "name"> {
  readonly name: string;
  readonly source: ScannedFile;
}

export const diagnosticsOf = (source: ScannedFile): readonly Finding[] =>
  source.compilation.diagnostics.map((diagnostic) => ({ ...diagnostic, file: source.file, source }));

/** All functions of a file that have an identity. */
export const functionsOf = ({ compilation }: ScannedFile): readonly (Site | Reference)[] =>
  [...compilation.sites, ...compilation.references].sort((one, other) => one.span.start - other.span.start);

/**
 * The functions of a file that are not in what was built; `place`: what that is called. An error in the file is
 * why none of it can be there, and was said.
 */
export function missingIn(source: ScannedFile, built: Built, place: string): readonly Finding[] {
  if (source.compilation.diagnostics.some(({ severity }) => severity === "error")) return [];
  return functionsOf(source)
    .filter(({ id }) => !built.has(id))
    .map(({ id, span, line, column }) => {
      const { line: endLine, column: endColumn } = positionAt(source.text, span.end);
      return {
        ...saying(id, built.versions(id), place),
        severity: "error",
        file: source.file,
        ...{ span, line, column, endLine, endColumn },
        source,
      };
    });
}

function saying(
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
    message: `${place} holds \`${id}@${others.join(", ")}\`, which is made from another state of the source than \`@${version}\`.`,
    help: "Build again, with the same options (`namespace`, `tsconfig`).",
  };
}

/** In the order, and with the names, that tools are promised. */
export function plain(finding: Finding): object {
  const { name, severity, file, line, column, endLine, endColumn, message, help } = finding;
  return { name, severity, file, line, column, endLine, endColumn, message, help };
}
