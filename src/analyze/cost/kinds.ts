/** Tells from the syntax alone which expressions are texts, numbers and other built-in values. */
import { ts } from "ts-morph";
import { literalName, unwrap } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { resolveValue } from "../purity/callees.ts";
import { plainTypeText } from "../types/type-syntax.ts";
import type { CallCost, ShownKind } from "./built-ins.ts";
import { GLOBAL_CALLS, METHODS, TEXT_METHODS } from "./built-ins.ts";

/** Expressions and types are looked into to this depth. */
const MAX_KIND_DEPTH = 20;

const KIND_BY_SYNTAX: ReadonlyMap<ts.SyntaxKind, ShownKind> = new Map([
  [ts.SyntaxKind.StringLiteral, "text"],
  [ts.SyntaxKind.NoSubstitutionTemplateLiteral, "text"],
  [ts.SyntaxKind.TemplateExpression, "text"],
  [ts.SyntaxKind.TypeOfExpression, "text"],
  [ts.SyntaxKind.NumericLiteral, "number"],
  [ts.SyntaxKind.TrueKeyword, "boolean"],
  [ts.SyntaxKind.FalseKeyword, "boolean"],
  [ts.SyntaxKind.RegularExpressionLiteral, "pattern"],
  [ts.SyntaxKind.ArrayLiteralExpression, "list"],
]);

/** The kinds of expressions in one file. */
export class Kinds {
  readonly #scopes: Scopes;
  readonly #parameters: ReadonlyMap<Binding, string>;
  readonly #known = new Map<ts.Expression, ShownKind | undefined>();

  /** @param parameters canonical types of parameters, which are known also if they are imported */
  constructor(scopes: Scopes, parameters: ReadonlyMap<Binding, string>) {
    this.#scopes = scopes;
    this.#parameters = parameters;
  }

  of(expression: ts.Expression, depth = 0): ShownKind | undefined {
    const node = unwrap(expression);
    if (!this.#known.has(node)) {
      if (depth > MAX_KIND_DEPTH) return undefined;
      this.#known.set(node, KIND_BY_SYNTAX.get(node.kind) ?? this.#find(node, depth));
    }
    return this.#known.get(node);
  }

  #find(node: ts.Expression, depth: number): ShownKind | undefined {
    const inner = (each: ts.Expression): ShownKind | undefined => this.of(each, depth + 1);
    if (ts.isPrefixUnaryExpression(node))
      return node.operator === ts.SyntaxKind.ExclamationToken ? "boolean" : "number";
    if (ts.isPostfixUnaryExpression(node)) return "number";
    if (ts.isConditionalExpression(node)) return same(inner(node.whenTrue), inner(node.whenFalse));
    if (ts.isBinaryExpression(node)) return binaryKind(node, inner);
    if (ts.isCallExpression(node)) return this.callCost(node, depth)?.result;
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression))
      return KINDS_BY_NAME.get(node.expression.text);
    if (ts.isPropertyAccessExpression(node) && node.name.text === "length") return "number";
    const binding = ts.isIdentifier(node) ? this.#scopes.resolve(node) : undefined;
    const given = binding && this.#parameters.get(binding);
    if (given !== undefined) return kindOfText(given);
    const type = this.#typeOf(node, depth);
    if (type) return kindOfType(type);
    const { declaration } = binding ?? {};
    if (!declaration || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name))
      return undefined;
    return declaration.initializer && inner(declaration.initializer);
  }

  /** Returns the cost of a call of a built-in function; undefined for any other function. */
  callCost({ expression }: ts.CallExpression, depth = 0): CallCost | undefined {
    const callee = unwrap(expression);
    const name = this.globalName(callee);
    if (name !== undefined) return GLOBAL_CALLS.get(name);
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    const kind = this.of(callee.expression, depth + 1);
    return (kind ? METHODS[kind] : TEXT_METHODS)?.get(callee.name.text);
  }

  /** Returns the name of a global function or of a member of a global object: `parseInt`, `Math.max`. */
  globalName(node: ts.Expression): string | undefined {
    const owner = ts.isPropertyAccessExpression(node) ? node.expression : node;
    if (!ts.isIdentifier(owner) || this.#scopes.resolve(owner)) return undefined;
    return owner === node ? owner.text : `${owner.text}.${(node as ts.PropertyAccessExpression).name.text}`;
  }

  /** Returns the elements of a list that is written out; undefined for any other list. */
  elementsOf(expression: ts.Expression): readonly ts.Expression[] | undefined {
    const node = unwrap(expression);
    const list = ts.isIdentifier(node) ? resolveValue(node, this.#scopes) : node;
    if (!list || !ts.isArrayLiteralExpression(list) || list.elements.some(ts.isSpreadElement))
      return undefined;
    return list.elements;
  }

  /** Returns the written type of a variable, a parameter, or a property of one. */
  #typeOf(expression: ts.Expression, depth: number): ts.TypeNode | undefined {
    const node = unwrap(expression);
    if (depth > MAX_KIND_DEPTH) return undefined;
    if (ts.isPropertyAccessExpression(node)) {
      const owner = this.#typeOf(node.expression, depth + 1);
      return owner && memberType(owner, node.name.text);
    }
    const binding = ts.isIdentifier(node) ? this.#scopes.resolve(node) : undefined;
    const { name, type } = (binding?.declaration ?? {}) as Partial<ts.ParameterDeclaration>;
    if (!binding || !type || !name || ts.isIdentifier(name)) return type;
    const element = binding.node.parent;
    if (!ts.isBindingElement(element) || element.parent !== name || element.dotDotDotToken) return undefined;
    return memberType(type, literalName(element.propertyName ?? element.name) ?? "");
  }
}

