/** A name stands for one thing, so that a search for it finds that thing. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The most files that may declare one name at their top level. */
const MAX_FILES = 3;

/** Every integration has its plugin under the name that users import it by. */
const SHARED: readonly string[] = ["aotcache"];

it("declares no name at the top level of more than three files", () => {
  const filesByName = new Map<string, string[]>();
  for (const file of ["runtime", "src", "plugin"].flatMap(sourcesIn)) {
    for (const name of namesIn(readFileSync(`${root}/${file}`, "utf8"))) {
      filesByName.set(name, [...(filesByName.get(name) ?? []), file]);
    }
  }
  expect(filesByName.size).toBeGreaterThan(1000);
  const crowded = [...filesByName].filter(
    ([name, files]) => files.length > MAX_FILES && !SHARED.includes(name),
  );
  expect(Object.fromEntries(crowded)).toEqual({});
});

it("counts functions, classes, types and variables, once a file, and no parts of built-in objects", () => {
  const text = `
    import { imported } from "a"; export function f(): void; export function f(a?: number): void { const inner = a; }
    class C {} interface I {} type T = I; const a = 1, b = 2; let { toString } = Object.prototype; enum E {}`;
  expect([...namesIn(text)]).toEqual(["f", "C", "I", "T", "a", "b", "E"]);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`);
}

/** The names that a file declares at its top level. */
function namesIn(text: string): Set<string> {
  const { statements } = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest);
  const names = statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name).filter(ts.isIdentifier);
    }
    const { name } = statement as { name?: ts.Node };
    return name && ts.isIdentifier(name) ? [name] : [];
  });
  return new Set(names.map((name) => name.text));
}
