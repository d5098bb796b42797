/** Reads the imports of a module from its text, without parsing it. Gives up where the text is ambiguous. */

/** The imports of a module that affects other files only through its exports. */
export interface ScannedImports {
  /** The specifiers of `import` and `export from`. May include strings that only look like specifiers. */
  readonly imports: readonly string[];
  /** The specifiers of `import name = require()`. */
  readonly requires: readonly string[];
}

/** Declarations that affect other files, and syntax that these patterns cannot read. */
const AMBIGUOUS_SYNTAX = new RegExp(
  [
    String.raw`\bdeclare\s*(?:global\b|module\b|/)`,
    String.raw`\bglobal\s*\{`,
    String.raw`\bmodule\s*["'/]`,
    String.raw`\bas\s+namespace\b`,
    String.raw`\b(?:from|import|require)\s*\(?\s*/[/*]`,
    "///?\\s*<",
    "resolution-mode",
    "@jsx",
  ].join("|"),
);

const LEADING_COMMENTS = /^\uFEFF?(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/;
const MODULE_STATEMENT = /^(?:import\b(?!\s*[(.])|export\b)/m;
const IMPORTED_SPECIFIER = /\b(from|import|require)\s*(\(?)\s*(["'`])([^\n]*?)\3/g;

/** Scans a module. Returns undefined if the text may be a script, or may affect other files. */
export function scanImports(text: string): ScannedImports | undefined {
  if (AMBIGUOUS_SYNTAX.test(text)) return undefined;
  const body = text.slice(LEADING_COMMENTS.exec(text)![0].length);
  const start = body.search(MODULE_STATEMENT);
  // The match may be inside a comment or a template literal.
  if (start < 0 || /\/\*|`/.test(body.slice(0, start))) return undefined;
  const imports = new Set<string>();
  const requires = new Set<string>();
  for (const [, word, open, , specifier] of text.matchAll(IMPORTED_SPECIFIER)) {
    if (specifier!.includes("\\")) return undefined;
    (word === "require" && open === "(" ? requires : imports).add(specifier!);
  }
  return { imports: [...imports], requires: [...requires] };
}
