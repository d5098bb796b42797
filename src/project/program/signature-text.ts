/**
 * The signature text of a source is its text without the function bodies that no type outside of them can depend on.
 * Two texts of a file with the same signature text have the same types there, so cached type queries stay valid.
 */
import { ts } from "ts-morph";
import { hasParseErrors } from "../../ts-internals.ts";
import { walk } from "../../syntax/walk.ts";
import { TYPESCRIPT_SOURCE } from "../files/file-names.ts";
import { hashOf } from "../files/trace.ts";

export interface SignatureText {
  readonly text: string;
  readonly hash: string;
  /**
   * Returns a text that identifies a position while the signature text stays the same: its offset in that text. Inside
   * an omitted body, the text of the body is part of it, since the types there depend on all of the body.
   */
  placeOf(position: number): string;
}

type FunctionWithBody =
  ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.ArrowFunction;

/** Computes the signature text of each source once. */
export class SignatureTexts {
  readonly #known = new WeakMap<ts.SourceFile, SignatureText | undefined>();

  /** Returns undefined for sources without one. The types of JavaScript depend on all bodies. */
  of(source: ts.SourceFile): SignatureText | undefined {
    if (!this.#known.has(source)) this.#known.set(source, signatureTextOf(source));
    return this.#known.get(source);
  }

  areEqual(one: ts.SourceFile, other: ts.SourceFile): boolean {
    const signature = this.of(one);
    return signature !== undefined && signature.text === this.of(other)?.text;
  }
}

function signatureTextOf(source: ts.SourceFile): SignatureText | undefined {
  const { text, fileName } = source;
  // With escapes, the same name can be written in two ways, and comparing names by text fails.
  if (!TYPESCRIPT_SOURCE.test(fileName) || text.includes("\\u") || hasParseErrors(source)) return undefined;
  const bodies = omittableBodies(source);
  const outerNames = new Set(["this", ...(textsOutside(text, bodies).join("\n").match(IDENTIFIER) ?? [])]);
  const omitted = bodies.filter((body) => ![...assignedNames(body)].some((name) => outerNames.has(name)));
  const signature = JSON.stringify([
    source.impliedNodeFormat,
    ts.isExternalModule(source),
    ...textsOutside(text, omitted),
  ]);
  return {
    text: signature,
    hash: hashOf(signature),
    placeOf(position) {
      let offset = position;
      for (const body of omitted) {
        const start = body.getStart();
        if (position < start) break;
        if (position < body.end) return `${offset} in ${hashOf(body.getText())}`;
        offset -= body.end - start;
      }
      return String(offset);
    },
  };
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** Keywords that affect the whole file from inside a body: imports make it a module, and add files to the program. */
const AFFECTS_WHOLE_FILE = /\b(?:import|export|require|declare)\b/;

function textsOutside(text: string, bodies: readonly ts.Node[]): readonly string[] {
  const starts = [0, ...bodies.map(({ end }) => end)];
  return starts.map((start, index) => text.slice(start, bodies[index]?.getStart() ?? text.length));
}

/** Returns the bodies of functions with a result type annotation that are not inside another function, in order. */
function omittableBodies(source: ts.SourceFile): readonly ts.Node[] {
  const bodies: ts.Node[] = [];
  walk(source, (node) => {
    if (!ts.isFunctionLike(node)) return true;
    if (hasOmittableBody(node) && !AFFECTS_WHOLE_FILE.test(node.body!.getText(source)))
      bodies.push(node.body!);
    return false;
  });
  return bodies;
}

/**
 * Whether no type outside of the body can depend on it. Excluded are functions with a contextual type, which a `this`
 * or `yield` in the body can affect; functions that are called in place, because control flow analysis includes
 * them; and constructors, because fields are inferred from them.
 */
function hasOmittableBody(node: ts.SignatureDeclaration): node is FunctionWithBody {
  if (!node.type || !("body" in node) || !node.body) return false;
  if (ts.isArrowFunction(node)) return !ts.isParenthesizedExpression(node.parent);
  if (ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) return ts.isClassLike(node.parent);
  return ts.isFunctionDeclaration(node);
}

/** Returns the names of the variables that a body assigns to, or to a property of. May include `this`. */
function assignedNames(body: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  walk(body, (node) => {
    const target = assignmentTarget(node);
    if (target) addAssignedNames(target, names);
  });
  return names;
}

function assignmentTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return isAssignment ? node.left : undefined;
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const isUpdate =
      node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    return isUpdate ? node.operand : undefined;
  }
  if (ts.isForInStatement(node) || ts.isForOfStatement(node)) return node.initializer;
  return undefined;
}

function addAssignedNames(target: ts.Node, names: Set<string>): void {
  walk(target, (node) => {
    if (ts.isIdentifier(node)) names.add(node.text);
    else if (node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword)
      names.add("this");
    return !ts.isVariableDeclarationList(node);
  });
}
