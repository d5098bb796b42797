/** Lists all files of a project, for a copy of it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Projects } from "../build/projects.ts";

/** The files of a project, for a copy of it. */
export interface ProjectTexts {
  /** The text of each file, by its path. */
  readonly files: Map<string, string>;
  /** The paths of the tsconfigs among them. */
  readonly tsconfigs: ReadonlySet<string>;
}

/**
 * Reads the sources of a project and its references, with imported files, declarations, tsconfigs and package.jsons.
 * Installed packages are left out.
 *
 * @param isOutput whether a file is in the folder that will be written
 */
export function projectFiles(
  projects: Projects,
  path: string,
  isOutput: (file: string) => boolean,
): ProjectTexts {
  const tsconfigs = new Set<string>();
  const files = new Map<string, string>();
  const add = (file: string, text: string): void => {
    if (!IN_NODE_MODULES.test(file) && !isOutput(file)) files.set(file, text);
  };
  const { configs } = projects.read(path);
  const outputs = configs.flatMap(
    ({ parsed: { options } }) => options.declarationDir ?? options.outDir ?? [],
  );
  for (const config of configs) {
    const fileNames = config.parsed.fileNames.filter((file) => !isOutput(file));
    const { program } = projects.program({ ...config, parsed: { ...config.parsed, fileNames } });
    const { configFile } = program.getCompilerOptions() as { readonly configFile?: ConfigFile };
    for (const file of [config.path, ...(configFile?.extendedSourceFiles ?? [])]) {
      if (existsSync(file)) add(file, readFileSync(file, "utf8"));
      if (files.has(file)) tsconfigs.add(file);
    }
    for (const source of program.getSourceFiles()) {
      if (program.isSourceFileDefaultLibrary(source) || program.isSourceFileFromExternalLibrary(source))
        continue;
      // The built declarations of a reference are output, not sources.
      if (source.isDeclarationFile && outputs.some((folder) => isIn(folder, source.fileName))) continue;
      add(source.fileName, readFileSync(source.fileName, "utf8"));
    }
  }
  for (const file of packagesOf([...files.keys()])) add(file, readFileSync(file, "utf8"));
  return { files, tsconfigs };
}

/** A parsed tsconfig, with the property that the typings hide. */
interface ConfigFile {
  readonly extendedSourceFiles?: readonly string[];
}

const IN_NODE_MODULES = /[\\/]node_modules[\\/]/;

/** Returns the package.jsons between the files and their common folder. */
function packagesOf(files: readonly string[]): Set<string> {
  const top = commonFolder(files);
  const found = new Set<string>();
  const seen = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder);
      if (existsSync(join(folder, "package.json"))) found.add(join(folder, "package.json"));
      if (folder === top) break;
    }
  }
  return found;
}

/** Returns the deepest folder that contains all files. */
export function commonFolder(files: readonly string[]): string {
  const [first = "/", ...rest] = files.map((file) => dirname(file));
  let folder = first;
  for (const each of rest) while (!isIn(folder, each)) folder = dirname(folder);
  return folder;
}

/** Checks whether a path is a folder or in it. */
export const isIn = (folder: string, path: string): boolean => {
  const fromFolder = relative(folder, path);
  return fromFolder !== ".." && !fromFolder.startsWith(`..${sep}`);
};
