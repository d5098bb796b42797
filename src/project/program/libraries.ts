import { ts } from "ts-morph";
import { loadCommon } from "../../typescript.ts";
import { isOutlined, outlineOf } from "../import-pruning/lib-outline.ts";

/** Parses JSDoc only where it declares types, which is in JavaScript. */
export const JSDOC: ts.JSDocParsingMode = ts.JSDocParsingMode.ParseForTypeInfo;

/** The `lib.*.d.ts` files, which ts-morph contains. They are parsed once for all projects of a workspace. */
export class Libraries {
  readonly folder = "/node_modules/typescript/lib";
  readonly #parsed = new Map<string, ts.SourceFile>();
  #texts: ReadonlyMap<string, string> | undefined;

  contains(path: string): boolean {
    return path.startsWith(`${this.folder}/`);
  }

  /** @param asOutline replaces large libraries with their {@link outlineOf} */
  sourceOf(path: string, languageVersion: ts.ScriptTarget, asOutline: boolean): ts.SourceFile | undefined {
    const isOutline = asOutline && isOutlined(path);
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
    if (!this.contains(path)) return undefined;
    this.#texts ??= new Map(
      loadCommon()
        .getLibFiles()
        .map(({ fileName, text }) => [fileName, text]),
    );
    return this.#texts.get(path.slice(this.folder.length + 1));
  }
}
