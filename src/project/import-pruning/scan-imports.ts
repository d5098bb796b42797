/** What a module imports, read from its text without parsing it, where that is enough to be sure. */

/** A module that does nothing to other files but through what it exports. */
export interface ScannedImports {
  /** What it imports, and texts that only look like it. */
  readonly imports: readonly string[];
  /** What it takes in by `import name = require()`. */
  readonly requires: readonly string[];
}

/** Declarations for other files, and whatever hides from a look at the text. */
const UNSURE = new RegExp(
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

const HEAD = /^\uFEFF?(?:#![^\n]*\n)?(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/;
const STATEMENT = /^(?:import\b(?!\s*[(.])|export\b)/m;
const IMPORT = /\b(from|import|require)\s*(\(?)\s*(["'`])([^\n]*?)\3/g;

/** Reads a module; undefined where its text does not tell for certain that it is one, and a plain one. */
export function scanImports(text: string): ScannedImports | undefined {
  if (UNSURE.test(text)) return undefined;
  const body = text.slice(HEAD.exec(text)![0].length);
  const start = body.search(STATEMENT);
  // What looks like a statement may stand in a comment or a text of many lines.
  if (start < 0 || /\/\*|`/.test(body.slice(0, start))) return undefined;
  const imports = new Set<string>();
  const requires = new Set<string>();
  for (const [, word, open, , specifier] of text.matchAll(IMPORT)) {
    if (specifier!.includes("\\")) return undefined;
    (word === "require" && open === "(" ? requires : imports).add(specifier!);
  }
  return { imports: [...imports], requires: [...requires] };
}
