/** Paths in the form that the compiler uses: absolute, with `/`. */
import { posix, resolve, sep } from "node:path";

/** Makes a path absolute, with `/`. A relative path starts at `root`, by default the working directory. */
export function absolute(path: string, root: string = process.cwd()): string {
  const full = resolve(root, path);
  return sep === "/" ? full : full.replaceAll(sep, "/");
}

/** Returns the folder of an absolute path. */
export const folderOf = (path: string): string => posix.dirname(path);

/** Returns the path of `file` relative to `folder`. Both are absolute. */
export const pathFrom = (folder: string, file: string): string => posix.relative(folder, file);

/** Installed packages are shared by all files of a project, so facts about them are checked once. */
export const isInstalled = (path: string): boolean => path.includes("/node_modules/");

/** Yields a folder and every folder above it. */
export function* upward(folder: string): Generator<string> {
  for (let current = folder; ; current = folderOf(current)) {
    yield current;
    if (folderOf(current) === current) return;
  }
}
