/** Finds the tsconfig that a file belongs to, as an editor does, and reads it. */
import { posix } from "node:path";
import { ts } from "ts-morph";
import { InputError } from "../../diagnostics/input-error.ts";
import { entriesOf, stampOf } from "./disk.ts";
import { COMPONENT_FILE, JAVASCRIPT_FILE, TYPESCRIPT_FILE } from "./file-names.ts";
import { absolute, folderOf, pathFrom, upward } from "./paths.ts";
import type { PathAlias } from "./scan-imports.ts";
import { hashOf, Trace } from "./trace.ts";
import { globPatterns, type GlobPatterns, matchFiles, type Entries } from "../../ts-internals.ts";

/** A tsconfig that was read. Reading it lists no folder. */
export interface Tsconfig {
  /** Absolute. Undefined for the default options of a file without a tsconfig. */
  readonly path: string | undefined;
  readonly options: ts.CompilerOptions;
  /** Whether tsc takes JavaScript files: `allowJs`. The compiler itself takes them always. */
  readonly takesJavaScript: boolean;
  /** Whether tsc writes JavaScript. */
  readonly emits: boolean;
  /** The most specific ones come first. */
  readonly aliases: readonly PathAlias[];
  /** Lists the files that the tsconfig includes, as tsc does, and components. Reads folders. */
  readonly list: () => Listing;
}

/** The files that a tsconfig includes. */
export interface Listing {
  /** TypeScript, declaration files, JavaScript if tsc takes it. */
  readonly files: readonly string[];
  /** Vue and Svelte files. */
  readonly components: readonly string[];
  /** The folders that were read. */
  readonly folders: ReadonlyMap<string, Entries>;
  /**
   * Returns expressions for the paths that the globs select. They match paths as they are below `base`: `/src/a.ts`.
   * Undefined if a glob leads out of `base`.
   */
  readonly patternsIn: (base: string) => GlobPatterns | undefined;
}

/** A tsconfig on disk. */
export interface LoadedTsconfig extends Tsconfig {
  readonly path: string;
  readonly contains: (file: string) => boolean;
  readonly references: readonly string[];
  /** It includes no file itself and only refers to other tsconfigs. */
  readonly isSolution: boolean;
}

/** Extensions of sources that bundlers know and TypeScript does not. */
const COMPONENT_EXTENSIONS: readonly ts.FileExtensionInfo[] = [".vue", ".svelte", ".astro"].map(
  (extension) => ({
    extension,
    isMixedContent: true,
    scriptKind: ts.ScriptKind.Deferred,
  }),
);

/** The options of a file without a tsconfig. */
const DEFAULT_OPTIONS: ts.CompilerOptions = {
  strict: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.Preserve,
  esModuleInterop: true,
};

/** These override every tsconfig: the program is only asked for types, and JavaScript files have types too. */
const FORCED_OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  composite: false,
  incremental: false,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  allowJs: true,
  noErrorTruncation: true,
};

