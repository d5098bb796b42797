/** The same program over rewritten text: what JavaScript is made of, and nothing else. */
import type ts from "typescript";

type TypeScript = typeof ts;

/** What of a program its typings hide; TypeScript has had it from 5.4 to 6. */
export interface InternalProgram extends ts.Program {
  getCommonSourceDirectory(): string;
  getResolvedModule(
    file: ts.SourceFile,
    name: string,
    mode: ts.ResolutionMode,
  ): ts.ResolvedModuleWithFailedLookupLocations | undefined;
  getBindAndCheckDiagnostics?(file: ts.SourceFile, ...rest: unknown[]): readonly ts.Diagnostic[];
  emitBuildInfo?(writeFile?: ts.WriteFileCallback, token?: ts.CancellationToken): ts.EmitResult;
  emit(...args: EmitArguments): ts.EmitResult;
  /** What ts-patch keeps of the unpatched method. */
  originalEmit?: (...args: EmitArguments) => ts.EmitResult;
}

/** `only` is also a number to TypeScript itself: 0 for JavaScript, from 1 on for declarations. */
export type EmitArguments = [
  file?: ts.SourceFile | undefined,
  writeFile?: ts.WriteFileCallback | undefined,
  token?: ts.CancellationToken | undefined,
  only?: boolean | number | undefined,
  transformers?: ts.CustomTransformers | undefined,
  ...rest: unknown[],
];

/** Which files have another text than the program knows. */
export interface Overlay {
  readonly codeOf: (file: ts.SourceFile) => string | undefined;
}

interface Redirected extends ts.SourceFile {
  readonly redirectInfo?: { readonly unredirected: ts.SourceFile };
}

/** Declarations come from what the user wrote, and so does what can be wrong. */
const JAVASCRIPT_ONLY: ts.CompilerOptions = {
  declaration: false,
  declarationMap: false,
  emitDeclarationOnly: false,
  isolatedDeclarations: false,
  composite: false,
  incremental: false,
  noEmitOnError: false,
  traceResolution: false,
};

/** Hosts that were made here: a transformer of ts-patch is called for their programs, too. */
const overlays = new WeakSet<ts.CompilerHost>();

export const isOverlay = (host: ts.CompilerHost | undefined): boolean =>
  host !== undefined && overlays.has(host);

/**
 * Makes the program. Files that were not rewritten are the other program's own, so that they are parsed once,
 * and what it resolved is taken over: a watching host must not be asked behind its back.
 */
export function rewrittenProgram(
  { ts, program, host }: { ts: TypeScript; program: InternalProgram; host: ts.CompilerHost },
  overlay: Overlay,
): InternalProgram {
  const options = { ...program.getCompilerOptions(), ...JAVASCRIPT_ONLY };
  const root = program.getCommonSourceDirectory();
  if (root !== "") options.rootDir ??= root.length > 1 ? root.replace(/\/$/, "") : root;
  const getSourceFile: ts.CompilerHost["getSourceFile"] = (name, parsing, ...rest) => {
    const known = program.getSourceFile(name) as Redirected | undefined;
    if (!known) return host.getSourceFile(name, parsing, ...rest);
    const code = overlay.codeOf(known);
    return code === undefined
      ? (known.redirectInfo?.unredirected ?? known)
      : ts.createSourceFile(name, code, parsing);
  };
  const resolve = (name: string, from: string, file: ts.SourceFile, literal: ts.StringLiteralLike) => {
    const mode = ts.getModeForUsageLocation(file, literal, options);
    const known = program.getSourceFile(from);
    return (
      (known && program.getResolvedModule(known, name, mode)) ??
      ts.resolveModuleName(name, from, options, host, undefined, undefined, mode)
    );
  };
  const over: Record<string, unknown> = {
    getSourceFile,
    getSourceFileByPath: undefined,
    onReleaseOldSourceFile: undefined,
    onReleaseParsedCommandLine: undefined,
    hasInvalidatedResolutions: () => false,
    resolveModuleNames: undefined,
    resolveModuleNameLiterals: ((literals, from, _redirect, _options, file) =>
      literals.map((literal) =>
        resolve(literal.text, from, file, literal),
      )) satisfies ts.CompilerHost["resolveModuleNameLiterals"],
    resolveTypeReferenceDirectives: undefined,
    resolveTypeReferenceDirectiveReferences: undefined,
    resolveLibrary: undefined,
  };
  const overHost = Object.assign(Object.create(host) as ts.CompilerHost, over);
  overlays.add(overHost);
  const projectReferences = program.getProjectReferences();
  return ts.createProgram({
    rootNames: program.getRootFileNames(),
    options,
    host: overHost,
    oldProgram: program,
    ...(projectReferences && { projectReferences }),
  }) as InternalProgram;
}

const KINDS = ["before", "after", "afterDeclarations"] as const;

/**
 * Emits JavaScript. ts-patch has made the transformers of its plugins already, for the other program: here they
 * are made again, for the one whose nodes they will see. What the caller gave stands behind them.
 */
export function emitJavaScript(program: InternalProgram, args: EmitArguments): ts.EmitResult {
  const { originalEmit } = program;
  if (!originalEmit) return program.emit(...args);
  const [file, writeFile, token, only, given = {}, ...rest] = args;
  program.originalEmit = (...[, , , , made = {}]) => {
    const merged: Record<string, unknown> = {};
    for (const kind of KINDS) {
      const own = made[kind] ?? [];
      merged[kind] = [...own, ...(given[kind] ?? []).slice(own.length)];
    }
    return originalEmit(file, writeFile, token, only, merged, ...rest);
  };
  try {
    return program.emit(file, writeFile, token, only, undefined, ...rest);
  } finally {
    program.originalEmit = originalEmit;
  }
}
