/**
 * Outlines of large libraries, which declare only the names of the library. Parsing and binding the declarations of a
 * browser takes half a second, and hardly any key depends on them. In an outline, each name has a symbol that throws
 * {@link PrunedError} when the checker reads it, so results are the same as with the full library.
 */
import { ts } from "ts-morph";
import { PrunedError } from "./pruned-error.ts";
import { bind } from "../../ts-internals.ts";

/** Interfaces that the language declares too. An outline contains their declarations. */
const MERGED_INTERFACES = ["ImportMeta"];

/** Names that a library declares only inside a namespace, and the language declares globally. */
const NAMESPACE_ONLY_NAMES: ReadonlySet<string> = new Set(["escape"]);

const DECLARATION = /\b(?:interface|type|var|let|const|function|class|namespace|module|enum)\s+([\w$]+)/g;

/** Whether a library file is large enough to have an outline. */
export const isOutlined = (path: string): boolean => /\/lib\.(?:dom|webworker)\.d\.ts$/.test(path);

/** Returns the outline of a library. */
export function outlineOf(path: string, text: string, languageVersion: ts.ScriptTarget): ts.SourceFile {
  // References to other libraries come first in the text.
  const [references] = /^(?:\/\/\/[^\n]*\n)*/.exec(text)!;
  const merged = MERGED_INTERFACES.map(
    (name) => new RegExp(`\\binterface ${name}\\s*\\{[^{}]*\\}`).exec(text)?.[0] ?? "",
  );
  const source = ts.createSourceFile(path, references + merged.join("\n"), languageVersion);
  const names = bind(source);
  // This also matches words in comments and members of namespaces. It never misses a name.
  for (const [, name] of text.matchAll(DECLARATION)) {
    if (!names.has(name!) && !NAMESPACE_ONLY_NAMES.has(name!)) names.set(name!, PRUNED_SYMBOL);
  }
  return source;
}

const throwPruned = (): never => {
  throw new PrunedError();
};

/** The symbol of each name. The checker reads `mergeId` of every global symbol, even of those it does not need. */
const PRUNED_SYMBOL = new Proxy({} as ts.Symbol, {
  get: (_, property) => (property === "mergeId" ? undefined : throwPruned()),
  set: throwPruned,
  has: throwPruned,
  ownKeys: throwPruned,
});
