/**
 * A source without the bodies that no type outside of them can depend on. Two texts of a file that are the
 * same outside of these bodies give the same types there, so that answers about them outlive an edit.
 */
import { ts } from "ts-morph";
import { hasParseErrors } from "../../ts-internals.ts";
import { TYPESCRIPT_SOURCE } from "../files/file-names.ts";

export interface SignatureText {
  /** Equal where everything outside is. */
  readonly text: string;
  /** Where a position stands in the text outside; undefined inside of a body that is left out. */
  placeOf(position: number): number | undefined;
}

type WithBody = ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.ArrowFunction;

/** Keeps what it found out about each source. */
export class SignatureTexts {
  readonly #known = new WeakMap<ts.SourceFile, SignatureText | undefined>();

  /** Returns undefined where nothing can be said: JavaScript is typed by what stands in bodies. */
  of(source: ts.SourceFile): SignatureText | undefined {
    if (!this.#known.has(source)) this.#known.set(source, signatureTextOf(source));
    return this.#known.get(source);
  }

  areEqual(one: ts.SourceFile, other: ts.SourceFile): boolean {
    const outside = this.of(one);
    return outside !== undefined && outside.text === this.of(other)?.text;
  }
}

function signatureTextOf(source: ts.SourceFile): SignatureText | undefined {
  const { text, fileName } = source;
  // A name that is written with escapes is not found in a text.
  if (!TYPESCRIPT_SOURCE.test(fileName) || text.includes("\\u") || hasParseErrors(source)) return undefined;
  const bodies = closedBodies(source);
  const names = new Set(["this", ...(without(text, bodies).join("\n").match(NAME) ?? [])]);
  const cuts = bodies.filter((body) => ![...targetsIn(body)].some((name) => names.has(name)));
  return {
    text: JSON.stringify([source.impliedNodeFormat, ts.isExternalModule(source), ...without(text, cuts)]),
    placeOf(position) {
      let place = position;
      for (const cut of cuts) {
        const start = cut.getStart();
        if (position < start) break;
        if (position < cut.end) return undefined;
        place -= cut.end - start;
      }
      return place;
    },
  };
}

const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** What decides about a whole file wherever it stands: imports make modules, and bring files into a program. */
const FAR = /\b(?:import|export|require|declare)\b/;

function without(text: string, bodies: readonly ts.Node[]): readonly string[] {
  const starts = [0, ...bodies.map(({ end }) => end)];
  return starts.map((start, index) => text.slice(start, bodies[index]?.getStart() ?? text.length));
}

/** The bodies of functions with a written result type that stand in no other function; in their order. */
function closedBodies(source: ts.SourceFile): readonly ts.Node[] {
  const bodies: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
    else if (isClosed(node) && !FAR.test(node.body!.getText(source))) bodies.push(node.body!);
  };
  visit(source);
  return bodies;
}

/**
 * Whether nothing of a body shows: not the functions whose type waits for its context, which a `this` or a
 * `yield` in them may decide about; not those that are called where they stand, and belong to the code around;
 * not constructors, which give fields their types.
 */
function isClosed(node: ts.SignatureDeclaration): node is WithBody {
  if (!node.type || !("body" in node) || !node.body) return false;
  if (ts.isArrowFunction(node)) return !ts.isParenthesizedExpression(node.parent);
  if (ts.isMethodDeclaration(node) || ts.isGetAccessor(node)) return ts.isClassLike(node.parent);
  return ts.isFunctionDeclaration(node);
}

/** Names of the variables that are assigned to, or of which something is; of `this`, that. */
function targetsIn(body: ts.Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const target = targetOf(node);
    if (target) takeTarget(target, names);
    ts.forEachChild(node, visit);
  };
  visit(body);
  return names;
}

function targetOf(node: ts.Node): ts.Node | undefined {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return assigns ? node.left : undefined;
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const changes =
      node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    return changes ? node.operand : undefined;
  }
  if (ts.isForInStatement(node) || ts.isForOfStatement(node)) return node.initializer;
  return undefined;
}

function takeTarget(target: ts.Node, names: Set<string>): void {
  if (ts.isIdentifier(target)) names.add(target.text);
  else if (target.kind === ts.SyntaxKind.ThisKeyword || target.kind === ts.SyntaxKind.SuperKeyword)
    names.add("this");
  else if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target))
    takeTarget(target.expression, names);
  else if (!ts.isVariableDeclarationList(target))
    ts.forEachChild(target, (child) => takeTarget(child, names));
}
