/** The files of a project, as its tsconfig lists them. */
import { ts } from "ts-morph";
import { existsSync } from "node:fs";
import { TsconfigNotFoundError } from "../../diagnostics/input-error.ts";
import { absolute, folderOf, upward } from "./paths.ts";
import { Tsconfigs } from "./tsconfig.ts";

/** What {@link listProject} takes. */
export interface ListOptions {
  /** A tsconfig.json, or its folder; relative to `from`. Left out: the nearest one, upward from there. */
  readonly tsconfig?: string | undefined;
  /** Where to start. Left out: the working directory. */
  readonly from?: string | undefined;
}

/** A project's files. All paths are absolute, with `/`. */
export interface ProjectFiles {
  readonly tsconfig: string;
  /** The folder of the package that the tsconfig belongs to, else its own: what paths are told from. */
  readonly root: string;
  /** Sources, those that its `references` take in included; declaration files are none. Sorted. */
  readonly files: readonly string[];
}

/**
 * Lists a project's sources.
 *
 * @throws Error when there is no tsconfig, or one that cannot be read; the message is one line.
 */
export function listProject({ tsconfig, from = "." }: ListOptions = {}): ProjectFiles {
  const start = absolute(from);
  const path = tsconfig === undefined ? nearest(start) : given(absolute(tsconfig, start));
  const root = packageOf(path) ?? folderOf(path);
  return { tsconfig: path, root, files: new Tsconfigs(start).sources(path) };
}

/** The package that a file or folder belongs to; undefined without one. */
export function packageOf(path: string): string | undefined {
  for (const folder of upward(folderOf(path))) if (existsSync(`${folder}/package.json`)) return folder;
  return undefined;
}

function nearest(start: string): string {
  for (const folder of upward(start)) {
    for (const name of ["tsconfig.json", "jsconfig.json"]) {
      if (existsSync(`${folder}/${name}`)) return `${folder}/${name}`;
    }
  }
  throw new TsconfigNotFoundError(
    `there is no tsconfig.json or jsconfig.json in ${start} or above; say where one is with \`--project\`, or write one: \`{ "compilerOptions": { "allowJs": true }, "include": ["src"] }\`.`,
  );
}

function given(path: string): string {
  if (!ts.sys.directoryExists(path)) return path;
  const inside = [`${path}/tsconfig.json`, `${path}/jsconfig.json`];
  return inside.find((each) => existsSync(each)) ?? inside[0]!;
}
