/**
 * The type of a function expression that is wrapped in a call. With `isolatedDeclarations`, declarations are
 * emitted without type inference: an annotated function has a type, the result of a call has none. It is always
 * written, so that emitted text does not depend on who makes the declarations.
 */
import { ts } from "ts-morph";
import type { Mark } from "../find/mark.ts";
import type { Link } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { oneLine } from "./types/tokens.ts";
import { wideLiteralText } from "./types/type-syntax.ts";

/** Adds the type to a link that needs it. An argument of `cached()` has no declaration. */
export function withFunctionType(link: Link, { fn, form }: Mark, options: ts.CompilerOptions): Link {
  if (link.kind !== "wrap" || form === "call") return link;
  // Renamed properties cannot be written in a type. Where types are inferred, the declaration still shows them.
  const isInferred = !options.isolatedDeclarations && fn.parameters.some(({ name }) => renames(name));
  const type = isInferred ? undefined : functionType(fn);
  return type === undefined ? link : { ...link, type };
}

/** Returns a function's type as its annotations state it; undefined if it cannot be written from them alone. */
function functionType({ type, typeParameters, parameters }: MarkedFunction): string | undefined {
  const required = parameters.findLastIndex((parameter) => !mayBeOmitted(parameter));
  const texts = parameters.map((parameter, index) => parameterText(parameter, index > required));
  if (!type || texts.includes(undefined)) return undefined;
  const generics = typeParameters ? `<${typeParameters.map(oneLine).join(", ")}>` : "";
  return `${generics}(${texts.join(", ")}) => ${oneLine(type)}`;
}

const mayBeOmitted = ({ initializer, questionToken, dotDotDotToken }: ts.ParameterDeclaration): boolean =>
  initializer !== undefined || questionToken !== undefined || dotDotDotToken !== undefined;

/**
 * Returns one parameter of the type. A parameter with a default before a required one may be `undefined`, but
 * not missing.
 */
function parameterText(parameter: ts.ParameterDeclaration, last: boolean): string | undefined {
  const { name, type, initializer, dotDotDotToken } = parameter;
  const text = type ? oneLine(type) : initializer && wideLiteralText(initializer);
  if (text === undefined) return undefined;
  if (dotDotDotToken) return `...${bindingText(name)}: ${text}`;
  if (!mayBeOmitted(parameter)) return `${bindingText(name)}: ${text}`;
  const bound = bindingText(name);
  return last ? `${bound}?: ${text}` : `${bound}: ${text} | undefined`;
}

/** Returns the name or pattern for use in a type; `arg` for a pattern that renames properties. */
function bindingText(name: ts.BindingName): string {
  if (ts.isIdentifier(name)) return name.text;
  return renames(name) ? "arg" : patternText(name);
}

function patternText(name: ts.BindingName): string {
  if (ts.isIdentifier(name)) return name.text;
  const elements = name.elements.map((element) => {
    if (ts.isOmittedExpression(element)) return "";
    const { dotDotDotToken, propertyName } = element;
    return `${dotDotDotToken ? "..." : ""}${propertyName ? `${oneLine(propertyName)}: ` : ""}${patternText(element.name)}`;
  });
  return ts.isObjectBindingPattern(name) ? `{ ${elements.join(", ")} }` : `[${elements.join(", ")}]`;
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
