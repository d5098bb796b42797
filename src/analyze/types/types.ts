/** What the analysis of one function asks about types. The program is loaded by the first question. */
import { ts } from "ts-morph";
import type { ProjectFile } from "../../project/workspace.ts";
import { valueKindOf } from "./kinds.ts";
import { libName } from "./origin.ts";
import { isStrictNullChecks } from "./type-syntax.ts";
import { typeText } from "./type-text.ts";

export class Types {
  readonly #file: ProjectFile;
  /** What is written can be read without a checker: TypeScript, with `undefined` a type of its own. */
  readonly plain: boolean;
  /** The file is TypeScript. */
  readonly typed: boolean;

  constructor(file: ProjectFile) {
    this.#file = file;
    this.typed = (file.source.flags & ts.NodeFlags.JavaScriptFile) === 0;
    this.plain = this.typed && isStrictNullChecks(file.compilerOptions);
  }

  get checker(): ts.TypeChecker {
    return this.#file.checker();
  }

  get program(): ts.Program {
    return this.#file.program();
  }

  /** Computes a result about types, or returns the cached one; see {@link ProjectFile.query}. */
  query<T>(node: ts.Node, question: string, compute: () => T, isStorable?: (result: T) => boolean): T {
    return this.#file.query(node, question, compute, isStorable);
  }

  at(node: ts.Node): ts.Type {
    return this.checker.getTypeAtLocation(node);
  }

  /** The canonical text, for versions. */
  text(type: ts.Type): string {
    return typeText(type, this.program);
  }

  /** The text for people, as short as `shortType` makes it. */
  display(type: ts.Type): string {
    return shortType(this.#displayText(type));
  }

  #displayText(type: ts.Type): string {
    const isNamed = type.aliasSymbol || (type.flags & (ts.TypeFlags.EnumLike | ts.TypeFlags.Boolean)) !== 0;
    if (type.isUnion() && !isNamed) return this.#unionText(type.types);
    // Without a place to stand and by its default flags, no path of this machine gets into the text.
    // Only a module is named by its path.
    return this.checker.typeToString(type).replace(/import\("[^"]*\//g, 'import("');
  }

  /** Sorted, since the checker has the members in the order in which it met them. */
  #unionText(types: readonly ts.Type[]): string {
    const texts = new Set(
      types.map((type) => {
        const isFunction = this.checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0;
        return isFunction ? `(${this.#displayText(type)})` : this.#displayText(type);
      }),
    );
    if (texts.delete("true") && texts.delete("false")) texts.add("boolean");
    const last = ["null", "undefined"].filter((text) => texts.delete(text));
    return [...[...texts].sort(), ...last].join(" | ");
  }

  isSignal(type: ts.Type): boolean {
    const signal = this.checker.getNonNullableType(type);
    return libName(signal, this.program) === "AbortSignal";
  }

  /** The properties of a parameter that are an `AbortSignal`. */
  signalsOf(type: ts.Type): readonly string[] {
    const whole = this.checker.getNonNullableType(type);
    const names = new Set<string>();
    for (const member of whole.isUnion() ? whole.types : [whole]) {
      if ((member.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) continue;
      if (valueKindOf(member, this.program)) continue;
      for (const property of this.checker.getPropertiesOfType(member)) {
        if (this.isSignal(this.checker.getTypeOfSymbol(property))) names.add(property.name);
      }
    }
    return [...names].sort();
  }
}

/** Cuts a type's text to a length that fits a table. */
export function shortType(text: string): string {
  // Not through the middle of a character.
  return text.length > 80 ? `${text.slice(0, 79).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
