/**
 * Recognizes expressions like `request.place` whose type follows from the declaration of a parameter: no edit of the
 * body can narrow it, as long as this stays so.
 */
import { ts } from "ts-morph";
import { boundNames, isWithin, isWrapper } from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";

export interface FixedReference {
  readonly parameter: ts.ParameterDeclaration;
  /** The names from the variable on. */
  readonly names: readonly string[];
}

/** Returns undefined if the type may depend on the body, or if that is not clear. */
export function fixedReference(node: ts.Node, scopes: Scopes): FixedReference | undefined {
  const names: string[] = [];
  let at: ts.Node = node;
  for (; ts.isPropertyAccessExpression(at) && ts.isIdentifier(at.name); at = at.expression) {
    if (at.questionDotToken) return undefined;
    names.unshift(at.name.text);
  }
  if (!ts.isIdentifier(at)) return undefined;
  const { declaration } = scopes.resolve(at) ?? {};
  if (!declaration || !ts.isParameter(declaration)) return undefined;
  const { body } = declaration.parent as { readonly body?: ts.Node };
  if (!body || !isWithin(node, body) || isGeneric(body) || !isUnnarrowed(declaration.parent, body))
    return undefined;
  return { parameter: declaration, names: [at.text, ...names] };
}

/** A value of a type parameter has another type where its members are read. */
const isGeneric = (body: ts.Node): boolean =>
  ts.findAncestor(body, (each) => (each as { typeParameters?: unknown }).typeParameters !== undefined) !==
  undefined;

const known = new WeakMap<ts.Node, boolean>();

/** Tells whether nothing in a body can narrow the type of a parameter. */
function isUnnarrowed(fn: ts.SignatureDeclaration, body: ts.Node): boolean {
  let answer = known.get(fn);
  if (answer === undefined) known.set(fn, (answer = hasHarmlessUses(fn, body)));
  return answer;
}

function hasHarmlessUses(fn: ts.SignatureDeclaration, body: ts.Node): boolean {
  const names = new Set(fn.parameters.flatMap(({ name }) => boundNames(name)).map(({ text }) => text));
  // A constant that holds a part of a parameter narrows that where it is compared itself.
  for (let size = -1; size !== names.size;) {
    size = names.size;
    const stack: ts.Node[] = [body];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (ts.isIdentifier(node) && names.has(node.text) && !isHarmless(node, names)) return false;
      ts.forEachChild(node, (child) => void stack.push(child));
    }
  }
  return true;
}

const ARITHMETIC: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PlusToken,
  ts.SyntaxKind.MinusToken,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
]);

/** Tells whether a value is used where nothing is narrowed by it. Adds the constants that hold it to the names. */
function isHarmless(node: ts.Expression, names: Set<string>): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node || isHarmless(parent, names);
  if (ts.isElementAccessExpression(parent))
    return parent.argumentExpression === node || isHarmless(parent, names);
  if (isWrapper(parent) || ts.isAwaitExpression(parent)) return isHarmless(parent, names);
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return isHarmless(parent, names);
  if (ts.isConditionalExpression(parent)) return parent.condition !== node && isHarmless(parent, names);
  if (ts.isBinaryExpression(parent)) return ARITHMETIC.has(parent.operatorToken.kind);
  if (ts.isForOfStatement(parent)) return parent.expression === node;
  if (ts.isBindingElement(parent) || ts.isParameter(parent)) return parent.initializer !== node;
  if (ts.isArrowFunction(parent)) return true;
  if (ts.isVariableDeclaration(parent)) {
    if (parent.initializer === node) for (const { text } of boundNames(parent.name)) names.add(text);
    return true;
  }
  return (
    ts.isPropertyAssignment(parent) ||
    ts.isShorthandPropertyAssignment(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isTemplateSpan(parent) ||
    ts.isReturnStatement(parent)
  );
}
