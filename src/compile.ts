/** The order of the phases and nothing else; read this first. */
import { analyze, resultMode, type Analysis } from "./analyze/index.ts";
import { analyzeReference } from "./analyze/reference.ts";
import { type Compilation, UNCHANGED } from "./compilation.ts";
import { locate, type Problem } from "./diagnostics/catalogue.ts";
import { emit } from "./emit/index.ts";
import { find } from "./find/index.ts";
import type { FoundMarks, Mark, ReferenceMark } from "./find/mark.ts";
import type { Ids } from "./ids.ts";
import { importPlace, placesIn } from "./find/import-place.ts";
import { resolveOptions, type ResolvedCompilerOptions } from "./options/function.ts";
import { mayContainMark } from "./prefilter.ts";
import { TYPESCRIPT_FILE } from "./project/files/file-names.ts";
import type { ProjectFile, Workspace } from "./project/workspace.ts";
import type { FileText, Reference } from "./site.ts";
import { distinct, settle, silence } from "./diagnostics/filter.ts";

export type { Compilation } from "./compilation.ts";

/** What files of one run share. */
export interface Context {
  readonly workspace: Workspace;
  readonly options: ResolvedCompilerOptions;
  readonly ids: Ids;
}

/** Compiles one file. */
export function compile(path: string, text: string, context: Context): Compilation {
  // 1. Most files hold no mark, and a look at the text tells.
  if (!mayContainMark(text)) {
    context.ids.replace(path, []);
    return UNCHANGED;
  }

  // 2. Parse; types are loaded when a later phase asks.
  const file = context.workspace.fileFor(path, text);

  // 3. Find the marks and the functions that they bind to.
  const found = find(file);

  // 4. Analyze each: options, key, identity, checks.
  const { marks, calls } = context.workspace.withPruning(() => ({
    marks: found.marks.map((mark) => analyzeMark(mark, file, context.options)),
    calls: found.references.map((mark) => analyzeCall(mark, file, context.options)),
  }));
  const sites = marks.flatMap(({ site }) => site ?? []);
  const references = calls.flatMap(({ reference }) => reference ?? []);

  // 5. Say what is wrong: all of the file's problems, in one go.
  const claimed = context.ids.replace(file.scripts ? path : file.path, [...sites, ...references]);
  const problems = distinct([
    ...silence(found.problems, context.options),
    ...[...marks, ...calls].flatMap((each) => each.problems),
    ...claimed.problems,
  ]);
  const diagnostics = problems
    .map((problem) => locate(problem, file.relative, text))
    .sort((one, other) => one.span.start - other.span.start);
  const dependencies = new Set(
    [
      ...[found, ...marks, ...references].flatMap((each) => [...each.dependencies]),
      ...claimed.holders,
    ].filter((path) => path !== file.path),
  );
  const outcome = { sites, references, diagnostics, dependencies: [...dependencies].sort() };
  const failed = diagnostics.some(({ severity }) => severity === "error");
  if (failed || sites.length + references.length === 0) return { ...UNCHANGED, ...outcome };

  // 6. Emit.
  return { ...emit(fileTextOf(file, text, found), sites, references), ...outcome };
}

function analyzeMark(mark: Mark, file: ProjectFile, compiler: ResolvedCompilerOptions): Analysis {
  const mode = resultMode(mark, file);
  const sync = mode === "either" ? undefined : mode === "sync";
  const context = { form: mark.form, defaults: compiler.defaults, sync };
  const { options, problems } = resolveOptions(mark.written, context);
  const analysis = analyze(mark, file, options, compiler);
  const findings = { form: mark.form, options, written: problems, analyzed: analysis.problems };
  return { ...analysis, problems: settle(findings, compiler) };
}

function analyzeCall(
  mark: ReferenceMark,
  file: ProjectFile,
  compiler: ResolvedCompilerOptions,
): { readonly reference: Reference | undefined; readonly problems: readonly Problem[] } {
  const context = { form: "call", defaults: compiler.defaults, sync: undefined } as const;
  const { options, problems } = resolveOptions(mark.written, context);
  const analysis = analyzeReference(mark, file, options, compiler);
  const findings = { form: context.form, options, written: problems, analyzed: analysis.problems };
  return { reference: analysis.reference, problems: settle(findings, compiler) };
}

function fileTextOf(file: ProjectFile, text: string, { imports }: FoundMarks): FileText {
  const { source, relative, compilerOptions, scripts } = file;
  const { at, behind, syntax } = importPlace(source, compilerOptions, scripts);
  return {
    file: relative,
    text: scripts ? text : source.text,
    typed: TYPESCRIPT_FILE.test(source.fileName),
    moduleSyntax: syntax,
    importAt: at,
    importBehind: behind,
    ...(scripts && { scripts: placesIn(source, scripts) }),
    // Svelte keeps names that start with `$` for itself.
    ...(relative.endsWith(".svelte") && { stem: "aot$" }),
    edits: imports,
  };
}
