/** Lists the files of a project by its tsconfig. */
import { ts } from "ts-morph";
import { existsSync } from "node:fs";
import { TsconfigNotFoundError } from "../diagnostics/input-error.ts";
import { componentOf } from "./component.ts";
import { readText } from "./files/disk.ts";
import { COMPONENT_FILE, isSourceName } from "./files/file-names.ts";
import { absolute, folderOf, upward } from "./files/paths.ts";
import { type LoadedTsconfig, Tsconfigs } from "./files/tsconfig.ts";
import { Parser } from "./program/parser.ts";
import { type FoundSources, ProjectSources } from "./program/project-sources.ts";
import { Resolver } from "./program/resolver.ts";

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
  /**
   * Sources that the tsconfig and its `references` list, and those that they import, without declaration files and
   * installed packages. Sorted.
   */
  readonly files: readonly string[];
  /** Declaration files that may declare names for all files: those listed, and others with global names. Sorted. */
  readonly globalDeclarations: readonly string[];
}

/** A project as its tsconfig lists it. */
export interface ListedProject extends ProjectFiles {
  /** That tsconfig, and those that it extends and refers to. */
  readonly configs: readonly string[];
  /** Tells whether one of these tsconfigs would list a file if it existed. */
  readonly wouldList: (path: string) => boolean;
}

/**
 * Lists the sources of a project.
 *
 * @throws {Error} if there is no tsconfig, or if one cannot be read. The message is one line.
 */
export function listProject({ tsconfig, from = "." }: ListOptions = {}): ListedProject {
  const folder = absolute(from);
  const path = tsconfig === undefined ? nearestTsconfig(folder) : tsconfigIn(absolute(tsconfig, folder));
  const root = packageOf(path) ?? folderOf(path);
  const files = new Set<string>();
  const globalDeclarations = new Set<string>();
  const tsconfigs = new Tsconfigs(folder);
  const loaded = tsconfigs.withReferences(path);
  for (const config of loaded) {
    const found = sourcesOf(config);
    for (const file of found.files) if (!ANY_DECLARATION_FILE.test(file)) files.add(file);
    for (const file of found.globals)
      if (found.files.has(file) && ANY_DECLARATION_FILE.test(file)) globalDeclarations.add(file);
  }
  return {
    tsconfig: path,
    root,
    files: [...files].sort(),
    globalDeclarations: [...globalDeclarations].sort(),
    configs: tsconfigs.paths,
    wouldList: (file) =>
      loaded.some((config) => isSource(file, config.takesJavaScript) && config.contains(absolute(file))),
  };
}

const isSource = (path: string, takesJavaScript: boolean): boolean =>
  COMPONENT_FILE.test(path) || isSourceName(path, takesJavaScript);

/** Matches `a.d.ts` and `a.d.css.ts`. */
const ANY_DECLARATION_FILE = /\.d(?:\.[^./]+)?\.[cm]?[jt]sx?$/;

/** Returns the files of a tsconfig: those that it lists, and those that they import. */
function sourcesOf({ path, options, list, ...config }: LoadedTsconfig): FoundSources {
  const resolver = new Resolver({ options, root: folderOf(path), host: ts.sys });
  const parser = new Parser(options, (file) => resolver.formatOf(file));
  const sources = new ProjectSources({
    list() {
      const { files, components, ...listing } = list();
      return { ...listing, files: [...files, ...components], components };
    },
    takesJavaScript: config.takesJavaScript,
    aliases: config.aliases,
    // The files are read once.
    stampOf: () => "",
    textOf(file) {
      const text = readText(file);
      return text === undefined ? undefined : (componentOf(file, text)?.text ?? text);
    },
    modeOf: (file, form) => parser.modeOf(file, form),
    resolve: (...request) => resolver.resolve(...request).resolvedModule,
  });
  return sources.found;
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
