/** Which tsconfig a file belongs to, found the way an editor finds it, and what it says. */
import { ts } from "ts-morph";
import { InputError } from "../../diagnostics/input-error.ts";
import { entriesOf, stampOf } from "./disk.ts";
import { DECLARATION_EXTENSIONS } from "./file-names.ts";
import { absolute, folderOf, pathFrom, upward } from "./paths.ts";
import { hashOf, Trace } from "./trace.ts";
import type { Entries } from "../../ts-internals.ts";
import { matchFiles, type MatchOptions } from "../../ts-internals.ts";

/** A tsconfig, read; no folder has been listed for it. */
export interface Tsconfig {
  /** Absolute; undefined for the defaults of a file that has none. */
  readonly path: string | undefined;
  readonly options: ts.CompilerOptions;
  /** Lists the files that the tsconfig takes in and that end like one of these. Reads folders. */
  readonly list: (endings: readonly string[]) => readonly string[];
}

interface Loaded extends Tsconfig {
  readonly path: string;
  readonly contains: (file: string) => boolean;
  readonly references: readonly string[];
  /** It selects no file of its own and only leads to others. */
  readonly solution: boolean;
  /** Lists the files that tsc would compile, and scripts of components. Reads folders. */
  readonly sources: () => readonly string[];
}

/** Not a declaration file: `a.d.ts`, `a.d.css.ts`. */
const PROJECT_SOURCE = /(?<!\.d(?:\.[^./]+)?)\.(?:[cm]?[jt]sx?|vue|svelte)$/;

/** What TypeScript does not know for source, and bundlers do. */
const COMPONENTS: readonly ts.FileExtensionInfo[] = [".vue", ".svelte"].map((extension) => ({
  extension,
  isMixedContent: true,
  scriptKind: ts.ScriptKind.Deferred,
}));

/** Options of a file without a tsconfig. */
const DEFAULTS: ts.CompilerOptions = {
  strict: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.Preserve,
  esModuleInterop: true,
};

/** Options that hold whatever a tsconfig says: types are only read here, and JavaScript has types too. */
const FORCED: ts.CompilerOptions = {
  noEmit: true,
  composite: false,
  incremental: false,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  allowJs: true,
  noErrorTruncation: true,
};

/** Finds and reads tsconfigs; each is read once and again when it, or what it extends, changed. */
export class Tsconfigs {
  readonly #root: string;
  readonly #explicit: string | undefined;
  readonly #trace: Trace;
  readonly #loaded = new Map<string, Loaded | undefined>();
  readonly #stamps = new Map<string, string>();
  readonly #byFile = new Map<string, Tsconfig>();
  readonly #none: Tsconfig = { path: undefined, options: effective(DEFAULTS), list: () => [] };

  constructor(root: string, explicit?: string, trace: Trace = new Trace()) {
    this.#root = root;
    this.#trace = trace;
    this.#explicit = explicit === undefined ? undefined : absolute(explicit, root);
  }

  /**
   * Returns the tsconfig that contains the file: the nearest one upward whose `files` or `include` select
   * it, or one of its `references`. Where none does, the nearest one that selects files at all speaks for
   * it, as for a configuration file next to `src`.
   *
   * @throws Error when a tsconfig on the way cannot be read.
   */
  forFile(file: string): Tsconfig {
    if ([...this.#stamps].some(([path, stamp]) => stampOf(path) !== stamp)) this.#forget();
    let config = this.#byFile.get(file);
    if (!config) this.#byFile.set(file, (config = this.#explicit ? this.#given(file) : this.#nearest(file)));
    return config;
  }

  /**
   * Lists the sources that a tsconfig takes in, through its `references` too. Sorted.
   *
   * @throws Error when it, or one that it leads to, does not exist or cannot be read.
   */
  sources(path: string): readonly string[] {
    const referrers = new Map<string, string | undefined>([[path, undefined]]);
    const files = new Set<string>();
    // A map hands out what is added while it is walked.
    for (const [at, referrer] of referrers) {
      const config = this.#load(at);
      if (!config) throw this.#missing(at, referrer);
      for (const file of config.sources()) files.add(file);
      for (const each of config.references) if (!referrers.has(each)) referrers.set(each, at);
    }
    return [...files].sort();
  }

  /** Says that a file changed, appeared or went away; true when that concerns tsconfigs. */
  invalidate(path: string): boolean {
    if (!path.endsWith(".json")) return false;
    if (!this.#stamps.has(path) && !/\/(?:ts|js)config[^/]*\.json$/.test(path)) return false;
    this.#forget();
    return true;
  }

  #forget(): void {
    this.#loaded.clear();
    this.#stamps.clear();
    this.#byFile.clear();
  }

  #given(file: string): Tsconfig {
    const path = ts.sys.directoryExists(this.#explicit!)
      ? `${this.#explicit}/tsconfig.json`
      : this.#explicit!;
    const config = this.#load(path);
    if (!config) throw this.#missing(path, undefined);
    return this.#containing(config, file) ?? config;
  }

  #nearest(file: string): Tsconfig {
    let fallback: Tsconfig | undefined;
    for (const folder of upward(folderOf(file))) {
      const config = this.#load(`${folder}/tsconfig.json`) ?? this.#load(`${folder}/jsconfig.json`);
      if (!config) continue;
      const found = this.#containing(config, file);
      if (found) return found;
      fallback ??= config.solution ? undefined : config;
    }
    return fallback ?? this.#none;
  }

  #containing(config: Loaded, file: string, seen: Set<string> = new Set()): Loaded | undefined {
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

  #load(path: string): Loaded | undefined {
    if (!this.#loaded.has(path)) {
      this.#loaded.set(path, this.#exists(path) ? this.#read(path) : undefined);
    }
    return this.#loaded.get(path);
  }

