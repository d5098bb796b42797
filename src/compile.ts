/** Compiles one file: calls the phases in order. Read this file first. */
import { ts } from "ts-morph";
import { analyze, readsReceiver, resultMode, type Analysis } from "./analyze/index.ts";
import { analyzeReference, type ReferenceAnalysis } from "./analyze/reference.ts";
import { analyzeInvalidates } from "./analyze/invalidates.ts";
import { changesByCaller, type ResultChange } from "./analyze/changed-results.ts";
import type { Caller } from "./callers.ts";
import { type Compilation, UNCHANGED } from "./compilation.ts";
import { problem, type Problem } from "./diagnostics/catalogue.ts";
import { locate } from "./diagnostics/position.ts";
import { applySettings, distinct, reportable } from "./diagnostics/filter.ts";
import { isStackOverflow, TooDeepError } from "./diagnostics/too-deep.ts";
import { emit } from "./emit/index.ts";
import { importPlace, scriptTexts } from "./find/import-place.ts";
import { find } from "./find/index.ts";
import { PACKAGE } from "./find/imports.ts";
import type { FoundMarks, Mark, ReferenceMark } from "./find/mark.ts";
import type { Ids } from "./ids.ts";
import { resolveOptions, type ResolvedCompilerOptions } from "./options/function.ts";
import { mayContainMark } from "./prefilter.ts";
import { TYPESCRIPT_FILE } from "./project/files/file-names.ts";
import { isCommonJs } from "./project/files/scan-imports.ts";
import type { StoredRound } from "./project/program/lazy-project.ts";
import type { ProjectFile, Workspace } from "./project/workspace.ts";
import type { FileText } from "./site.ts";
import { spanOf } from "./syntax/nodes.ts";
import { timed } from "./timing.ts";

export type { Compilation } from "./compilation.ts";

/**
 * When a file without `import` and `export` is a script, whose declarations are global: for tsc, but not for bundlers
 * and Node.js; `tsconfig`: if tsc emits the JavaScript, as far as the tsconfig says.
 */
export type ScriptRule = "always" | "never" | "tsconfig";

/** The state that the files of one run share. */
export interface Context {
  readonly workspace: Workspace;
  readonly options: ResolvedCompilerOptions;
  readonly ids: Ids;
  /** Whether a file without `import` and `export` is a script. Default: `"never"` */
  readonly scripts?: ScriptRule | undefined;
  /** What another process knows of the types of the file. */
  readonly stored?: StoredRound | undefined;
}

/** Compiles one file. `path` is absolute. */
export function compile(path: string, text: string, context: Context): Compilation {
  // 1. Most files contain no mark. The text alone rules them out.
  if (!mayContainMark(text)) {
    context.ids.replace(path, []);
    return UNCHANGED;
  }
  try {
    return compileMarked(path, text, context);
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    context.ids.replace(path, []);
    // The scripts of a component have a path of their own. Of another file, nobody knows which function needs it.
    const isOwn = error.path === path || error.path.startsWith(`${path}.`);
    const found = problem("too-deep", isOwn ? error.span : { start: 0, end: 0 }, error.details);
    return {
      ...UNCHANGED,
      diagnostics: [locate(found, context.workspace.relativePath(path), text)],
      dependencies: isOwn && error.cause instanceof TooDeepError ? [error.cause.path] : [],
    };
  }
}

function compileMarked(path: string, text: string, context: Context): Compilation {
  // 2. Parse. Types are loaded only when a later phase needs them.
  const file = context.workspace.fileFor(path, text, context.stored);

  // 3. Find the marks and the function that each binds to.
  const found = find(file);

  // 4. Analyze each mark: options, key, identity, checks.
  const { marks, calls, invalidates, unresolved } = timed("types", () =>
    context.workspace.withPruning(() => ({
      marks: found.marks.map((mark, index) =>
        withPlace(mark, file, () => analyzeMark(mark, file, context.options, index === 0)),
      ),
      calls: found.references.map((mark) =>
        withPlace(mark, file, () => analyzeCall(mark, file, context.options)),
      ),
      invalidates: found.invalidates.map((mark) =>
        withPlace(mark, file, () => analyzeInvalidates(mark, file, context.options)),
      ),
      unresolved: unresolvedCalls(found.unbound, file),
    })),
  );
  const sites = marks.flatMap(({ site }) => site ?? []);
  const invalidators = invalidates.flatMap(({ invalidator }) => invalidator ?? []);
  const references = calls.flatMap(({ reference }) => reference ?? []);

  // 5. Report all problems of the file together.
  const claimed = context.ids.replace(file.scripts ? path : file.path, [...sites, ...references]);
  const problems = distinct([
    ...applySettings([...found.problems, ...unresolved], context.options),
    ...[...marks, ...calls, ...invalidates].flatMap((each) => each.problems),
    ...claimed.problems,
    ...scriptProblems(file, found, context.scripts),
  ]);
  const diagnostics = problems
    .map((problem) => locate(problem, file.relative, text))
    .sort((one, other) => one.span.start - other.span.start);
  const dependencies = new Set(
    [
      ...[found, ...marks, ...calls, ...invalidates].flatMap((each) => [...each.dependencies]),
      ...file.globalFiles(),
      ...claimed.holders,
    ].filter((path) => path !== file.path),
  );
  const outcome = { sites, references, diagnostics, dependencies: [...dependencies].sort() };
  const failed = diagnostics.some(({ severity }) => severity === "error");
  if (failed || sites.length + references.length + invalidators.length === 0)
    return { ...UNCHANGED, ...outcome };

  // 6. Emit.
  const emitted = timed("output", () => emit(fileTextOf(file, text, found), sites, references, invalidators));
  return { ...emitted, ...outcome };
}

