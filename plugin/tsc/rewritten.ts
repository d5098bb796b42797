/** A second program with the rewritten texts. Only JavaScript is emitted from it. */
import type ts from "typescript";

type TypeScript = typeof ts;

/** A program with its internal members, which TypeScript has from 5.4 to 6. */
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
  /** The unpatched method, which ts-patch stores here. */
  originalEmit?: (...args: EmitArguments) => ts.EmitResult;
}

/** Internally, `only` may be a number: 0 for JavaScript, 1 and higher for declarations. */
export type EmitArguments = [
  file?: ts.SourceFile | undefined,
  writeFile?: ts.WriteFileCallback | undefined,
  token?: ts.CancellationToken | undefined,
  only?: boolean | number | undefined,
  transformers?: ts.CustomTransformers | undefined,
  ...rest: unknown[],
];

/** The rewritten texts. */
export interface Overlay {
  /** Returns the rewritten text of a file; `undefined` for a file that was not rewritten. */
  readonly codeOf: (file: ts.SourceFile) => string | undefined;
}

interface Redirected extends ts.SourceFile {
  readonly redirectInfo?: { readonly unredirected: ts.SourceFile };
}

/** Disables everything but JavaScript: declarations and diagnostics come from the original program. */
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

/** Hosts of rewritten programs. ts-patch calls the transformer for these programs too, which must ignore them. */
const overlayHosts = new WeakSet<ts.CompilerHost>();

/** Checks for the host of a rewritten program. */
export const isOverlay = (host: ts.CompilerHost | undefined): boolean =>
  host !== undefined && overlayHosts.has(host);

/**
 * Creates the program. It shares the files that were not rewritten with the original program, so that they are parsed
 * once, and reuses its module resolutions: a watching host must not be asked again.
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
  const overrides: Record<string, unknown> = {
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
  const overlayHost = Object.assign(Object.create(host) as ts.CompilerHost, overrides);
  overlayHosts.add(overlayHost);
  const projectReferences = program.getProjectReferences();
  return ts.createProgram({
    rootNames: program.getRootFileNames(),
    options,
    host: overlayHost,
    oldProgram: program,
    ...(projectReferences && { projectReferences }),
  }) as InternalProgram;
}

const TRANSFORMER_KINDS = ["before", "after", "afterDeclarations"] as const;

/**
 * Emits JavaScript. ts-patch has created the transformers of its plugins for the original program. Here they are
 * created again for the program whose nodes they will visit. The transformers of the caller come after them.
 */
export function emitJavaScript(program: InternalProgram, args: EmitArguments): ts.EmitResult {
  const { originalEmit } = program;
  if (!originalEmit) return program.emit(...args);
  const [file, writeFile, token, only, given = {}, ...rest] = args;
  program.originalEmit = (...[, , , , made = {}]) => {
    const merged: Record<string, unknown> = {};
    for (const kind of TRANSFORMER_KINDS) {
      const fromPlugins = made[kind] ?? [];
      merged[kind] = [...fromPlugins, ...(given[kind] ?? []).slice(fromPlugins.length)];
    }
    return originalEmit(file, writeFile, token, only, merged, ...rest);
  };
  try {
    return program.emit(file, writeFile, token, only, undefined, ...rest);
  } finally {
    program.originalEmit = originalEmit;
  }
}
