/** The declarations of the language itself, and how declarations are parsed. */
import { ts } from "ts-morph";
import { loadCommon } from "../typescript.ts";

/** JSDoc is read where it is what gives types: in JavaScript. */
export const JSDOC: ts.JSDocParsingMode = ts.JSDocParsingMode.ParseForTypeInfo;

/** The declarations of the language, which ts-morph carries in memory; parsed once for all projects. */
export class Libraries {
  readonly folder = "/node_modules/typescript/lib";
  readonly #parsed = new Map<string, ts.SourceFile>();
  #texts: ReadonlyMap<string, string> | undefined;

  holds(path: string): boolean {
    return path.startsWith(`${this.folder}/`);
  }

  sourceOf(path: string, languageVersion: ts.ScriptTarget): ts.SourceFile | undefined {
    const key = `${languageVersion}:${path}`;
    const text = this.#parsed.has(key) ? undefined : this.read(path);
    if (text !== undefined) {
      this.#parsed.set(key, ts.createSourceFile(path, text, { languageVersion, jsDocParsingMode: JSDOC }));
    }
    return this.#parsed.get(key);
  }

  read(path: string): string | undefined {
    if (!this.holds(path)) return undefined;
    this.#texts ??= new Map(
      loadCommon()
        .getLibFiles()
        .map(({ fileName, text }) => [fileName, text]),
    );
    return this.#texts.get(path.slice(this.folder.length + 1));
  }
}