function binaryKind(
  { left, operatorToken: { kind }, right }: ts.BinaryExpression,
  inner: (node: ts.Expression) => ShownKind | undefined,
): ShownKind | undefined {
  if (COMPARISONS.has(kind)) return "boolean";
  const isEither =
    kind === ts.SyntaxKind.QuestionQuestionToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandToken;
  if (isEither) return same(inner(left), inner(right));
  if (kind === ts.SyntaxKind.EqualsToken || kind === ts.SyntaxKind.CommaToken) return inner(right);
  if (kind !== ts.SyntaxKind.PlusToken && kind !== ts.SyntaxKind.PlusEqualsToken) return "number";
  const kinds = [inner(left), inner(right)];
  if (kinds.includes("text")) return "text";
  return same(...(kinds as [ShownKind?, ShownKind?]));
}

const same = (one?: ShownKind, other?: ShownKind): ShownKind | undefined => (one === other ? one : undefined);

/** The operators that compare. */
export const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.InKeyword,
  ts.SyntaxKind.InstanceOfKeyword,
]);

function kindOfType(node: ts.TypeNode, depth = 0): ShownKind | undefined {
  const text = plainTypeText(node);
  if (text !== undefined) return kindOfText(text);
  const named = ts.isTypeReferenceNode(node) ? declaredType(node) : undefined;
  return named && ts.isTypeAliasDeclaration(named) && depth < MAX_KIND_DEPTH
    ? kindOfType(named.type, depth + 1)
    : undefined;
}

const KINDS_BY_NAME: ReadonlyMap<string, ShownKind> = new Map([
  ["Array", "list"],
  ["Date", "date"],
  ["Map", "map"],
  ["Set", "set"],
]);

/** Returns the kind of the values of a canonical type, apart from `null` and `undefined`. */
function kindOfText(text: string): ShownKind | undefined {
  const bare = text.replace(/\|(?:null|undefined)(?=\||$)|^(?:null|undefined)\|/g, "");
  if (/^(?:string|"[^"\\]*"(?:\|"[^"\\]*")*)$/.test(bare)) return "text";
  if (/^(?:number|-?\d[\d.]*(?:\|-?\d[\d.]*)*)$/.test(bare)) return "number";
  if (/^(?:boolean|true|false)$/.test(bare)) return "boolean";
  if (/\|(?![^<[{]*[>\]}])/.test(bare)) return undefined;
  return bare.startsWith("[") ? "list" : KINDS_BY_NAME.get(/^\w+/.exec(bare)?.[0] ?? "");
}

/** Returns the written type of a property, if the type is declared in the same file. */
function memberType(type: ts.TypeNode, name: string, depth = 0): ts.TypeNode | undefined {
  if (depth > MAX_KIND_DEPTH) return undefined;
  if (ts.isParenthesizedTypeNode(type)) return memberType(type.type, name, depth + 1);
  if (ts.isTypeLiteralNode(type)) return memberOf(type.members, name);
  if (!ts.isTypeReferenceNode(type)) return undefined;
  const [argument] = type.typeArguments ?? [];
  if (argument)
    return type.typeName.getText() === "Readonly" ? memberType(argument, name, depth + 1) : undefined;
  const named = declaredType(type);
  if (!named) return undefined;
  return ts.isInterfaceDeclaration(named)
    ? memberOf(named.members, name)
    : memberType(named.type, name, depth + 1);
}

function memberOf(members: readonly ts.TypeElement[], name: string): ts.TypeNode | undefined {
  return members.filter(ts.isPropertySignature).find((member) => literalName(member.name) === name)?.type;
}

function declaredType({
  typeName,
}: ts.TypeReferenceNode): ts.InterfaceDeclaration | ts.TypeAliasDeclaration | undefined {
  return typeName
    .getSourceFile()
    .statements.filter((each) => ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each))
    .find(({ name }) => name.text === typeName.getText());
}