/**
 * Finds where a file changes what cached functions of other files returned to it. Returns undefined if only types can
 * tell, which are not to be loaded.
 */
export function changesBy(
  { path, text, results }: Caller,
  { workspace, options }: Pick<Context, "workspace" | "options">,
  loadsTypes: boolean,
): readonly ResultChange[] | undefined {
  try {
    const file = workspace.fileFor(path, text);
    return timed("types", () =>
      workspace.withPruning(() => changesByCaller(file, results, options, loadsTypes)),
    );
  } catch (error) {
    // The file needs no compilation, so it is no reason to fail.
    if (error instanceof TooDeepError || isStackOverflow(error)) return [];
    throw error;
  }
}

/** Reports calls of `cached` that no declaration explains, if the file could import it from the package. */
function unresolvedCalls(callees: readonly ts.Expression[], file: ProjectFile): readonly Problem[] {
  if (callees.length === 0 || !file.project.resolveModule(PACKAGE, file.path)) return [];
  return callees
    .map((callee) => ({ callee, path: [], span: spanOf(callee) }))
    .filter((call) => !withPlace(call, file, () => file.checker().getSymbolAtLocation(call.callee)))
    .map(({ span }) => problem("cached-unresolved", span));
}

/** Reports marks in a script of tsc: the import of emitted code would make it a module. */
function scriptProblems(
  file: ProjectFile,
  found: FoundMarks,
  scripts: ScriptRule = "never",
): readonly Problem[] {
  const [first] = [...found.marks, ...found.references, ...found.invalidates];
  const isScript = scripts === "always" || (scripts === "tsconfig" && file.project.emits);
  if (!first || !isScript || !isGlobalScript(file)) return [];
  return [problem("script-global", first.span)];
}

function isGlobalScript({ source, path, scripts }: ProjectFile): boolean {
  return !scripts && !ts.isExternalModule(source) && !isCommonJs(path, source.text);
}

/** Replaces a stack overflow of TypeScript by an error that names the function. */
function withPlace<T>(
  mark: Mark | Pick<ReferenceMark, "path" | "span">,
  file: ProjectFile,
  analyzeOne: () => T,
): T {
  try {
    return analyzeOne();
  } catch (error) {
    const isDeep = error instanceof TooDeepError;
    if (!isDeep && !isStackOverflow(error)) throw error;
    const details = isDeep ? error.details : { name: mark.path.join(".") };
    throw new TooDeepError(file.path, "name" in mark ? mark.name : mark.span, details, { cause: error });
  }
}

/** Analyzes one mark. Mistakes in the project's defaults are reported at the `first` mark of a file. */
function analyzeMark(
  mark: Mark,
  file: ProjectFile,
  compiler: ResolvedCompilerOptions,
  first: boolean,
): Analysis {
  const mode = resultMode(mark, file, compiler);
  const sync = mode === "either" ? undefined : mode === "sync";
  const context = {
    form: mark.form,
    defaults: compiler.defaults,
    sync,
    readsReceiver: readsReceiver(mark.fn),
    defaultsAt: first ? mark.name : undefined,
  };
  const { options, problems } = resolveOptions(mark.written, context);
  const analysis = analyze(mark, file, options, compiler);
  const findings = { form: mark.form, options, written: problems, analyzed: analysis.problems };
  return { ...analysis, problems: reportable(findings, compiler) };
}

function analyzeCall(
  mark: ReferenceMark,
  file: ProjectFile,
  compiler: ResolvedCompilerOptions,
): ReferenceAnalysis {
  const context = {
    form: "call",
    defaults: compiler.defaults,
    sync: undefined,
    readsReceiver: false,
  } as const;
  const { options, problems } = resolveOptions(mark.written, context);
  const analysis = analyzeReference(mark, file, options, compiler);
  const findings = { form: context.form, options, written: problems, analyzed: analysis.problems };
  return { ...analysis, problems: reportable(findings, compiler) };
}

function fileTextOf(file: ProjectFile, text: string, { imports }: FoundMarks): FileText {
  const { source, relative, compilerOptions, scripts } = file;
  const { at, after, syntax } = importPlace(source, compilerOptions, scripts);
  return {
    file: relative,
    text: scripts ? text : source.text,
    typed: TYPESCRIPT_FILE.test(source.fileName),
    moduleSyntax: syntax,
    importAt: at,
    importAfter: after,
    ...(scripts && { scripts: scriptTexts(source, scripts) }),
    // Svelte reserves names that start with `$`.
    ...(relative.endsWith(".svelte") && { stem: "aot$" }),
    edits: imports,
  };
}
