/** The parsed files of all projects of a workspace, so that projects with the same options parse a file once. */
import type { ts } from "ts-morph";

/** Options that change neither how a file is parsed nor its symbols. */
const IRRELEVANT_OPTIONS: ReadonlySet<string> = new Set([
  "baseUrl",
  "configFile",
  "configFilePath",
  "declarationDir",
  "lib",
  "outDir",
  "outFile",
  "paths",
  "pathsBasePath",
  "plugins",
  "rootDir",
  "rootDirs",
  "tsBuildInfoFile",
  "typeRoots",
  "types",
]);

export class ParsedFiles {
  readonly #files = new Map<string, ts.SourceFile>();

  /** Returns the file as it was parsed from this text, or parses it. */
  get(key: string, text: string, parse: () => ts.SourceFile): ts.SourceFile {
    const known = this.#files.get(key);
    if (known?.text === text) return known;
    const source = parse();
    this.#files.set(key, source);
    return source;
  }

  /** Drops all files, because symbols in them may be incomplete. */
  clear(): void {
    this.#files.clear();
  }
}

/** Returns a text that is the same for options that parse and bind files in the same way. */
export function parsingKey(options: ts.CompilerOptions): string {
  const relevant = Object.entries(options).filter(([name]) => !IRRELEVANT_OPTIONS.has(name));
  return JSON.stringify(relevant.sort(([one], [other]) => (one < other ? -1 : 1)));
}
