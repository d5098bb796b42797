/** Which tsconfig the compiler reads, where tsc was given one. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../../src/index.ts";

/**
 * Keys are made under the tsconfig that an editor finds for a file, whatever a build is given, so that they are
 * the same through every door. Only where an editor would find none, the build's own is the one.
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
 * @throws {Error} when there is none; the message is one line.
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