/** Finds and reads tsconfigs. Reads all again when one, or a file that one extends, has changed. */
export class Tsconfigs {
  readonly #root: string;
  readonly #explicit: string | undefined;
  readonly #trace: Trace;
  readonly #loaded = new Map<string, LoadedTsconfig | undefined>();
  readonly #stamps = new Map<string, string>();
  readonly #byFile = new Map<string, Tsconfig>();
  readonly #default: Tsconfig = {
    path: undefined,
    options: effectiveOptions(DEFAULT_OPTIONS),
    takesJavaScript: false,
    emits: false,
    aliases: [],
    list: () => ({ files: [], components: [], folders: new Map(), patternsIn: () => undefined }),
  };

  constructor(root: string, explicit?: string, trace: Trace = new Trace()) {
    this.#root = root;
    this.#trace = trace;
    this.#explicit = explicit === undefined ? undefined : absolute(explicit, root);
  }

  /**
   * Returns the tsconfig that contains the file: the first one, from its folder upward, whose `files` or `include`
   * select it, or one of the `references` of such a tsconfig. If none selects it, returns the nearest one that
   * selects any file. This covers a configuration file next to `src`.
   *
   * @throws {Error} if a tsconfig on the way cannot be read.
   */
  forFile(file: string): Tsconfig {
    if ([...this.#stamps].some(([path, stamp]) => stampOf(path) !== stamp)) this.#reset();
    let config = this.#byFile.get(file);
    if (!config)
      this.#byFile.set(file, (config = this.#explicit ? this.#explicitFor(file) : this.#nearestFor(file)));
    return config;
  }

  /**
   * Returns a tsconfig and all that it refers to.
   *
   * @throws {Error} if one does not exist or cannot be read.
   */
  withReferences(path: string): readonly LoadedTsconfig[] {
    const referrers = new Map<string, string | undefined>([[path, undefined]]);
    const configs: LoadedTsconfig[] = [];
    // Iterating over a map also visits the entries that the loop adds.
    for (const [current, referrer] of referrers) {
      const config = this.#load(current);
      if (!config) throw this.#missing(current, referrer);
      configs.push(config);
      for (const each of config.references) if (!referrers.has(each)) referrers.set(each, current);
    }
    return configs;
  }

  /** The tsconfigs that were read. */
  get paths(): readonly string[] {
    return [...this.#stamps.keys()];
  }

  /** Reports that a file was changed, added or removed. Returns whether that affects a tsconfig. */
  invalidate(path: string): boolean {
    if (!path.endsWith(".json")) return false;
    if (!this.#stamps.has(path) && !/\/(?:ts|js)config[^/]*\.json$/.test(path)) return false;
    this.#reset();
    return true;
  }

  #reset(): void {
    this.#loaded.clear();
    this.#stamps.clear();
    this.#byFile.clear();
  }

  #explicitFor(file: string): Tsconfig {
    const path = ts.sys.directoryExists(this.#explicit!)
      ? `${this.#explicit}/tsconfig.json`
      : this.#explicit!;
    const config = this.#load(path);
    if (!config) throw this.#missing(path, undefined);
    return this.#containing(config, file) ?? config;
  }

  #nearestFor(file: string): Tsconfig {
    let fallback: Tsconfig | undefined;
    for (const folder of upward(folderOf(file))) {
      const config = this.#load(`${folder}/tsconfig.json`) ?? this.#load(`${folder}/jsconfig.json`);
      if (!config) continue;
      const found = this.#containing(config, file);
      if (found) return found;
      fallback ??= config.isSolution ? undefined : config;
    }
    return fallback ?? this.#default;
  }

  #containing(
    config: LoadedTsconfig,
    file: string,
    seen: Set<string> = new Set(),
  ): LoadedTsconfig | undefined {
    if (seen.has(config.path)) return undefined;
    seen.add(config.path);
    if (config.contains(file)) return config;
    for (const path of config.references) {
      const reference = this.#load(path);
      const found = reference && this.#containing(reference, file, seen);
      if (found) return found;
    }
    return undefined;
  }

  #load(path: string): LoadedTsconfig | undefined {
    if (!this.#loaded.has(path)) {
      this.#loaded.set(path, this.#exists(path) ? this.#read(path) : undefined);
    }
    return this.#loaded.get(path);
  }

  #exists(path: string): boolean {
    const exists = ts.sys.fileExists(path);
    if (!exists) this.#trace.record("file", absolute(path), "");
    return exists;
  }

  #read(path: string): LoadedTsconfig {
    const directory = folderOf(path);
    const read = (name: string): string | undefined => {
      const full = absolute(name);
      this.#stamps.set(full, stampOf(name));
      const text = ts.sys.readFile(name);
      this.#trace.record("text", full, text === undefined ? "" : hashOf(text));
      return text;
    };
    const { config, error } = ts.readConfigFile(path, read) as { config: unknown; error?: ts.Diagnostic };
    if (error) throw this.#broken(path, error);
    let globs: Globs | undefined;
    const host: ts.ParseConfigHost = {
      useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
      fileExists: (name) => this.#exists(name),
      readFile: read,
      // Stores the globs instead of listing folders, so that finding the tsconfig of a file lists no folder.
      readDirectory: (folder, _extensions, excludes, includes) => {
        globs = { directory: folder, excludes, includes };
        return [];
      },
    };
    const parsed = ts.parseJsonConfigFileContent(config ?? {}, host, directory, undefined, path);
    const failure = parsed.errors.find(isFatal);
    if (failure) throw this.#broken(path, failure);
    const files = new Set(parsed.fileNames.map((name) => absolute(name)));
    return {
      path,
      options: effectiveOptions(parsed.options),
      contains: (file) => files.has(file) || (globs !== undefined && selects(globs, file)),
      references: (parsed.projectReferences ?? []).map(referencePath),
      isSolution: files.size === 0 && globs === undefined,
      aliases: aliasesOf(parsed.options),
      emits: parsed.options.noEmit !== true && parsed.options.emitDeclarationOnly !== true,
      takesJavaScript: parsed.options.allowJs ?? parsed.options.checkJs ?? false,
      list: () => {
        const folders = new Map<string, Entries>();
        const entriesIn = (folder: string): Entries => {
          const entries = entriesOf(folder);
          folders.set(absolute(folder), entries);
          return entries;
        };
        const readDirectory: ts.ParseConfigHost["readDirectory"] = (
          folder,
          extensions,
          excludes,
          includes,
        ) => {
          const match = { directory: folder, extensions, excludes, includes, entriesOf: entriesIn };
          return matchFiles({ ...match, realpath: ts.sys.realpath });
        };
        const { fileNames } = ts.parseJsonConfigFileContent(
          config ?? {},
          { ...host, readDirectory },
          directory,
          undefined,
          path,
          undefined,
          COMPONENT_EXTENSIONS,
        );
        const names = fileNames.map((name) => absolute(name));
        return {
          files: names.filter((name) => TYPESCRIPT_FILE.test(name) || JAVASCRIPT_FILE.test(name)),
          components: names.filter((name) => COMPONENT_FILE.test(name)),
          folders,
          patternsIn: (base) => globs && patternsIn(base, globs),
        };
      },
    };
  }

  #missing(path: string, from: string | undefined): Error {
    const referrer = from === undefined ? "" : `, which ${pathFrom(this.#root, from)} refers to,`;
    return new InputError(`the tsconfig ${pathFrom(this.#root, path)}${referrer} does not exist.`);
  }

  #broken(path: string, { file, start, messageText }: ts.Diagnostic): Error {
    const position = file && start !== undefined ? ts.getLineAndCharacterOfPosition(file, start) : undefined;
    const name = pathFrom(this.#root, file ? absolute(file.fileName) : path);
    const place = position ? `${name}:${position.line + 1}:${position.character + 1}` : name;
    return new InputError(`${place} cannot be used: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }
}

interface Globs {
  readonly directory: string;
  readonly excludes: readonly string[] | undefined;
  readonly includes: readonly string[];
}

/** Whether the globs select a file. Runs TypeScript's matcher on a tree that contains only this file. */
function selects({ directory, excludes, includes }: Globs, file: string): boolean {
  const entriesOf = (folder: string): { files: string[]; directories: string[] } => {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    if (!file.startsWith(prefix)) return { files: [], directories: [] };
    const [next, ...deeper] = file.slice(prefix.length).split("/");
    return deeper.length > 0 ? { files: [], directories: [next!] } : { files: [next!], directories: [] };
  };
  return matchFiles({ directory, extensions: undefined, excludes, includes, entriesOf }).length > 0;
}

function patternsIn(base: string, { directory, excludes, includes }: Globs): GlobPatterns | undefined {
  const from = absolute(directory);
  const relative = posix.relative(base, from);
  // TypeScript makes the globs of some options absolute.
  const relativeGlob = (glob: string): string => pathFrom(from, absolute(glob, from)) || ".";
  const [included, excluded] = [includes, excludes ?? []].map((globs) => globs.map(relativeGlob));
  const leadsOut = (glob: string): boolean => posix.join(relative, glob).startsWith("..");
  if ([...included!, ...excluded!].some(leadsOut)) return undefined;
  return globPatterns(`/${relative}`, { includes: included!, excludes: excluded! });
}

/** Returns `paths`, and `baseUrl` as the alias of everything else. */
function aliasesOf({ paths = {}, ...options }: ts.CompilerOptions): readonly PathAlias[] {
  const { baseUrl, pathsBasePath } = options as {
    readonly [name in "baseUrl" | "pathsBasePath"]?: string;
  };
  const base = baseUrl ?? pathsBasePath ?? "";
  const aliases = Object.entries(paths).map(([pattern, targets]): PathAlias => [
    pattern,
    targets.map((target) => absolute(target, base)),
  ]);
  const lengthOf = ([pattern]: PathAlias): number =>
    pattern.includes("*") ? pattern.indexOf("*") : Number.POSITIVE_INFINITY;
  aliases.sort((one, other) => lengthOf(other) - lengthOf(one));
  return baseUrl === undefined ? aliases : [...aliases, ["*", [`${absolute(baseUrl)}/*`]]];
}

/** The reader has already dropped unknown options, and values that a newer TypeScript added. */
function effectiveOptions(options: ts.CompilerOptions): ts.CompilerOptions {
  return {
    ...options,
    ...FORCED_OPTIONS,
    target: options.target ?? ts.ScriptTarget.ESNext,
    // By default, TypeScript 6 includes no `@types` and TypeScript 5 all. The project may use either.
    types: options.types ?? ["*"],
  };
}

/**
 * Errors of syntax, and a missing or circular `extends`. Unknown options and values are not fatal: the TypeScript of
 * the project may be newer than the one that the compiler uses.
 */
function isFatal({ code }: ts.Diagnostic): boolean {
  return (code >= 1000 && code < 2000) || code === 5083 || code === 6053 || code === 18000;
}

function referencePath({ path }: ts.ProjectReference): string {
  const full = absolute(path);
  return full.endsWith(".json") ? full : `${full}/tsconfig.json`;
}
