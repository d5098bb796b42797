/**
 * Changes a program of tsc so that marked functions are compiled. Diagnostics and declarations come from the original
 * text, JavaScript from the rewritten text.
 */
import type ts from "typescript";
import { inlineToOriginal, toOriginal, type Rewritten } from "../core/maps.ts";
import { failureOf, type TscOutcome } from "./outcome.ts";
import { emitJavaScript, rewrittenProgram, type EmitArguments, type InternalProgram } from "./rewritten.ts";

export interface CompiledProgram {
  readonly ts: typeof ts;
  readonly program: ts.Program;
  readonly host: ts.CompilerHost;
  /** The outcomes of the files with a mark. */
  readonly outcomes: ReadonlyMap<ts.SourceFile, TscOutcome>;
  /** The error that made all of them fail: ts-morph is missing, a tsconfig cannot be read. */
  readonly failure: string | undefined;
}

/**
 * Changes the program in place, because a builder sets properties of it that the program's own emitter reads. Without
 * a file to compile, the program is not changed.
 */
export function withCachedFunctions({ ts, program: given, host, outcomes, failure }: CompiledProgram): void {
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
  program.emit = createEmit({ ts, program, host, outcomes, emit });
}

interface EmitterParts {
  readonly ts: typeof ts;
  readonly program: InternalProgram;
  readonly host: ts.CompilerHost;
  readonly outcomes: ReadonlyMap<ts.SourceFile, TscOutcome>;
  /** The original method. */
  readonly emit: InternalProgram["emit"];
}

function createEmit(parts: EmitterParts): InternalProgram["emit"] {
  const { ts, program, host, outcomes, emit } = parts;
  const options = program.getCompilerOptions();
  const declares = options.declaration === true || options.composite === true;
  const isBroken = (outcome: TscOutcome | undefined): boolean => outcome !== undefined && outcome.failed;
  let rewritten: InternalProgram | undefined;

  const emitScripts = (file: ts.SourceFile | undefined, args: EmitArguments): ts.EmitResult => {
    rewritten ??= rewrittenProgram({ ts, program, host }, { codeOf: (each) => outcomes.get(each)?.code });
    const [, writeFile, token, only, transformers, ...rest] = args;
    const write = backToOriginal(writeFile ?? host.writeFile.bind(host), parts);
    const target = file && rewritten.getSourceFile(file.fileName);
    return emitJavaScript(rewritten, [target, write, token, only, transformers, ...rest]);
  };

  const emitFile = (file: ts.SourceFile, [, ...args]: EmitArguments): ts.EmitResult => {
    const outcome = outcomes.get(file);
    if (outcome?.code === undefined && !isBroken(outcome)) return emit(file, ...args);
    const [writeFile, token, only, ...rest] = args;
    const results: ts.EmitResult[] = [];
    if (declares && only !== EMIT_JAVASCRIPT) results.push(emit(file, writeFile, token, true, ...rest));
    if (isBroken(outcome)) results.push(EMIT_SKIPPED);
    else if (!options.emitDeclarationOnly) {
      results.push(emitScripts(file, [file, writeFile, token, only, ...rest]));
    }
    return merge(results);
  };

  return (...args) => {
    const [file, writeFile, token, only, transformers, forced] = args;
    if (options.noEmit || forced || only === true || (typeof only === "number" && only > EMIT_JAVASCRIPT)) {
      return emit(...args);
    }
    if (file) return emitFile(file, args);
    if (options.noEmitOnError) {
      const diagnostics = emitBlockersOf(program, declares, token);
      if (diagnostics.length > 0) return { emitSkipped: true, diagnostics };
    }
    // Like tsc with an error: either the whole program is written or nothing.
    if ([...outcomes.values()].some(isBroken)) return EMIT_SKIPPED;
    if (options.outFile) {
      const declarations = declares && only !== EMIT_JAVASCRIPT;
      return merge([
        ...(declarations ? [emit(undefined, writeFile, token, true, transformers)] : []),
        ...(options.emitDeclarationOnly ? [] : [emitScripts(undefined, args)]),
      ]);
    }
    const files = program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile);
    const results = files.map((each) => emitFile(each, args));
    const keepsInfo = options.incremental === true || options.composite === true;
    if (keepsInfo && program.emitBuildInfo) results.push(program.emitBuildInfo(writeFile, token));
    return merge(results);
  };
}

/** The value of `only` that TypeScript uses internally for JavaScript without declarations. */
const EMIT_JAVASCRIPT = 0;

const EMIT_SKIPPED: ts.EmitResult = { emitSkipped: true, diagnostics: [] };

/** Wraps a write callback: source maps lead to the original text, and outputs name the original files as sources. */
function backToOriginal(
  write: ts.WriteFileCallback,
  { program, outcomes }: EmitterParts,
): ts.WriteFileCallback {
  return (name, text, withBom, onError, sources, ...rest) => {
    const files = sources?.map((each) => program.getSourceFile(each.fileName) ?? each);
    const findRewritten = (source: string): Rewritten | undefined => {
      const rewritten = [...outcomes.values()].flatMap((each) => each.rewritten ?? []);
      const path = source.replace(/^(?:\.\.?\/)+|^[a-z]+:\/\/\//, "");
      const only = files?.length === 1 ? outcomes.get(files[0]!)?.rewritten : undefined;
      return only ?? rewritten.find((each) => each.path === path || each.path.endsWith(`/${path}`));
    };
    const output = name.endsWith(".map")
      ? toOriginal(text, findRewritten)
      : inlineToOriginal(text, findRewritten);
    write(name, output, withBom, onError, files, ...rest);
  };
}

/** Returns the diagnostics that stop `emit` with `noEmitOnError`. */
function emitBlockersOf(
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
