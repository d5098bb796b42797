/** A whole project, compiled without a host: for the command line and for the manifest. */
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { createCompiler, InputError, mayContainMark, resolveCompilerOptions } from "../../src/index.ts";
import type { Compilation, Compiler, CompilerOptions, ProjectFiles } from "../../src/index.ts";
import { matcherOf, patternsFrom } from "./patterns.ts";

/** A file that has something to do with caching. */
export interface ScannedFile {
  /** Absolute. */
  readonly path: string;
  /** From the project's folder. */
  readonly file: string;
  readonly text: string;
  readonly compilation: Compilation;
}

/** How far the work is: reading is quick, compiling is not. */
export interface Step {
  readonly phase: "reading" | "compiling";
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

export interface ScanOptions {
  readonly project: ProjectFiles;
  readonly compiler: CompilerOptions;
  /** Where the globs of `include` and `exclude` start. Left out: the project's folder. */
  readonly globsFrom?: string;
  /** Folders that hold what was built, so that no JavaScript in them is a source. Absolute. */
  readonly built?: readonly string[];
  /** Is told before each file. */
  readonly progress?: (step: Step) => void;
  /** That of a compiler with these options. Left out: of a new one, if a file is marked. */
  readonly compile?: (path: string, text: string) => Compilation | Promise<Compilation>;
}

/**
 * Compiles the marked files of a project, in the order of their paths.
 *
 * @throws {Error} when a file that the tsconfig names cannot be read, or as `createCompiler` does; the message is
 * one line.
 */
export async function scanProject(options: ScanOptions): Promise<readonly ScannedFile[]> {
  const { project, progress } = options;
  const marked = new Map<string, string>();
  const files = sourcesOf(options);
  for (const [done, path] of files.entries()) {
    progress?.({ phase: "reading", done, total: files.length, path });
    const text = read(path, project);
    if (mayContainMark(text) && !EMITTED.test(text)) marked.set(path, text);
  }
  if (marked.size === 0) return [];
  const compile = options.compile ?? (await compilerFor(options)).compile;
  const scanned: ScannedFile[] = [];
  for (const [path, text] of marked) {
    progress?.({ phase: "compiling", done: scanned.length, total: marked.size, path });
    const file = posix.relative(project.root, path);
    scanned.push({ path, file, text, compilation: await compile(path, text) });
  }
  return scanned;
}

/** A compiler for the files of a project; where no package has a name, ids start at the project's folder. */
export function compilerFor({ project, compiler }: ScanOptions): Promise<Compiler> {
  // Globs were tried already, and no file is written here.
  const { include: _, exclude: __, manifest: ___, ...options } = compiler;
  return createCompiler({ ...options, root: project.root });
}

/** What the emitter wrote: a build that went into a folder of sources is no source. */
const EMITTED = /(?:\$aot|aot\$)\w*\s*(?:=\s*[\w.(]*require\(|from\s*)["']aotcache\/internal["']/;

/** The files of a project that its patterns select. */
export function sourcesOf({ project, compiler, globsFrom, built = [] }: ScanOptions): readonly string[] {
  const { include, exclude } = resolveCompilerOptions(compiler);
  const isSource = matcherOf(patternsFrom(globsFrom ?? project.root, { include, exclude }));
  const isBuilt = (path: string): boolean =>
    built.some((folder) => path === folder || (path.startsWith(`${folder}/`) && /\.[cm]?jsx?$/.test(path)));
  return project.files.filter((path) => isSource(path) && !isBuilt(path));
}

function read(path: string, { root, tsconfig }: ProjectFiles): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  const [file, config] = [path, tsconfig].map((each) => posix.relative(root, each));
  throw new InputError(`${file}, which ${config} takes in, does not exist.`);
}
