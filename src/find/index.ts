/** Finds the marks of a file and binds each to its function. */
import type { ProjectFile } from "../project/workspace.ts";
import { isInExport } from "../syntax/nodes.ts";
import { findCalls } from "./calls.ts";
import { importPlace } from "./import-place.ts";
import { findInvalidates } from "./invalidates.ts";
import { renamed } from "./imports.ts";
import type { FoundMarks, Mark } from "./mark.ts";
import { findPragmas } from "./pragmas.ts";
import { unusedImports } from "./unused-imports.ts";

/** Finds every mark of a file and binds it to its function. Uses only syntax; no types are loaded. */
export function find(file: ProjectFile): FoundMarks {
  const { source, compilerOptions } = file;
  const found = findCalls(file);
  const importAt = importPlace(source, compilerOptions).at;
  const pragmas = findPragmas({ source, importAt, found });
  const invalidates = findInvalidates(source, found);
  const marks = [...found.marks, ...pragmas.marks].map((mark) => linkInPlace(mark, file));
  return {
    marks: marks.sort((one, other) => one.fn.pos - other.fn.pos),
    references: found.references,
    invalidates: invalidates.marks,
    unbound: found.unbound,
    problems: [
      ...found.problems,
      ...pragmas.problems,
      ...invalidates.problems,
      ...renamed(source, found.imports),
    ],
    imports: unusedImports(source, found.imports, found.callees),
    dependencies: [...found.imports.dependencies].sort(),
  };
}

/** Where only exports run once for the module, another function is linked in the code that runs for each instance. */
function linkInPlace(mark: Mark, { source, scripts }: ProjectFile): Mark {
  const { link, fn } = mark;
  const runsAgain = scripts?.some(({ hoistsExports }) => hoistsExports) && !isInExport(source, fn.pos);
  return runsAgain && "module" in link ? { ...mark, link: { ...link, module: false } } : mark;
}
