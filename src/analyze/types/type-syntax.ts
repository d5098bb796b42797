/**
 * The canonical text of types that need no checker: keywords, literals, and arrays, tuples, object types and
 * well-known generics of them. The text is the one that `typeText` returns, or undefined.
 *
 * Most functions have only such parameters, and for them no program is loaded at all.
 */
import { ts } from "ts-morph";
import { unionText } from "./union-text.ts";

/** Built-in types that are written by name. Unless the file declares the name, it is the global type. */
const PLAIN_GENERICS: ReadonlyMap<string, string> = new Map([
  ["Array", "Array"],
  ["ReadonlyArray", "Array"],
  ["Date", "Date"],
  ["Map", "Map"],
  ["Promise", "Promise"],
  ["ReadonlyMap", "Map"],
  ["ReadonlySet", "Set"],
  ["RegExp", "RegExp"],
  ["Set", "Set"],
]);

const PLAIN_GENERIC_ARITY: Readonly<Record<string, number>> = { Array: 1, Map: 2, Promise: 1, Set: 1 };

const KEYWORD_TEXTS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.StringKeyword, "string"],
  [ts.SyntaxKind.NumberKeyword, "number"],
  [ts.SyntaxKind.BooleanKeyword, "boolean"],
  [ts.SyntaxKind.BigIntKeyword, "bigint"],
  [ts.SyntaxKind.UndefinedKeyword, "undefined"],
  [ts.SyntaxKind.VoidKeyword, "void"],
  [ts.SyntaxKind.NeverKeyword, "never"],
]);

/**
 * Without `strictNullChecks` the checker drops `null` and `undefined`, so a written type is not the whole
 * truth.
 */
export function isStrictNullChecks(options: ts.CompilerOptions): boolean {
  return options.strictNullChecks ?? options.strict ?? true;
}

/** Returns the canonical text of a written type, if it is known without the checker. */
export function plainTypeText(node: ts.TypeNode): string | undefined {
  const members = plainMembers(node);
  return members && unlessLong(unionText(members));
}

/** Returns undefined for a long text, which `typeText` replaces by its hash. */
function unlessLong(text: string): string | undefined {
  return text.length > 300 ? undefined : text;
}

function plainMembers(node: ts.TypeNode): readonly string[] | undefined {
  if (ts.isParenthesizedTypeNode(node)) return plainMembers(node.type);
  if (ts.isUnionTypeNode(node)) return allDefined(node.types.map(plainMembers))?.flat();
  const text = plainMemberText(node);
  return text === undefined ? undefined : [text];
}

function plainMemberText(node: ts.TypeNode): string | undefined {
  const keyword = KEYWORD_TEXTS.get(node.kind);
  if (keyword !== undefined) return keyword;
  if (ts.isLiteralTypeNode(node)) return literalText(node.literal);
  if (ts.isArrayTypeNode(node)) return genericText("Array", [node.elementType]);
  if (ts.isTypeOperatorNode(node)) {
    return node.operator === ts.SyntaxKind.ReadonlyKeyword ? plainTypeText(node.type) : undefined;
  }
  if (ts.isTupleTypeNode(node)) return tupleText(node);
  if (ts.isTypeLiteralNode(node)) return objectText(node);
  return ts.isTypeReferenceNode(node) ? plainGenericText(node) : undefined;
}

function literalText(literal: ts.LiteralTypeNode["literal"]): string | undefined {
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return "true";
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return "false";
  if (literal.kind === ts.SyntaxKind.NullKeyword) return "null";
  if (ts.isStringLiteral(literal) || ts.isNoSubstitutionTemplateLiteral(literal))
    return JSON.stringify(literal.text);
  if (ts.isNumericLiteral(literal)) return String(Number(literal.text));
  return undefined;
}

function genericText(name: string, args: readonly ts.TypeNode[]): string | undefined {
  const texts = allDefined(args.map(plainTypeText));
  return texts && `${name}<${texts.join(",")}>`;
}

function tupleText(node: ts.TupleTypeNode): string | undefined {
  const simple = node.elements.every(
    (element) =>
      !ts.isRestTypeNode(element) && !ts.isOptionalTypeNode(element) && !ts.isNamedTupleMember(element),
  );
  const texts = simple ? allDefined(node.elements.map(plainTypeText)) : undefined;
  return texts && `[${texts.join(",")}]`;
}

function objectText(node: ts.TypeLiteralNode): string | undefined {
  const members = new Map<string, string>();
  for (const member of node.members) {
    const property = plainProperty(member);
    if (!property || members.has(property.name)) return undefined;
    members.set(
      property.name,
      `${JSON.stringify(property.name)}${property.optional ? "?" : ""}:${property.text};`,
    );
  }
  // `{}` accepts any value except `null` and `undefined`; the checker handles it.
  if (members.size === 0) return undefined;
  const sorted = [...members.keys()].sort().map((name) => members.get(name)!);
  return `{${sorted.join("")}}`;
}

