/** The declarations of the language itself, and how declarations are parsed. */
import { ts } from "ts-morph";
import { loadCommon } from "../../typescript.ts";
import { isOutlined, outlineOf } from "../import-pruning/lib-outline.ts";

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

  /** @param inOutline of some only the names, see {@link outlineOf} */
  sourceOf(path: string, languageVersion: ts.ScriptTarget, inOutline: boolean): ts.SourceFile | undefined {
    const isOutline = inOutline && isOutlined(path);
    const key = `${languageVersion}:${isOutline}:${path}`;
    const text = this.#parsed.has(key) ? undefined : this.read(path);
    if (text !== undefined) {
      const source = isOutline
        ? outlineOf(path, text, languageVersion)
        : ts.createSourceFile(path, text, { languageVersion, jsDocParsingMode: JSDOC });
      this.#parsed.set(key, source);
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
