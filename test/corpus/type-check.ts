/** Type-checks what is emitted for the functions of a package, all of them marked at once. */
import { join, relative } from "node:path";
import { createCompiler } from "aotcache/compiler";
import ts from "typescript";
import { root, textOf } from "./packages.ts";
import { ALLOWED, type Survey, withoutMarks } from "./survey.ts";

/** Returns the type errors that the sources do not have. */
export async function typeErrorsOf({ package: of, functions, program }: Survey): Promise<readonly string[]> {
  const compiler = await createCompiler({ root: of.folder, allow: [...ALLOWED] });
  const emitted = new Map<string, string>();
  for (const file of of.files) {
    const marks = functions.filter(
      (each) => each.file === file && !["aside", "instances", "refused"].includes(each.outcome.kind),
    );
    const path = join(of.folder, file);
    let text = withoutMarks(textOf(of, file));
    for (const { at, outcome } of [...marks].sort((one, other) => other.at - one.at))
      // In the same line, so that errors keep their lines.
      text = `${text.slice(0, at)}${outcome.pragma.replace(/^\/\/(.*)$/, "/*$1 */")} ${text.slice(at)}`;
    const { code } = compiler.compile(path, text);
    if (code !== undefined) emitted.set(path, code);
  }
  const options: ts.CompilerOptions = {
    ...program.getCompilerOptions(),
    paths: { "aotcache/internal": [join(root, "dist/runtime/internal.d.ts")] },
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { readFile } = host;
  host.readFile = (path) => emitted.get(path) ?? readFile(path);
  const compiled = ts.createProgram(program.getRootFileNames(), options, host);
  const known = new Set([...emitted.keys()].flatMap((path) => errorsIn(path, program)));
  return [...emitted.keys()].flatMap((path) => errorsIn(path, compiled).filter((error) => !known.has(error)));
}

/** Emitting moves no line. */
function errorsIn(path: string, program: ts.Program): readonly string[] {
  const source = program.getSourceFile(path)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ start = 0, code, messageText }) => {
      const { line } = source.getLineAndCharacterOfPosition(start);
      return `${relative(root, path)}:${line + 1} TS${code} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    },
  );
}