function plainProperty(
  member: ts.TypeElement,
): { readonly name: string; readonly optional: boolean; readonly text: string } | undefined {
  if (!ts.isPropertySignature(member) || !member.type) return undefined;
  if (!ts.isIdentifier(member.name) && !ts.isStringLiteral(member.name)) return undefined;
  // The checker's names for symbols and private members start with two underscores, too.
  if (member.name.text.startsWith("__")) return undefined;
  const optional = member.questionToken !== undefined;
  const members = plainMembers(member.type);
  return (
    members && {
      name: member.name.text,
      optional,
      text: unionText(optional ? [...members, "undefined"] : members),
    }
  );
}

function plainGenericText(node: ts.TypeReferenceNode): string | undefined {
  if (!ts.isIdentifier(node.typeName)) return undefined;
  const name = PLAIN_GENERICS.get(node.typeName.text);
  const args = node.typeArguments ?? [];
  if (name === undefined || args.length !== (PLAIN_GENERIC_ARITY[name] ?? 0) || isTypeDeclared(node.typeName))
    return undefined;
  return args.length === 0 ? name : genericText(name, args);
}

/** Tells whether the file declares a name that is used in a type, so that it may not be the global one. */
export function isTypeDeclared(name: ts.Identifier): boolean {
  const declares = (node: ts.Node): boolean => (node as { name?: ts.Node }).name?.getText() === name.text;
  for (let scope: ts.Node = name.parent; ; scope = scope.parent) {
    const { typeParameters } = scope as { typeParameters?: readonly ts.Node[] };
    if (typeParameters?.some(declares) || declares(scope)) return true;
    if (ts.isConditionalTypeNode(scope) || ts.isMappedTypeNode(scope)) return true;
    const { statements } = scope as { statements?: readonly ts.Statement[] };
    if (statements?.some((statement) => declares(statement) || importsName(statement, name.text)))
      return true;
    if (ts.isSourceFile(scope)) return false;
  }
}

/** Tells whether a statement imports something under a name. */
export function importsName(statement: ts.Statement, name: string): boolean {
  if (!ts.isImportDeclaration(statement)) return false;
  const { name: whole, namedBindings } = statement.importClause ?? {};
  if (whole?.text === name) return true;
  if (!namedBindings) return false;
  if (ts.isNamespaceImport(namedBindings)) return namedBindings.name.text === name;
  return namedBindings.elements.some((element) => element.name.text === name);
}

/**
 * Returns the canonical types of the names that a parameter binds, if they are known without the checker: one
 * for a simple parameter, one for each name of a pattern.
 */
export function plainParameterTexts(parameter: ts.ParameterDeclaration): readonly string[] | undefined {
  const texts = parameterTexts(parameter);
  // A promise has no key; the checker finds the path to it.
  return texts?.some((text) => text.includes("Promise<")) ? undefined : texts;
}

function parameterTexts(parameter: ts.ParameterDeclaration): readonly string[] | undefined {
  const { name, type, initializer, questionToken } = parameter;
  if (!ts.isIdentifier(name)) return plainPatternTexts(parameter);
  if (!type) {
    const text = initializer && wideLiteralText(initializer);
    return text === undefined ? undefined : [text];
  }
  const members = plainMembers(type);
  const text = members && unlessLong(unionText(questionToken ? [...members, "undefined"] : members));
  return text === undefined ? undefined : [text];
}

/** Handles patterns such as `{ id, limit = 10 }: { id: number; limit?: number }`. */
function plainPatternTexts({
  name,
  type,
  initializer,
  dotDotDotToken,
}: ts.ParameterDeclaration): readonly string[] | undefined {
  if (!ts.isObjectBindingPattern(name) || !type || !ts.isTypeLiteralNode(type)) return undefined;
  if (dotDotDotToken || (initializer && !isEmptyObject(initializer))) return undefined;
  return allDefined(name.elements.map((element) => plainElementText(element, type)));
}

function plainElementText(element: ts.BindingElement, type: ts.TypeLiteralNode): string | undefined {
  const key = element.propertyName ?? element.name;
  if (element.dotDotDotToken || !ts.isIdentifier(element.name) || !ts.isIdentifier(key)) return undefined;
  const properties = type.members.map(plainProperty).filter((property) => property?.name === key.text);
  if (properties.length !== 1) return undefined;
  const { text } = properties[0]!;
  if (!element.initializer) return text;
  // With a default of the same primitive type, the checker has that type without `undefined`.
  const wide = wideLiteralText(element.initializer);
  return text === wide || text === unionText([wide ?? "", "undefined"]) ? wide : undefined;
}

function isEmptyObject(node: ts.Expression): boolean {
  return ts.isObjectLiteralExpression(node) && node.properties.length === 0;
}

/** Returns the type that a variable gets from a literal: `locale = "en"` is a string. */
export function wideLiteralText(node: ts.Expression): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return "string";
  if (ts.isNumericLiteral(node)) return "number";
  if (ts.isBigIntLiteral(node)) return "bigint";
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return "boolean";
  const isNegative = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken;
  return isNegative && ts.isNumericLiteral(node.operand) ? "number" : undefined;
}

function allDefined<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  return items.every((item) => item !== undefined) ? items : undefined;
}
