/** Small questions about syntax that several files of the analysis ask. */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../find/index.ts";

/** A function that can be cached; it has a body. */
export type FunctionNode = MarkedFunction;

/** Tells whether `inner` is `outer` or stands in it. */
export function isWithin(inner: ts.Node, outer: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end && inner.getSourceFile() === outer.getSourceFile();
}

/** Calls `visit` for the children of a node that exist at run time: no types, no type parameters. */
export function eachValueChild(node: ts.Node, visit: (child: ts.Node) => void): void {
  ts.forEachChild(node, (child) => {
    if (!isTypeOnly(child)) visit(child);
  });
}

/** Tells whether nothing of a node is left once the types are gone. Asked of every node there is. */
export function isTypeOnly(node: ts.Node): boolean {
  const { kind } = node;
  // `class A extends B<T>` and `f<T>` are expressions with type arguments, though they count as type nodes.
  if (kind === EXPRESSION_WITH_TYPES) return false;
  if (kind === HERITAGE) {
    const { token, parent } = node as ts.HeritageClause;
    return token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(parent);
  }
  return DECLARES_TYPE.has(kind) || ts.isTypeNode(node);
}

const EXPRESSION_WITH_TYPES = ts.SyntaxKind.ExpressionWithTypeArguments;
const HERITAGE = ts.SyntaxKind.HeritageClause;
const DECLARES_TYPE: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.TypeParameter,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
]);

/** The parameters that take arguments: all but a `this` parameter. */
export function realParameters(fn: ts.SignatureDeclarationBase): readonly ts.ParameterDeclaration[] {
  return fn.parameters.filter((parameter) => !isThisParameter(parameter));
}

export function isThisParameter(parameter: ts.ParameterDeclaration): boolean {
  return ts.isIdentifier(parameter.name) && parameter.name.text === "this";
}

/** The names that a parameter or a pattern binds, in order. */
export function boundNames(name: ts.BindingName): readonly ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}
