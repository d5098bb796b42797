/** The manifest on disk: written whole or not at all, and only when it changed. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { listProject, manifestText, sitesOf, TsconfigNotFoundError } from "../../src/index.ts";
import type { Compilation, CompilerOptions, ManifestSite, ProjectFiles } from "../../src/index.ts";
import { scanProject, type ScannedFile } from "./scan.ts";

/** The functions of some files, as the manifest has them. */
export const manifestSites = (files: readonly ScannedFile[]): readonly ManifestSite[] =>
  files.flatMap(({ file, compilation }) => sitesOf(file, compilation));

/**
 * Writes the manifest of some files; says whether that changed it.
 *
 * @param path absolute
 */
export function writeManifest(path: string, files: readonly ScannedFile[]): boolean {
  const text = manifestText(manifestSites(files), schemaFrom(dirname(path)));
  if (existsSync(path) && readFileSync(path, "utf8") === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  // Whoever reads it meanwhile sees the old one or the new one: renaming is one step.
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** The manifest of a build, or of a watch of many builds. */
export interface ManifestKeeper {
  /** Takes what compiling a file came to. */
  saw(path: string, text: string, compilation: Compilation): void;
  /** Says that a file changed, appeared or went away. */
  changed(path: string): void;
  /** Writes the manifest, if it changed. */
  write(): Promise<void>;
}

/** What {@link keepManifest} takes: `manifest` from the root, and the compiler that the build has. */
export interface KeepOptions {
  readonly root: string;
  readonly manifest: string;
  readonly compiler: CompilerOptions;
  readonly compile: (path: string, text: string) => Promise<Compilation>;
}

/**
 * Keeps the manifest of a project. It is of all files of the tsconfig, not of those that this build took in: page
 * and server are built apart, a watch compiles what changed, and hosts keep what they compiled in an earlier run.
 * What else the build took in, from another package, is added.
 */
export function keepManifest({ root, manifest, compiler, compile }: KeepOptions): ManifestKeeper {
  const seen = new Map<string, Omit<ScannedFile, "file">>();
  return {
    saw(path, text, compilation) {
      seen.set(path, { path, text, compilation });
    },
    changed(path) {
      seen.delete(path);
    },
    async write() {
      const project = await projectAt(root, compiler);
      const scanned = await scanProject({ project, compiler, globsFrom: root, compile });
      const listed = new Set(project.files);
      const others = [...seen.values()]
        .filter(({ path }) => !listed.has(path) && existsSync(path))
        .map((each) => ({ ...each, file: posix.relative(project.root, each.path) }));
      writeManifest(resolve(root, manifest), [...scanned, ...others]);
    },
  };
}

async function projectAt(root: string, { tsconfig }: CompilerOptions): Promise<ProjectFiles> {
  try {
    return await listProject({ from: root, tsconfig });
  } catch (error) {
    // Without a tsconfig there is no list of files, and a build does not need one.
    if (!(error instanceof TsconfigNotFoundError)) throw error;
    return { tsconfig: "", root, files: [] };
  }
}

/** Where the schema is from a folder: in the installed package, which may stand further up. */
function schemaFrom(folder: string): string {
  const start = folder.replaceAll("\\", "/");
  const levels = start.split("/").length;
  for (let up = 0; up < levels; up++) {
    const steps = "../".repeat(up);
    if (existsSync(posix.join(start, steps, "node_modules/aotcache"))) return `${steps || "./"}${SCHEMA}`;
  }
  return `./${SCHEMA}`;
}

const SCHEMA = "node_modules/aotcache/src/manifest/manifest.schema.json";
