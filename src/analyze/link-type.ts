/**
 * The types at a call that a function expression, or an object with a method, is wrapped in. With
 * `isolatedDeclarations`, declarations are emitted without type inference: an annotated function has a type, the
 * result of a call has none. It is always written, so that emitted text does not depend on who makes the declarations.
 */
import { ts } from "ts-morph";
import type { Mark } from "../find/mark.ts";
import type { Link } from "../site.ts";
import {
  hasModifier,
  isFunctionValue,
  isWrapper,
  literalName,
  outermostWrapper,
  realParameters,
} from "../syntax/nodes.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { oneLine } from "./types/tokens.ts";
import { wideLiteralText } from "./types/type-syntax.ts";
import type { Types } from "./types/types.ts";

/** Adds the types to a link that needs them. An argument of `cached()` has no declaration. */
export function withFunctionType(
  link: Link,
  { fn, form }: Mark,
  options: ts.CompilerOptions,
  types: Types,
): Link {
  if (link.kind !== "wrap" && link.kind !== "object") return link;
  // The type of an object with methods cannot be written from the annotations of one of them.
  if (link.kind === "object" && link.asVariable && options.isolatedDeclarations)
    return { kind: "after", ...link.asVariable };
  const context = types.typed && mayCorrelate(fn) ? contextType(fn, types) : undefined;
  if (context !== undefined) return { ...link, context };
  if (link.kind === "object" || form === "call") return link;
  // Some patterns cannot be written in a type. Where types are inferred, the declaration still shows them.
  const isInferred =
    !options.isolatedDeclarations &&
    fn.parameters.some((each) => renames(each.name) || isOptionalPattern(each));
  const type = isInferred ? undefined : functionType(fn);
  return type === undefined ? link : { ...link, type };
}

/** Returns a function's type as its annotations state it; undefined if it cannot be written from them alone. */
function functionType({ type, typeParameters, parameters }: MarkedFunction): string | undefined {
  const required = parameters.findLastIndex((parameter) => !mayBeOmitted(parameter));
  const names = parameters.flatMap(({ name }) => typeNames(name));
  const isWritable = new Set(names).size === names.length && !names.includes(undefined);
  const texts = parameters.map((parameter, index) => {
    const isPattern = (isWritable || !renames(parameter.name)) && !isOptionalPattern(parameter);
    const binding = isPattern ? patternText(parameter.name) : `arg${index}`;
    return parameterText(parameter, binding, index > required);
  });
  if (!type || texts.includes(undefined)) return undefined;
  const generics = typeParameters ? `<${typeParameters.map(oneLine).join(", ")}>` : "";
  return `${generics}(${texts.join(", ")}) => ${oneLine(type)}`;
}

const mayBeOmitted = ({ initializer, questionToken, dotDotDotToken }: ts.ParameterDeclaration): boolean =>
  initializer !== undefined || questionToken !== undefined || dotDotDotToken !== undefined;

/** Tells whether a parameter takes apart what may be `undefined`, which a type cannot. */
const isOptionalPattern = ({ name, initializer }: ts.ParameterDeclaration): boolean =>
  !ts.isIdentifier(name) && initializer !== undefined;

/**
 * Returns one parameter of the type. A parameter with a default before a required one may be `undefined`, but
 * not missing.
 */
function parameterText(
  parameter: ts.ParameterDeclaration,
  binding: string,
  last: boolean,
): string | undefined {
  const { type, initializer, dotDotDotToken } = parameter;
  const text = type ? oneLine(type) : initializer && wideLiteralText(initializer);
  if (text === undefined) return undefined;
  if (dotDotDotToken) return `...${binding}: ${text}`;
  if (!mayBeOmitted(parameter)) return `${binding}: ${text}`;
  if (last) return `${binding}?: ${text}`;
  const isOpen = type && (ts.isFunctionOrConstructorTypeNode(type) || ts.isConditionalTypeNode(type));
  return `${binding}: ${isOpen ? `(${text})` : text} | undefined`;
}

/** Returns the names that a pattern has in a type, where a property keeps its own; undefined for one that is no name. */
function typeNames(name: ts.BindingName): readonly (string | undefined)[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => {
    if (ts.isOmittedExpression(element)) return [];
    const { propertyName } = element;
    if (!propertyName || !ts.isIdentifier(element.name)) return typeNames(element.name);
    const isName = ts.isIdentifier(propertyName) && !ts.identifierToKeywordKind(propertyName);
    return [isName ? propertyName.text : undefined];
  });
}

