/** Reads the imports of a module from its text, without parsing it. Gives up where the text is ambiguous. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { DECLARATION_FILE, JAVASCRIPT_FILE } from "./file-names.ts";
import { folderOf } from "./paths.ts";

/** The imports of a module that affects other files only through its exports. */
export interface ScannedImports {
  /** The specifiers of `import` and `export from`. May include strings that only look like specifiers. */
  readonly imports: readonly string[];
  /** The specifiers of `import name = require()`. */
  readonly requires: readonly string[];
  /** Those of `imports` that are arguments of `import()`, in a type or an expression. */
  readonly calls: readonly string[];
}

/** How a module is imported, which affects how its specifier resolves. */
export type ImportForm = "import" | "require" | "call";

/** Declarations that affect other files. */
const GLOBAL_SYNTAX = [String.raw`\bdeclare\s*(?:global\b|module\b|/)`, String.raw`///\s*<\s*reference\b`];

/** An import whose specifier the pattern below does not find. */
const UNREADABLE_IMPORT = String.raw`\b(?:from|import|require)\s*\(?\s*/[/*]`;

const MAY_DECLARE_GLOBALS = new RegExp([...GLOBAL_SYNTAX, UNREADABLE_IMPORT].join("|"));

/** Declarations that affect other files, and syntax that these patterns cannot read. */
const AMBIGUOUS_SYNTAX = new RegExp(
  [
    ...GLOBAL_SYNTAX,
    UNREADABLE_IMPORT,
    String.raw`\bglobal\s*\{`,
    String.raw`\bmodule\s*["'/]`,
    String.raw`\bas\s+namespace\b`,
    "///?\\s*<",
    "resolution-mode",
    "@jsx",
  ].join("|"),
);

const LEADING_COMMENTS = /^\uFEFF?(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/;
/** Not an alias of a member of a namespace (`import a = b.c`), which scripts may contain. */
const MODULE_STATEMENT =
  /^(?:import\b(?!\s*[(.])(?!\s+(?:type\s+)?[^\s=;"'{*]+\s*=(?!\s*require\b))|export\b)/m;
const NAMESPACE = /\b(?:namespace|module)\b/;
const STRING_OR_LINE_COMMENT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*/g;
const IMPORTED_SPECIFIER = /\b(from|import|require)\s*(\(?)\s*(["'`])([^\n]*?)\3/g;
/** In what looks like a specifier, it is the next import: the text before it only looked like one. */
const SWALLOWED_IMPORT = /\\|\b(?:from|import|require)\s*\(?\s*["'`]/;
const COMMONJS = /\brequire\s*\(|\bmodule\.exports\b|\bexports\s*[.[]/;

/** Scans a module. Returns undefined if the text may be a script, or may affect other files. */
export function scanImports(text: string): ScannedImports | undefined {
  return AMBIGUOUS_SYNTAX.test(text) || !isModule(text) ? undefined : specifiersIn(text);
}

/**
 * Scans a source of a tsconfig. Returns undefined if it may declare names for files that do not import it: it then
 * has to be in every program. Like {@link scanImports}, but also for JavaScript, and without the caution that
 * removing a file from a program needs.
 */
export function scanSource(path: string, text: string): ScannedImports | undefined {
  if (DECLARATION_FILE.test(path) || MAY_DECLARE_GLOBALS.test(text)) return undefined;
  return isCommonJs(path, text) || isModule(text) ? specifiersIn(text) : undefined;
}

/** Tells whether a file is JavaScript that uses `require` or `module.exports`. */
export const isCommonJs = (path: string, text: string): boolean =>
  JAVASCRIPT_FILE.test(path) && COMMONJS.test(text);

/** Tells whether a text certainly has an import or export of its own. */
export function isModule(text: string): boolean {
  const body = text.slice(LEADING_COMMENTS.exec(text)![0].length);
  const start = body.search(MODULE_STATEMENT);
  const before = body.slice(0, Math.max(start, 0));
  // The match may be inside a comment, a template literal or a namespace.
  return start >= 0 && !/\/\*|`/.test(before) && !(NAMESPACE.test(before) && hasOpenBrace(before));
}

function hasOpenBrace(text: string): boolean {
  const code = text.replace(STRING_OR_LINE_COMMENT, "");
  return code.split("{").length !== code.split("}").length;
}

function specifiersIn(text: string): ScannedImports | undefined {
  const imports = new Set<string>();
  const requires = new Set<string>();
  const calls = new Set<string>();
  for (const [, word, open, , specifier] of text.matchAll(IMPORTED_SPECIFIER)) {
    if (SWALLOWED_IMPORT.test(specifier!)) return undefined;
    (word === "require" && open === "(" ? requires : imports).add(specifier!);
    if (word === "import" && open === "(") calls.add(specifier!);
  }
  return { imports: [...imports], requires: [...requires], calls: [...calls] };
}

/** A path alias of a tsconfig. All are absolute, and may contain one `*`. */
export type PathAlias = readonly [pattern: string, targets: readonly string[]];

/** The paths of some files, as imports write them: without the extension, and without `/index`. */
export class ImportablePaths {
  readonly #stems = new Set<string>();
  readonly #aliases: readonly PathAlias[];

  /** @param aliases the most specific ones come first */
  constructor(aliases: readonly PathAlias[]) {
    this.#aliases = aliases;
  }

  add(file: string): void {
    const stem = file.replace(SOURCE_EXTENSION, "");
    this.#stems.add(stem);
    if (stem.endsWith("/index")) this.#stems.add(folderOf(stem));
  }

  /**
   * Returns where an import leads to if not to one of the files: a package or an alias as it is written, or an
   * absolute path. Returns undefined also for what has no types, such as stylesheets.
   */
  outward(specifier: string, from: string): string | undefined {
    if (NO_SOURCE.test(specifier)) return undefined;
    if (specifier.startsWith("/")) return this.#has(specifier) ? undefined : specifier;
    if (/^\.\.?(?:\/|$)/.test(specifier)) {
      const target = posix.join(folderOf(from), specifier);
      return this.#has(target) ? undefined : target;
    }
    if (isBuiltin(specifier)) return undefined;
    const target = this.#aliased(specifier);
    return target !== undefined && this.#has(target) ? undefined : specifier;
  }

  #has(path: string): boolean {
    return this.#stems.has(path) || this.#stems.has(path.replace(SOURCE_EXTENSION, ""));
  }

  /** Returns the first target of the alias that a specifier matches. */
  #aliased(specifier: string): string | undefined {
    for (const [pattern, [target]] of this.#aliases) {
      const [start = "", end] = pattern.split("*");
      if (end === undefined ? specifier === pattern : isBetween(specifier, start, end))
        return target?.replace("*", () =>
          specifier.slice(start.length, specifier.length - (end ?? "").length),
        );
    }
    return undefined;
  }
}

const isBetween = (text: string, start: string, end: string): boolean =>
  text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);

const SOURCE_EXTENSION = /(?:\.d)?\.[cm]?[jt]sx?$/;

/** Files that bundlers import and TypeScript does not know. */
const NO_SOURCE =
  /\.(?:css|scss|sass|less|styl|svg|png|jpe?g|gif|webp|avif|ico|woff2?|vue|svelte|astro|json|html|md|mdx|graphql|gql|wasm|txt)(?:\?.*)?$/;
