/** Paths as the compiler uses them: absolute, with `/`. */
import { posix, resolve, sep } from "node:path";

/** Returns a path absolute and with `/`; a relative one starts at `root`. */
export function absolute(path: string, root: string = process.cwd()): string {
  const whole = resolve(root, path);
  return sep === "/" ? whole : whole.replaceAll(sep, "/");
}

/** Returns the folder of an absolute path. */
export const folderOf = (path: string): string => posix.dirname(path);

/** Returns the path of `file` from `folder`, both absolute. */
export const pathFrom = (folder: string, file: string): string => posix.relative(folder, file);

/** Yields a folder and every folder above it. */
export function* upward(folder: string): Generator<string> {
  for (let at = folder; ; at = folderOf(at)) {
    yield at;
    if (folderOf(at) === at) return;
  }
}
