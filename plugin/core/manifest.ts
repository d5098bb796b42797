/** Writes the manifest to disk: atomically, and only if it changed. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { listProject, manifestText, sitesOf, TsconfigNotFoundError } from "../../src/index.ts";
import type { Compilation, CompilerOptions, ManifestSite, ProjectFiles } from "../../src/index.ts";
import { scanProject, type ScannedFile, type Scanner } from "./scan.ts";

/** Returns the functions of some files in the form of the manifest. */
export const manifestSites = (files: readonly ScannedFile[]): readonly ManifestSite[] =>
  files.flatMap(({ file, compilation }) => sitesOf(file, compilation));

/**
 * Writes the manifest of some files. Returns whether it changed.
 *
 * @param path absolute
 */
export function writeManifest(path: string, files: readonly ScannedFile[]): boolean {
  const text = manifestText(manifestSites(files), schemaPathFrom(dirname(path)));
  if (existsSync(path) && readFileSync(path, "utf8") === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  // Renaming is atomic: a concurrent reader sees the old manifest or the new one.
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** Collects the functions of a build, or of all builds of a watcher, and writes their manifest. */
export interface ManifestBuilder {
  /** Records a compiled file. */
  add(path: string, text: string, compilation: Compilation): void;
  /** Reports that a file was changed, created or deleted. */
  changed(path: string): void;
  /** Writes the manifest if it changed. */
  write(): Promise<void>;
}

/** Options of {@link createManifestBuilder}. */
export interface ManifestBuilderOptions {
  readonly root: string;
  /** The path of the manifest, relative to `root`. */
  readonly manifest: string;
  readonly compiler: CompilerOptions;
  /** The build's own compiler. */
  readonly scanner: Scanner;
}

/**
 * Creates the manifest builder of a project. The manifest covers all files of the tsconfig, not only the files of
 * this build: client and server are built separately, a watcher compiles only changed files, and hosts reuse the
 * output of earlier runs. Files that the build took from other packages are added.
 */
export function createManifestBuilder({
  root,
  manifest,
  compiler,
  scanner,
}: ManifestBuilderOptions): ManifestBuilder {
  const compiled = new Map<string, Omit<ScannedFile, "file">>();
  return {
    add(path, text, compilation) {
      compiled.set(path, { path, text, compilation });
    },
    changed(path) {
      compiled.delete(path);
    },
    async write() {
      const project = await projectAt(root, compiler);
      const scanned = await scanProject({ project, compiler, globsFrom: root, scanner });
      const listed = new Set(project.files);
      const others = [...compiled.values()]
        .filter(({ path }) => !listed.has(path) && existsSync(path))
        .map((each) => ({ ...each, file: posix.relative(project.root, each.path) }));
      writeManifest(resolve(root, manifest), [...scanned, ...others]);
    },
  };
}

/** The project of a folder; without a tsconfig, one without files. */
export async function projectAt(root: string, { tsconfig }: CompilerOptions): Promise<ProjectFiles> {
  try {
    return await listProject({ from: root, tsconfig });
  } catch (error) {
    // A build does not need a tsconfig. Without one, there is no list of files.
    if (!(error instanceof TsconfigNotFoundError)) throw error;
    return { tsconfig: "", root, files: [], globalDeclarations: [] };
  }
}

/** Returns the path of the schema relative to a folder. The package may be installed in a parent folder. */
function schemaPathFrom(folder: string): string {
  const start = folder.replaceAll("\\", "/");
  const levels = start.split("/").length;
  for (let up = 0; up < levels; up++) {
    const steps = "../".repeat(up);
    if (existsSync(posix.join(start, steps, "node_modules/aotcache")))
      return `${steps || "./"}${SCHEMA_PATH}`;
  }
  return `./${SCHEMA_PATH}`;
}

const SCHEMA_PATH = "node_modules/aotcache/src/manifest/manifest.schema.json";
