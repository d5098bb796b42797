/** Parses texts into the source files of a program. */
import { ts } from "ts-morph";
import { timed } from "../../timing.ts";
import { moduleIndicator } from "../../ts-internals.ts";
import { isStackOverflow, TooDeepError } from "../../diagnostics/too-deep.ts";
import { pathFrom } from "../files/paths.ts";
import type { ImportForm } from "../files/scan-imports.ts";
import { JSDOC } from "./libraries.ts";
import { type ParsedFiles, parsingKey } from "./parsed-files.ts";
import { walk } from "../../syntax/walk.ts";

const IMPORT_TEXTS: Readonly<Record<ImportForm, string>> = {
  import: 'import "a";',
  require: 'import a = require("a");',
  call: 'import("a");',
};

export class Parser {
  readonly #options: ts.CompilerOptions;
  readonly #formatOf: (path: string) => ts.ResolutionMode;
  readonly #setIndicator: (file: ts.SourceFile) => void;
  readonly #modes = new Map<string, ts.ResolutionMode>();
  readonly #shared: ParsedFiles | undefined;
  readonly #key: string;

  /** @param shared the files that other projects have parsed. Default: none */
  constructor(
    options: ts.CompilerOptions,
    formatOf: (path: string) => ts.ResolutionMode,
    shared?: ParsedFiles,
  ) {
    this.#options = options;
    this.#shared = shared;
    this.#key = parsingKey(options);
    this.#formatOf = formatOf;
    this.#setIndicator = moduleIndicator(options);
  }

  parse(path: string, text: string): ts.SourceFile {
    const format = this.#formatOf(path);
    const parse = (): ts.SourceFile => this.#parse(path, text, format);
    return this.#shared ? this.#shared.get(`${this.#key} ${format} ${path}`, text, parse) : parse();
  }

  #parse(path: string, text: string, impliedNodeFormat: ts.ResolutionMode): ts.SourceFile {
    const options: ts.CreateSourceFileOptions = {
      languageVersion: this.#options.target!,
      impliedNodeFormat,
      setExternalModuleIndicator: indicatorWith(impliedNodeFormat, this.#setIndicator),
      jsDocParsingMode: JSDOC,
    };
    try {
      return timed("parsing", () => ts.createSourceFile(path, text, options, true));
    } catch (error) {
      throw isStackOverflow(error) ? tooDeepError(path, text, error) : error;
    }
  }

  /** Returns the resolution mode of the imports of a file. */
  modeOf(path: string, form: ImportForm): ts.ResolutionMode {
    const format = this.#formatOf(path);
    const key = `${format} ${form} ${/\.\w+$/.exec(path)?.[0]}`;
    if (!this.#modes.has(key)) {
      const source = this.#parse(path, IMPORT_TEXTS[form], format);
      let literal: ts.StringLiteral;
      walk(source, (node) => {
        if (ts.isStringLiteral(node)) literal = node;
      });
      this.#modes.set(key, ts.getModeForUsageLocation(source, literal!, this.#options));
    }
    return this.#modes.get(key);
  }
}

/** The parsed file keeps the function, which must not keep the parser, its resolver and their project. */
const indicatorWith =
  (format: ts.ResolutionMode, setIndicator: (file: ts.SourceFile) => void) =>
  (file: ts.SourceFile): void => {
    file.impliedNodeFormat = format;
    setIndicator(file);
  };

function tooDeepError(path: string, text: string, cause: unknown): TooDeepError {
  const at = deepestPosition(text);
  const place = `${pathFrom(process.cwd(), path)}:${text.slice(0, at).split("\n").length}`;
  return new TooDeepError(path, { start: at, end: at + 1 }, { place }, { cause });
}

/** Returns where the most brackets are open. Strings and comments count too: a guess is enough. */
function deepestPosition(text: string): number {
  let [depth, deepest, position] = [0, 0, 0];
  for (const { 0: bracket, index } of text.matchAll(/[([{]|[)\]}]/g)) {
    depth += "([{".includes(bracket) ? 1 : -1;
    if (depth > deepest) [deepest, position] = [depth, index];
  }
  return position;
}
