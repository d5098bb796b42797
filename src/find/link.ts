/** Decides how emitted code reaches each function object, to link it to its site. */
import { ts } from "ts-morph";
import type { Link, LinkPlace } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import {
  bodyStart,
  hasModifier,
  isFunctionValue,
  isStatic,
  isWrapper,
  literalName,
  outermostWrapper,
  spanOf,
  type FunctionValue,
} from "../syntax/nodes.ts";
import { directName } from "./lexical-path.ts";

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** Returns the name that the language gives a function, or `""`. */
export function runtimeName(fn: MarkedFunction): string {
  if (fn.name) return literalName(fn.name) ?? fn.name.getText();
  if (ts.isFunctionDeclaration(fn)) return "default";
  const value = outermostWrapper(fn as ts.FunctionExpression | ts.ArrowFunction);
  const isAssignedToMember = ts.isBinaryExpression(value.parent) && !ts.isIdentifier(value.parent.left);
  return isAssignedToMember ? "" : (directName(value) ?? "");
}

/** Returns how a function is linked. `importAt` is where the import of emitted code goes. */
export function linkOf(fn: MarkedFunction, importAt: number): Link {
  if (ts.isFunctionDeclaration(fn)) return linkOfDeclaration(fn, importAt);
  if (isFunctionValue(fn)) return linkOfValue(fn);
  return ts.isObjectLiteralExpression(fn.parent) ? linkOfObjectMethod(fn, fn.parent) : linkOfMember(fn);
}

/** Returns the link of a function expression that is wrapped in place. `name` is assigned to the function. */
function wrapLink(fn: FunctionValue, name: string): Link {
  return { kind: "wrap", span: spanOf(fn), name };
}

/** Returns the link of a function that is an argument of `cached()`. */
export function argumentLink(fn: FunctionValue): Link {
  // Around a generic function, a call would give it the type of its parameter: it would no longer be generic.
  return fn.typeParameters ? { kind: "property", span: spanOf(fn) } : wrapLink(fn, "");
}

function linkOfDeclaration(fn: ts.FunctionDeclaration, importAt: number): Link {
  const { parent } = fn;
  const access = fn.name?.text ?? "$default";
  if (ts.isSourceFile(parent)) {
    if (fn.name) return { kind: "hoisted", at: importAt, module: true, access };
    const keyword = fn.getChildren().find((child) => child.kind === ts.SyntaxKind.FunctionKeyword)!;
    return {
      kind: "hoisted",
      at: importAt,
      module: true,
      access,
      rename: { at: keyword.end, name: "$default" },
    };
  }
  if (ts.isBlock(parent) || ts.isModuleBlock(parent)) {
    return { kind: "hoisted", at: bodyStart(parent), module: false, access };
  }
  // In a `case` or after a label, no place is certain to run before every call.
  return { kind: "none", access };
}

function linkOfValue(fn: ts.FunctionExpression | ts.ArrowFunction): Link {
  const place = linkPlace(fn);
  return place && !place.exported ? { kind: "after", ...place } : wrapLink(fn, runtimeName(fn));
}

/**
 * Returns the path to a value from the variable that holds it, and the end of that variable's statement, as in
 * `const find = …` or `const api = { users: { find: … } }`.
 */
function linkPlace(value: ts.Expression, inner: readonly string[] = []): LinkPlace | undefined {
  const steps = [...inner];
  for (let at = value; ;) {
    for (; isWrapper(at.parent); at = at.parent) {
      if (steps.length > 0 && changesType(at.parent)) return undefined;
    }
    const { parent } = at;
    if (ts.isVariableDeclaration(parent)) {
      const statement = parent.parent.parent;
      if (!ts.isIdentifier(parent.name) || !ts.isVariableStatement(statement)) return undefined;
      // An annotated type may lack the property. An inferred one always has it.
      if (steps.length > 0 && parent.type) return undefined;
      const access = accessTo(parent.name.text, steps);
      return { at: statement.end, module: ts.isSourceFile(statement.parent), access };
    }
    if (ts.isExportAssignment(parent) && !parent.isExportEquals) {
      const exported = { start: parent.getStart(), end: parent.expression.getStart() };
      return { at: parent.end, module: true, access: accessTo("", steps), exported };
    }
    const isProperty = ts.isPropertyAssignment(parent);
    if (!isProperty && !ts.isArrayLiteralExpression(parent)) return undefined;
    const step = isProperty ? uniqueName(parent) : tupleIndex(at, parent);
    if (step === undefined) return undefined;
    steps.unshift(step);
    at = isProperty ? parent.parent : parent;
  }
}

