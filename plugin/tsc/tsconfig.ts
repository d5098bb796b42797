/** Decides which tsconfig the compiler uses in a build that has its own. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../../src/index.ts";

/**
 * Returns the build's tsconfig if the compiler must use it, else `undefined`. The compiler uses the tsconfig that an
 * editor finds for a file, whatever the build was given, so that every integration makes the same keys. Only if an
 * editor would find none, it uses the build's.
 */
export function tsconfigFor(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "tsconfig.json")) || existsSync(join(folder, "jsconfig.json")))
      return undefined;
    if (dirname(folder) === folder) return path;
  }
}

/**
 * Finds a project's tsconfig.
 *
 * @param project a tsconfig or its folder, relative to `cwd`. Left out: the nearest tsconfig.json, from `cwd` upward
 * @throws {InputError} if there is none
 */
export function projectPath(project: string | undefined, cwd: string): string {
  if (project !== undefined) {
    const given = resolve(cwd, project);
    const path = existsSync(given) && statSync(given).isDirectory() ? join(given, "tsconfig.json") : given;
    if (existsSync(path)) return path;
    throw new InputError(`there is no ${path}. Write the path of a tsconfig or of its folder.`);
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "tsconfig.json"))) return join(folder, "tsconfig.json");
    if (dirname(folder) === folder) {
      throw new InputError(
        `there is no tsconfig.json in ${cwd} or above. Write one, or say where it is with \`-p\`.`,
      );
    }
  }
}
