/**
 * Answers the type queries of one file's analysis. The first query that needs the checker loads the program.
 */
import { ts } from "ts-morph";
import type { ResolvedCompilerOptions } from "../../options/function.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { NamedClasses } from "./classes.ts";
import { fixedReference } from "./fixed-reference.ts";
import { valueKindOf } from "./kinds.ts";
import { libName } from "./origin.ts";
import { isStrictNullChecks } from "./type-syntax.ts";
import { typeText } from "./type-text.ts";

export class Types {
  readonly #file: ProjectFile;
  /** Written types can be read without the checker: the file is TypeScript, with `strictNullChecks`. */
  readonly plain: boolean;
  /** The file is TypeScript. */
  readonly typed: boolean;
  /** The classes that the option `classes` names. */
  readonly classes: NamedClasses;

  constructor(file: ProjectFile, { classes }: Pick<ResolvedCompilerOptions, "classes">) {
    this.#file = file;
    this.classes = new NamedClasses(classes, file);
    this.typed = (file.source.flags & ts.NodeFlags.JavaScriptFile) === 0;
    this.plain = this.typed && isStrictNullChecks(file.compilerOptions);
  }

  get checker(): ts.TypeChecker {
    return this.#file.checker();
  }

  get program(): ts.Program {
    return this.#file.program();
  }

  /**
   * Computes a result about types and caches it while only function bodies are edited; see {@link ProjectFile.query}. Of
   * a node in another file, nothing is cached.
   */
  query<T>(node: ts.Node, question: string, compute: () => T, isStorable?: (result: T) => boolean): T {
    if (node.getSourceFile() !== this.#file.source) return compute();
    return this.#file.query(node, question, compute, isStorable);
  }

  /** Like {@link query}, for an expression in a body, whose type may depend on the rest of the body. */
  queryAt<T>(node: ts.Node, question: string, scopes: Scopes, compute: () => T): T {
    const isMethod = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const isPart = ts.isSpreadElement(node) || ts.isSpreadAssignment(node);
    const fixed = fixedReference(isMethod ? node.parent : isPart ? node.expression : node, scopes);
    // A part of a longer expression may begin at the same place.
    return fixed
      ? this.query(fixed.parameter, `${question} ${node.kind} ${fixed.names.join(".")}`, compute)
      : this.query(node, `${question} ${node.getWidth()}`, compute);
  }

  at(node: ts.Node): ts.Type {
    return this.checker.getTypeAtLocation(node);
  }

  /** Returns the canonical text, for versions. */
  text(type: ts.Type): string {
    return typeText(type, this.program, this.classes);
  }

  /** Returns the text for messages and lists, shortened by `shortType`. */
  display(type: ts.Type): string {
    return shortType(this.#displayText(type));
  }

  #displayText(type: ts.Type): string {
    const isNamed = type.aliasSymbol || (type.flags & (ts.TypeFlags.EnumLike | ts.TypeFlags.Boolean)) !== 0;
    if (type.isUnion() && !isNamed) return this.#unionText(type.types);
    // Without an enclosing node and with default flags, the text contains no absolute path, except in the type
    // of a module.
    return this.checker.typeToString(type).replace(/import\("[^"]*\//g, 'import("');
  }

  /** Returns the members in sorted order: the checker's order depends on what it saw first. */
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

  /** Returns the names of the properties that are an `AbortSignal`. */
  signalsOf(type: ts.Type): readonly string[] {
    const whole = this.checker.getNonNullableType(type);
    const names = new Set<string>();
    for (const member of whole.isUnion() ? whole.types : [whole]) {
      if ((member.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) continue;
      if (valueKindOf(member, this)) continue;
      for (const property of this.checker.getPropertiesOfType(member)) {
        if (this.isSignal(this.checker.getTypeOfSymbol(property))) names.add(property.name);
      }
    }
    return [...names].sort();
  }

  /** Returns the indexes of the elements of a tuple that are an `AbortSignal`, those before a rest element. */
  signalElements(type: ts.Type): readonly number[] {
    if (!this.checker.isTupleType(type)) return [];
    const { fixedLength } = (type as ts.TupleTypeReference).target;
    const elements = this.checker.getTypeArguments(type as ts.TypeReference).slice(0, fixedLength);
    return elements.flatMap((element, index) => (this.isSignal(element) ? [index] : []));
  }
}

/** Cuts the text of a type to 80 characters, so that it fits a table. */
export function shortType(text: string): string {
  // Never between the halves of a surrogate pair.
  return text.length > 80 ? `${text.slice(0, 79).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
