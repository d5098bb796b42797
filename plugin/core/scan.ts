/** Compiles a whole project without a host: for the command and for the manifest. */
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import {
  createLazyCompiler,
  InputError,
  isEmitted,
  mayContainMark,
  resolveCompilerOptions,
} from "../../src/index.ts";
import type { Compilation, CompilerOptions, LazyCompiler, ProjectFiles } from "../../src/index.ts";
import { matcherOf, patternsFrom } from "./patterns.ts";

/** A file with a mark, or a declaration of globals that names `cached`, and its compilation. */
export interface ScannedFile {
  /** Absolute. */
  readonly path: string;
  /** Relative to the project's folder. */
  readonly file: string;
  readonly text: string;
  readonly compilation: Compilation;
}

/** The progress of a scan. All files are read first, which is fast; then the marked ones are compiled. */
export interface ScanStep {
  readonly phase: "reading" | "compiling";
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

export interface ScanOptions {
  readonly project: ProjectFiles;
  readonly compiler: CompilerOptions;
  /** The folder that the globs of `include` and `exclude` are relative to. Default: the project's folder. */
  readonly globsFrom?: string;
  /** Absolute paths of build output: JavaScript in these folders is not a source. */
  readonly built?: readonly string[];
  /** Called before each file. */
  readonly progress?: (step: ScanStep) => void;
  /** Whether to check callers in other files too. They are warned of at the function that they call. */
  readonly callers?: boolean;
  /** Default: a new compiler, created if a file is marked. */
  readonly scanner?: Scanner;
}

/** What compiles the files of a scan, and checks their callers. */
export type Scanner = Pick<LazyCompiler, "compile" | "checkCallers">;

/**
 * Compiles the marked files of a project, in the order of their paths.
 *
 * @throws {InputError} when a file that the tsconfig names does not exist, and as `createLazyCompiler` does
 */
export async function scanProject(options: ScanOptions): Promise<readonly ScannedFile[]> {
  const { project, progress } = options;
  const marked = new Map<string, string>();
  const texts = new Map<string, string>();
  const files = [...sourcesOf(options), ...selectedFrom(project.globalDeclarations, options)];
  for (const [done, path] of files.entries()) {
    progress?.({ phase: "reading", done, total: files.length, path });
    const text = readSource(path, project);
    // Build output between the sources is no source.
    if (isEmitted(text)) continue;
    if (mayContainMark(text)) marked.set(path, text);
    if (options.callers && !DECLARATIONS.test(path)) texts.set(path, text);
  }
  if (marked.size === 0) return [];
  const own = options.scanner ? undefined : compilerFor(options);
  const scanner = options.scanner ?? own!;
  const scanned: ScannedFile[] = [];
  for (const [path, text] of marked) {
    progress?.({ phase: "compiling", done: scanned.length, total: marked.size, path });
    const file = posix.relative(project.root, path);
    scanned.push({ path, file, text, compilation: await scanner.compile(path, text) });
  }
  const checked = options.callers ? await withCallers(scanned, texts, scanner) : scanned;
  own?.flush();
  return checked;
}

/** Adds the warnings about callers in other files. */
export async function withCallers(
  files: readonly ScannedFile[],
  texts: ReadonlyMap<string, string>,
  scanner: Pick<Scanner, "checkCallers">,
): Promise<readonly ScannedFile[]> {
  const warnings = await scanner.checkCallers(files, texts);
  return files.map((each) => {
    const added = warnings.get(each.path);
    if (!added) return each;
    const diagnostics = [...each.compilation.diagnostics, ...added].sort(
      (one, other) => one.span.start - other.span.start,
    );
    return { ...each, compilation: { ...each.compilation, diagnostics } };
  });
}

const DECLARATIONS = /\.d\.[cm]?ts$/;

/** Creates a compiler for the files of a project. Without a named package, ids are relative to the project's folder. */
export function compilerFor({ project, compiler }: ScanOptions): LazyCompiler {
  // The globs were already applied, and the caller writes the manifest.
  const { include: _, exclude: __, manifest: ___, ...options } = compiler;
  return createLazyCompiler({ ...options, root: project.root, scripts: "tsconfig" });
}

/** Returns the files of a project that the patterns select. */
export function sourcesOf(options: ScanOptions): readonly string[] {
  return selectedFrom(options.project.files, options);
}

function selectedFrom(
  files: readonly string[],
  { project, compiler, globsFrom, built = [] }: ScanOptions,
): readonly string[] {
  const { include, exclude } = resolveCompilerOptions(compiler);
  const isSource = matcherOf(patternsFrom(globsFrom ?? project.root, { include, exclude }));
  const isBuilt = (path: string): boolean =>
    built.some((folder) => path === folder || (path.startsWith(`${folder}/`) && /\.[cm]?jsx?$/.test(path)));
  return files.filter((path) => isSource(path) && !isBuilt(path));
}

function readSource(path: string, { root, tsconfig }: ProjectFiles): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  const [file, config] = [path, tsconfig].map((each) => posix.relative(root, each));
  throw new InputError(`${file}, which ${config} takes in, does not exist.`);
}