const accessTo = (base: string, steps: readonly string[]): string =>
  steps.reduce((inner, step) => memberAccess(inner, step), base);

/** Returns the name of a property, unless a later property or spread in the literal can replace it. */
function uniqueName(member: ts.PropertyAssignment | ts.MethodDeclaration): string | undefined {
  const name = literalName(member.name);
  const { properties } = member.parent as ts.ObjectLiteralExpression;
  const rest = properties.slice(properties.indexOf(member) + 1);
  const replaced = rest.some((other) => {
    if (ts.isSpreadAssignment(other)) return true;
    const otherName = literalName(other.name);
    return otherName === undefined || otherName === name;
  });
  // `__proto__: value` sets the prototype and does not create a property.
  return replaced || (name === "__proto__" && ts.isPropertyAssignment(member)) ? undefined : name;
}

/** Returns the index of an element of a list that `as const` makes a tuple; in another list it may be missing. */
function tupleIndex(element: ts.Expression, list: ts.ArrayLiteralExpression): string | undefined {
  const index = list.elements.indexOf(element);
  if (list.elements.slice(0, index).some(ts.isSpreadElement)) return undefined;
  let node: ts.Node = list;
  for (; isWrapper(node.parent) || isPartOfLiteral(node.parent); node = node.parent)
    if (ts.isAssertionExpression(node.parent) && ts.isConstTypeReference(node.parent.type)) return `${index}`;
  return undefined;
}

const isPartOfLiteral = (node: ts.Node): boolean =>
  ts.isPropertyAssignment(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);

/** Tells whether an assertion changes the type, so that a property may be missing in it. `as const` does not. */
const changesType = (node: ts.Expression): boolean =>
  ts.isAssertionExpression(node) && !ts.isConstTypeReference(node.type);

function linkOfObjectMethod(fn: ts.MethodDeclaration, literal: ts.ObjectLiteralExpression): Link {
  const name = literalName(fn.name)!;
  const step = uniqueName(fn);
  const place = step === undefined ? undefined : linkPlace(literal, [step]);
  if (place && !place.exported) return { kind: "after", ...place };
  // Includes its assertions, because `as const` is only valid after a literal.
  const span = spanOf(outermostWrapper(literal));
  return { kind: "object", span, access: [name], ...(place && { asVariable: place }) };
}

function linkOfMember(fn: ts.MethodDeclaration): Link {
  const owner = fn.parent as ts.ClassLikeDeclaration;
  const name = literalName(fn.name)!;
  if (ts.isPrivateIdentifier(fn.name)) {
    // A parameter may have the name of the class, so a static method is found through `this`, too.
    return { kind: "none", access: `this.${name}` };
  }
  const accessFrom = (base: string): string =>
    memberAccess(isStatic(fn) ? base : `${base}.prototype`, name, isHidden(fn));
  if (ts.isClassDeclaration(owner) && owner.name && ts.isSourceFile(owner.parent)) {
    return { kind: "after", at: owner.end, module: true, access: accessFrom(owner.name.text) };
  }
  return staticLink(fn);
}

/** Returns the link of a class member by a static block after it. */
export function staticLink(fn: ts.MethodDeclaration): Link {
  const base = isStatic(fn) ? "this" : "this.prototype";
  return { kind: "static", at: fn.end, access: memberAccess(base, literalName(fn.name)!, isHidden(fn)) };
}

/** Tells whether a member is `private` or `protected`, so that outside code can only access it with brackets. */
const isHidden = (node: ts.Node): boolean =>
  hasModifier(node, ts.SyntaxKind.PrivateKeyword) || hasModifier(node, ts.SyntaxKind.ProtectedKeyword);

function memberAccess(base: string, name: string, hidden = false): string {
  return !hidden && IDENTIFIER.test(name) ? `${base}.${name}` : `${base}[${JSON.stringify(name)}]`;
}