  #exists(path: string): boolean {
    const exists = ts.sys.fileExists(path);
    if (!exists) this.#trace.note("file", absolute(path), "");
    return exists;
  }

  #read(path: string): Loaded {
    const directory = folderOf(path);
    const read = (name: string): string | undefined => {
      const whole = absolute(name);
      this.#stamps.set(whole, stampOf(name));
      const text = ts.sys.readFile(name);
      this.#trace.note("text", whole, text === undefined ? "" : hashOf(text));
      return text;
    };
    const { config, error } = ts.readConfigFile(path, read) as { config: unknown; error?: ts.Diagnostic };
    if (error) throw this.#broken(path, error);
    let globs: Globs | undefined;
    const host: ts.ParseConfigHost = {
      useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
      fileExists: (name) => this.#exists(name),
      readFile: read,
      // The globs are kept for later, so that finding a file's tsconfig lists no folder.
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
      options: effective(parsed.options),
      contains: (file) => files.has(file) || (globs !== undefined && selects(globs, file)),
      references: (parsed.projectReferences ?? []).map(referencePath),
      solution: files.size === 0 && globs === undefined,
      sources: () => {
        const real = { ...host, readDirectory: ts.sys.readDirectory };
        const { fileNames } = ts.parseJsonConfigFileContent(
          config ?? {},
          real,
          directory,
          undefined,
          path,
          undefined,
          COMPONENTS,
        );
        return fileNames.map((name) => absolute(name)).filter((name) => PROJECT_SOURCE.test(name));
      },
      list: (endings) => {
        const { directory: folder, excludes, includes } = globs ?? { directory };
        const match = { directory: folder, extensions: endings, excludes, includes };
        const listed = globs ? this.#match(match, endings === DECLARATION_EXTENSIONS) : [];
        const all = new Set([...files, ...listed.map((name) => absolute(name))]);
        return [...all].filter((file) => endings.some((ending) => file.endsWith(ending)));
      },
    };
  }

  #match(match: Omit<MatchOptions, "entriesOf">, noted: boolean): string[] {
    const listing = (folder: string): Entries => {
      const entries = entriesOf(folder);
      if (noted) this.#trace.noteListing(absolute(folder), entries);
      return entries;
    };
    return matchFiles({ ...match, entriesOf: listing, realpath: ts.sys.realpath });
  }

  #missing(path: string, from: string | undefined): Error {
    const by = from === undefined ? "" : `, which ${pathFrom(this.#root, from)} refers to,`;
    return new InputError(`the tsconfig ${pathFrom(this.#root, path)}${by} does not exist.`);
  }

  #broken(path: string, { file, start, messageText }: ts.Diagnostic): Error {
    const at = file && start !== undefined ? ts.getLineAndCharacterOfPosition(file, start) : undefined;
    const name = pathFrom(this.#root, file ? absolute(file.fileName) : path);
    const place = at ? `${name}:${at.line + 1}:${at.character + 1}` : name;
    return new InputError(`${place} cannot be used: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }
}

interface Globs {
  readonly directory: string;
  readonly excludes: readonly string[] | undefined;
  readonly includes: readonly string[];
}

/** Asks TypeScript's own matcher about a tree in which nothing but this file exists. */
function selects({ directory, excludes, includes }: Globs, file: string): boolean {
  const entriesOf = (folder: string): { files: string[]; directories: string[] } => {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    if (!file.startsWith(prefix)) return { files: [], directories: [] };
    const [next, ...deeper] = file.slice(prefix.length).split("/");
    return deeper.length > 0 ? { files: [], directories: [next!] } : { files: [next!], directories: [] };
  };
  return matchFiles({ directory, extensions: undefined, excludes, includes, entriesOf }).length > 0;
}

/** What is in force: unknown options and values of a newer TypeScript have been dropped by the reader. */
function effective(options: ts.CompilerOptions): ts.CompilerOptions {
  return {
    ...options,
    ...FORCED,
    target: options.target ?? ts.ScriptTarget.ESNext,
    // TypeScript 6 takes in no `@types` unless told; 5, which a project may use, takes in all of them.
    types: options.types ?? ["*"],
  };
}

/**
 * Syntax, a missing or circular `extends`. An unknown option or value is not: the project's own TypeScript
 * may be newer than the one in here.
 */
function isFatal({ code }: ts.Diagnostic): boolean {
  return (code >= 1000 && code < 2000) || code === 5083 || code === 6053 || code === 18000;
}

function referencePath({ path }: ts.ProjectReference): string {
  const whole = absolute(path);
  return whole.endsWith(".json") ? whole : `${whole}/tsconfig.json`;
}
