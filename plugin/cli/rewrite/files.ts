/** Which files a project is made of, and another folder that holds all of them. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Projects } from "../build/projects.ts";

/**
 * Reads the sources of a project and of all that it refers to, imported ones and declarations included, with the
 * tsconfigs and package.jsons that say what they mean. Packages that are installed stay where they are.
 */
export function projectFiles(
  projects: Projects,
  path: string,
  isOwn: (file: string) => boolean,
): Map<string, string> {
  const files = new Map<string, string>();
  const add = (file: string, text: string): void => {
    if (!INSTALLED.test(file) && !isOwn(file)) files.set(file, text);
  };
  const { configs } = projects.read(path);
  const outputs = configs.flatMap(
    ({ parsed: { options } }) => options.declarationDir ?? options.outDir ?? [],
  );
  for (const config of configs) {
    const fileNames = config.parsed.fileNames.filter((file) => !isOwn(file));
    const { program } = projects.program({ ...config, parsed: { ...config.parsed, fileNames } });
    const { configFile } = program.getCompilerOptions() as { readonly configFile?: ConfigFile };
    for (const file of [config.path, ...(configFile?.extendedSourceFiles ?? [])]) {
      if (existsSync(file)) add(file, readFileSync(file, "utf8"));
    }
    for (const source of program.getSourceFiles()) {
      if (program.isSourceFileDefaultLibrary(source) || program.isSourceFileFromExternalLibrary(source))
        continue;
      // A project that refers to another one reads what was built of that.
      if (source.isDeclarationFile && outputs.some((folder) => isIn(folder, source.fileName))) continue;
      add(source.fileName, readFileSync(source.fileName, "utf8"));
    }
  }
  for (const file of packagesOf([...files.keys()])) add(file, readFileSync(file, "utf8"));
  return files;
}

/** What TypeScript knows of a tsconfig, and its typings hide. */
interface ConfigFile {
  readonly extendedSourceFiles?: readonly string[];
}

const INSTALLED = /[\\/]node_modules[\\/]/;

/** The package.jsons between the files and the folder that holds all of them. */
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

/** The deepest folder that all files are in. */
export function commonFolder(files: readonly string[]): string {
  const [first = "/", ...rest] = files.map((file) => dirname(file));
  let folder = first;
  for (const each of rest) while (!isIn(folder, each)) folder = dirname(folder);
  return folder;
}

/** Tells whether a path is a folder or in it. */
export const isIn = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`);
};
