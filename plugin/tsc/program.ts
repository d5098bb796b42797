/**
 * A program of tsc whose marked functions are compiled. What can be wrong, and what is declared, comes from the
 * text that the user wrote; JavaScript comes from the rewritten one.
 */
import type ts from "typescript";
import { failureOf, type Outcome } from "./outcome.ts";
import { emitJavaScript, rewrittenProgram, type EmitArguments, type InternalProgram } from "./rewritten.ts";
import { inlineToOriginal, toOriginal, type Rewritten } from "./maps.ts";

export interface Target {
  readonly ts: typeof ts;
  readonly program: ts.Program;
  readonly host: ts.CompilerHost;
  /** What became of the files that hold a mark. */
  readonly outcomes: ReadonlyMap<ts.SourceFile, Outcome>;
  /** What stands in the way of all of them: no ts-morph, a tsconfig that cannot be read. */
  readonly failure: string | undefined;
}

/**
 * Changes the program in place: a builder around it sets properties of it that its own emitter reads.
 * Where there is nothing to compile it stays as it was.
 */
export function withCachedFunctions({ ts, program: given, host, outcomes, failure }: Target): void {
  if (outcomes.size === 0) return;
  const program = given as InternalProgram;
  const { emit, getSemanticDiagnostics, getBindAndCheckDiagnostics, getOptionsDiagnostics } = program;
  const errorsOf = (file: ts.SourceFile | undefined): ts.Diagnostic[] =>
    [...outcomes].flatMap(([each, { errors }]) => (file === undefined || file === each ? errors : []));
  program.getSemanticDiagnostics = (file, ...rest) => [
    ...getSemanticDiagnostics(file, ...rest),
    ...errorsOf(file),
  ];
  if (getBindAndCheckDiagnostics) {
    program.getBindAndCheckDiagnostics = (file, ...rest) => [
      ...getBindAndCheckDiagnostics(file, ...rest),
      ...errorsOf(file),
    ];
  }
  if (failure !== undefined) {
    program.getOptionsDiagnostics = (...args) => [...getOptionsDiagnostics(...args), failureOf(ts, failure)];
  }
  program.emit = emitter({ ts, program, host, outcomes, emit });
}

interface Parts {
  readonly ts: typeof ts;
  readonly program: InternalProgram;
  readonly host: ts.CompilerHost;
  readonly outcomes: ReadonlyMap<ts.SourceFile, Outcome>;
  /** As it was. */
  readonly emit: InternalProgram["emit"];
}

function emitter(parts: Parts): InternalProgram["emit"] {
  const { ts, program, host, outcomes, emit } = parts;
  const options = program.getCompilerOptions();
  const declares = options.declaration === true || options.composite === true;
  const isBroken = (outcome: Outcome | undefined): boolean => outcome !== undefined && outcome.failed;
  let rewritten: InternalProgram | undefined;

  const javaScript = (file: ts.SourceFile | undefined, args: EmitArguments): ts.EmitResult => {
    rewritten ??= rewrittenProgram({ ts, program, host }, { codeOf: (each) => outcomes.get(each)?.code });
    const [, writeFile, token, only, transformers, ...rest] = args;
    const write = backToOriginal(writeFile ?? host.writeFile.bind(host), parts);
    const target = file && rewritten.getSourceFile(file.fileName);
    return emitJavaScript(rewritten, [target, write, token, only, transformers, ...rest]);
  };

  const one = (file: ts.SourceFile, [, ...args]: EmitArguments): ts.EmitResult => {
    const outcome = outcomes.get(file);
    if (outcome?.code === undefined && !isBroken(outcome)) return emit(file, ...args);
    const [writeFile, token, only, ...rest] = args;
    const results: ts.EmitResult[] = [];
    if (declares && only !== JAVASCRIPT) results.push(emit(file, writeFile, token, true, ...rest));
    if (isBroken(outcome)) results.push(SKIPPED);
    else if (!options.emitDeclarationOnly) {
      results.push(javaScript(file, [file, writeFile, token, only, ...rest]));
    }
    return merge(results);
  };

  return (...args) => {
    const [file, writeFile, token, only, transformers, forced] = args;
    if (options.noEmit || forced || only === true || (typeof only === "number" && only > JAVASCRIPT)) {
      return emit(...args);
    }
    if (file) return one(file, args);
    if (options.noEmitOnError) {
      const diagnostics = problemsOf(program, declares, token);
      if (diagnostics.length > 0) return { emitSkipped: true, diagnostics };
    }
    // The whole program, or nothing of it, as tsc does it where something is in the way.
    if ([...outcomes.values()].some(isBroken)) return SKIPPED;
    if (options.outFile) {
      const declarations = declares && only !== JAVASCRIPT;
      return merge([
        ...(declarations ? [emit(undefined, writeFile, token, true, transformers)] : []),
        ...(options.emitDeclarationOnly ? [] : [javaScript(undefined, args)]),
      ]);
    }
    const files = program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile);
    const results = files.map((each) => one(each, args));
    const keepsInfo = options.incremental === true || options.composite === true;
    if (keepsInfo && program.emitBuildInfo) results.push(program.emitBuildInfo(writeFile, token));
    return merge(results);
  };
}

/** TypeScript's own value for `only`. */
const JAVASCRIPT = 0;

const SKIPPED: ts.EmitResult = { emitSkipped: true, diagnostics: [] };

/** Writes maps that lead to what the user wrote, and names the user's files as what an output was made from. */
function backToOriginal(write: ts.WriteFileCallback, { program, outcomes }: Parts): ts.WriteFileCallback {
  return (name, text, mark, onError, sources, ...rest) => {
    const files = sources?.map((each) => program.getSourceFile(each.fileName) ?? each);
    const lookup = (source: string): Rewritten | undefined => {
      const rewritten = [...outcomes.values()].flatMap((each) => each.rewritten ?? []);
      const path = source.replace(/^(?:\.\.?\/)+|^[a-z]+:\/\/\//, "");
      const only = files?.length === 1 ? outcomes.get(files[0]!)?.rewritten : undefined;
      return only ?? rewritten.find((each) => each.path === path || each.path.endsWith(`/${path}`));
    };
    const put = name.endsWith(".map") ? toOriginal(text, lookup) : inlineToOriginal(text, lookup);
    write(name, put, mark, onError, files, ...rest);
  };
}

/** What `noEmitOnError` looks at. */
function problemsOf(
  program: InternalProgram,
  declares: boolean,
  token: ts.CancellationToken | undefined,
): readonly ts.Diagnostic[] {
  const problems = [
    ...program.getOptionsDiagnostics(token),
    ...program.getSyntacticDiagnostics(undefined, token),
    ...program.getGlobalDiagnostics(token),
    ...program.getSemanticDiagnostics(undefined, token),
  ];
  return problems.length === 0 && declares ? program.getDeclarationDiagnostics(undefined, token) : problems;
}

function merge(results: readonly ts.EmitResult[]): ts.EmitResult {
  const emittedFiles = results.flatMap((each) => each.emittedFiles ?? []);
  return {
    emitSkipped: results.some(({ emitSkipped }) => emitSkipped),
    diagnostics: results.flatMap(({ diagnostics }) => [...diagnostics]),
    ...(emittedFiles.length > 0 && { emittedFiles }),
  };
}
