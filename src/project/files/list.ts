/** Lists the files of a project by its tsconfig. */
import { ts } from "ts-morph";
import { existsSync } from "node:fs";
import { TsconfigNotFoundError } from "../../diagnostics/input-error.ts";
import { absolute, folderOf, upward } from "./paths.ts";
import { Tsconfigs } from "./tsconfig.ts";

/** Options of {@link listProject}. */
export interface ListOptions {
  /** A tsconfig.json or its folder, relative to `from`. Default: the nearest one in `from` or a folder above. */
  readonly tsconfig?: string | undefined;
  /** The folder to search from. Default: the working directory. */
  readonly from?: string | undefined;
}

/** The files of a project. All paths are absolute and use `/`. */
export interface ProjectFiles {
  readonly tsconfig: string;
  /** The folder of the nearest package.json, else that of the tsconfig. Diagnostics name files relative to it. */
  readonly root: string;
  /** Sources, including those of its `references`, without declaration files. Sorted. */
  readonly files: readonly string[];
}

/**
 * Lists the sources of a project.
 *
 * @throws {Error} if there is no tsconfig, or if one cannot be read. The message is one line.
 */
export function listProject({ tsconfig, from = "." }: ListOptions = {}): ProjectFiles {
  const folder = absolute(from);
  const path = tsconfig === undefined ? nearestTsconfig(folder) : tsconfigIn(absolute(tsconfig, folder));
  const root = packageOf(path) ?? folderOf(path);
  return { tsconfig: path, root, files: new Tsconfigs(folder).listSources(path) };
}

/** Returns the folder of the nearest package.json. */
function packageOf(path: string): string | undefined {
  for (const folder of upward(folderOf(path))) if (existsSync(`${folder}/package.json`)) return folder;
  return undefined;
}

function nearestTsconfig(start: string): string {
  for (const folder of upward(start)) {
    for (const name of ["tsconfig.json", "jsconfig.json"]) {
      if (existsSync(`${folder}/${name}`)) return `${folder}/${name}`;
    }
  }
  throw new TsconfigNotFoundError(
    `found no tsconfig.json or jsconfig.json in ${start} or a folder above it. Pass the path of one with \`--project\`, or create one: \`{ "compilerOptions": { "allowJs": true }, "include": ["src"] }\`.`,
  );
}

function tsconfigIn(path: string): string {
  if (!ts.sys.directoryExists(path)) return path;
  const candidates = [`${path}/tsconfig.json`, `${path}/jsconfig.json`];
  return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0]!;
}
