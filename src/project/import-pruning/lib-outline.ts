/**
 * Libraries of which nothing but the names is known. To parse and bind the declarations of a browser takes half
 * a second, and hardly any key has to do with them. Each name stands for a symbol that throws {@link PrunedError} when
 * the checker looks at it: what a program with outlines says is what it would say with everything in it.
 */
import { ts } from "ts-morph";
import { PrunedError } from "./pruned-error.ts";
import { bind } from "../../ts-internals.ts";

/** What the language itself declares too; it is there as it is in the library. */
const MERGED = ["ImportMeta"];

/** Names that are declared inside of a namespace only, while the language has one of the same name. */
const INNER: ReadonlySet<string> = new Set(["escape"]);

const DECLARED = /\b(?:interface|type|var|let|const|function|class|namespace|module|enum)\s+([\w$]+)/g;

/** Tells which files of the language have an outline. */
export const isOutlined = (path: string): boolean => /\/lib\.(?:dom|webworker)\.d\.ts$/.test(path);

/** Returns the outline of a library. */
export function outlineOf(path: string, text: string, languageVersion: ts.ScriptTarget): ts.SourceFile {
  // The references to other libraries, which stand in front.
  const [head] = /^(?:\/\/\/[^\n]*\n)*/.exec(text)!;
  const merged = MERGED.map(
    (name) => new RegExp(`\\binterface ${name}\\s*\\{[^{}]*\\}`).exec(text)?.[0] ?? "",
  );
  const source = ts.createSourceFile(path, head + merged.join("\n"), languageVersion);
  const names = bind(source);
  // More than there are: words of comments, members of namespaces. Never fewer.
  for (const [, name] of text.matchAll(DECLARED)) {
    if (!names.has(name!) && !INNER.has(name!)) names.set(name!, UNKNOWN);
  }
  return source;
}

const refuse = (): never => {
  throw new PrunedError();
};

/** A symbol that nothing is known of. Whether it was merged is asked of all, before they are looked at. */
const UNKNOWN = new Proxy({} as ts.Symbol, {
  get: (_, property) => (property === "mergeId" ? undefined : refuse()),
  set: refuse,
  has: refuse,
  ownKeys: refuse,
});
