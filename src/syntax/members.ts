/** Finds members of classes and object literals, from the syntax alone. */
import { ts } from "ts-morph";
import { isFunctionValue, isStatic, literalName } from "./nodes.ts";
import { implementationOf, isOverloadable } from "./overloads.ts";

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.GetAccessorDeclaration;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return isFunctionValue(node) || isOverloadable(node) || ts.isGetAccessor(node);
}

/** A method or an accessor, a field with a type or a value, or a parameter property. */
export type Member =
  | { readonly node: ts.Node }
  | { readonly type: ts.TypeNode | undefined; readonly initializer: ts.Expression | undefined }
  | { readonly parameter: ts.ParameterDeclaration };

interface Owner {
  readonly kind: "code" | "instance";
  readonly node: ts.Node;
}

/** Returns a member that a class, an instance or an object literal has itself, without its base classes. */
export function memberOf({ kind, node }: Owner, name: string): Member | undefined {
  if (ts.isObjectLiteralExpression(node)) return propertyOf(node, name);
  if (!ts.isClassLike(node)) return undefined;
  const isInstance = kind === "instance";
  for (const member of node.members) {
    if (isStatic(member) === isInstance || literalName(member.name) !== name) continue;
    if (isOverloadable(member)) {
      const implementation = implementationOf(member);
      // An abstract method has none.
      return implementation && { node: implementation };
    }
    if (ts.isGetAccessor(member)) return { node: member };
    if (!ts.isPropertyDeclaration(member)) continue;
    const initializer = member.initializer ?? (isInstance ? assignedInConstructor(node, name) : undefined);
    return { type: member.type, initializer };
  }
  const parameter = isInstance ? parameterProperty(node, name) : undefined;
  return parameter && { parameter };
}

function propertyOf(node: ts.ObjectLiteralExpression, name: string): Member | undefined {
  for (const property of node.properties) {
    if (literalName(property.name) !== name) continue;
    if (ts.isShorthandPropertyAssignment(property)) return { node: property.name };
    if (ts.isPropertyAssignment(property)) return { node: property.initializer };
    if (isFunctionNode(property)) return { node: property };
  }
  return undefined;
}

/** Returns the constructor of a class, the implementation if it is overloaded. */
export function constructorOf(node: ts.ClassLikeDeclaration): ts.ConstructorDeclaration | undefined {
  return node.members.filter(ts.isConstructorDeclaration).find(({ body }) => body !== undefined);
}

function parameterProperty(node: ts.ClassLikeDeclaration, name: string): ts.ParameterDeclaration | undefined {
  return constructorOf(node)?.parameters.find(
    (parameter) =>
      ts.isParameterPropertyDeclaration(parameter, parameter.parent) && parameter.name.text === name,
  );
}

/** Returns the value of `this.name = value` as a statement of the constructor. */
function assignedInConstructor(node: ts.ClassLikeDeclaration, name: string): ts.Expression | undefined {
  for (const statement of constructorOf(node)?.body?.statements ?? []) {
    if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) continue;
    const { left, right, operatorToken } = statement.expression;
    const isSet = operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(left);
    if (isSet && left.expression.kind === ts.SyntaxKind.ThisKeyword && left.name.text === name) return right;
  }
  return undefined;
}

/** Returns the class or object literal that `this` refers to. */
export function ownerOfThis(
  node: ts.Node,
): { readonly owner: ts.Node; readonly isStatic: boolean } | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isClassElement(at) && ts.isClassLike(at.parent))
      return { owner: at.parent, isStatic: isStatic(at) };
    if (ts.isObjectLiteralElement(at) && ts.isFunctionLike(at)) return { owner: at.parent, isStatic: false };
    if (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) {
      if (!ts.isPropertyAssignment(at.parent)) return undefined;
      return { owner: at.parent.parent, isStatic: false };
    }
  }
  return undefined;
}