/** Returns a name or a pattern for use in a type. */
function patternText(name: ts.BindingName): string {
  if (ts.isIdentifier(name)) return name.text;
  const elements = name.elements.map((element) => {
    if (ts.isOmittedExpression(element)) return "";
    const { dotDotDotToken, propertyName } = element;
    if (propertyName && ts.isIdentifier(element.name)) return oneLine(propertyName);
    return `${dotDotDotToken ? "..." : ""}${propertyName ? `${oneLine(propertyName)}: ` : ""}${patternText(element.name)}`;
  });
  // A declaration that TypeScript infers has the comma too.
  const list = `${elements.join(", ")}${name.elements.hasTrailingComma ? "," : ""}`;
  return ts.isObjectBindingPattern(name) ? `{ ${list} }` : `[${list}]`;
}

/** Tells whether a pattern gives a property another name. */
function renames(name: ts.BindingName): boolean {
  if (ts.isIdentifier(name)) return false;
  return name.elements.some(
    (element) =>
      ts.isBindingElement(element) &&
      (ts.isIdentifier(element.name) ? element.propertyName !== undefined : renames(element.name)),
  );
}

/** Tells whether TypeScript may narrow one parameter by another one: if they get their types from a union of tuples. */
export function mayCorrelate(fn: MarkedFunction): boolean {
  return realParameters(fn).filter(({ type, initializer }) => !type && !initializer).length > 1;
}

/**
 * Returns the written type from which a function, or the object of a method, gets the types of parameters. As the
 * argument of a generic call, it would get them from the type inferred for itself, which does not correlate them.
 */
function contextType(fn: MarkedFunction, types: Types): string | undefined {
  const isMethod = ts.isMethodDeclaration(fn);
  const steps: string[] = [];
  for (let node: ts.Node = isMethod ? outermostWrapper(fn.parent as ts.Expression) : fn; ;) {
    const { parent }: ts.Node = node;
    if (isWrapper(parent) && (!("type" in parent) || isConst(parent))) node = parent;
    else if (ts.isPropertyAssignment(parent)) {
      const step = literalName(parent.name);
      if (step === undefined) return undefined;
      steps.unshift(step);
      node = parent.parent;
    } else {
      const type = typeFor(node, parent);
      return type && memberType(type, { steps, isObject: isMethod }, types);
    }
  }
}

/** Returns the written type of what an expression is assigned, asserted, passed or returned to. */
function typeFor(node: ts.Node, parent: ts.Node): ts.TypeNode | undefined {
  if (ts.isAssertionExpression(parent) || ts.isPropertyDeclaration(parent)) return parent.type;
  if (ts.isVariableDeclaration(parent)) return parent.type;
  // A marked function that is an argument is one of `cached()`.
  if (ts.isCallExpression(parent)) return isFunctionValue(node) ? parent.typeArguments?.[0] : undefined;
  const isBody = ts.isArrowFunction(parent) && parent.body === node;
  if (!isBody && !ts.isReturnStatement(parent)) return undefined;
  const owner = isBody ? parent : ts.findAncestor(parent, ts.isFunctionLike);
  const isPlain =
    owner &&
    !hasModifier(owner, ts.SyntaxKind.AsyncKeyword) &&
    !("asteriskToken" in owner && owner.asteriskToken);
  return isPlain ? owner.type : undefined;
}

const isConst = (node: ts.Node): boolean =>
  ts.isAssertionExpression(node) && ts.isConstTypeReference(node.type);

/** Writes the type of a member of a written type; undefined if it cannot stand for the type of the value. */
function memberType(
  root: ts.TypeNode,
  { steps, isObject }: { readonly steps: readonly string[]; readonly isObject: boolean },
  { checker }: Types,
): string | undefined {
  let { text, type } = nonNullable(oneLine(root), checker.getTypeFromTypeNode(root), checker);
  for (const step of steps) {
    const member = checker.getPropertyOfType(type, step);
    const found = member
      ? checker.getTypeOfSymbolAtLocation(member, root)
      : checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (type.isUnion() || !found) return undefined;
    ({ text, type } = nonNullable(`(${text})[${JSON.stringify(step)}]`, found, checker));
  }
  // A variable that is a union has the type of the object that it is given.
  return isObject && type.isUnion() ? undefined : text;
}

function nonNullable(
  text: string,
  whole: ts.Type,
  checker: ts.TypeChecker,
): { readonly text: string; readonly type: ts.Type } {
  const type = checker.getNonNullableType(whole);
  return { text: type === whole ? text : `NonNullable<${text}>`, type };
}
