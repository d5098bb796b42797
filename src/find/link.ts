/** How each function object is reached, so that its site can be linked to it. */
import { ts } from "ts-morph";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { directName } from "./lexical-path.ts";
import type { Link } from "../site.ts";
import {
  bodyStart,
  hasModifier,
  isFunctionValue,
  isStatic,
  isWrapper,
  literalName,
  outermostWrapper,
  spanOf,
} from "../syntax/nodes.ts";

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** Returns the name that the language gives a function, `""` where it gives none. */
export function runtimeName(fn: MarkedFunction): string {
  if (fn.name) return literalName(fn.name) ?? fn.name.getText();
  if (ts.isFunctionDeclaration(fn)) return "default";
  const value = outermostWrapper(fn as ts.FunctionExpression | ts.ArrowFunction);
  const named = ts.isBinaryExpression(value.parent) && !ts.isIdentifier(value.parent.left);
  return named ? "" : (directName(value) ?? "");
}

/** Returns how a function is linked; `importAt` is where the module's own first statement will stand. */
export function linkOf(fn: MarkedFunction, importAt: number): Link {
  if (ts.isFunctionDeclaration(fn)) return linkOfDeclaration(fn, importAt);
  if (isFunctionValue(fn)) return linkOfValue(fn);
  return ts.isObjectLiteralExpression(fn.parent) ? linkOfObjectMethod(fn, fn.parent) : linkOfMember(fn);
}

/** Returns the link of a function that stands where its own value is made: wrapped there. */
export function wrapLink(fn: ts.Expression, name: string): Link {
  return { kind: "wrap", span: spanOf(fn), name };
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
  // In a `case` or behind a label there is no place that runs before every call.
  return { kind: "none", access };
}

function linkOfValue(fn: ts.FunctionExpression | ts.ArrowFunction): Link {
  const place = statementPlace(fn);
  return place ? { kind: "after", ...place } : wrapLink(fn, runtimeName(fn));
}

/** Finds the statement whose variable leads to a value: `const find = …`, `const api = { users: { find: … } }`. */
function statementPlace(value: ts.Expression, inner: readonly string[] = []): LinkPlace | undefined {
  const steps = [...inner];
  for (let at = value; ;) {
    for (; isWrapper(at.parent); at = at.parent) {
      if (steps.length > 0 && changesType(at.parent)) return undefined;
    }
    const { parent } = at;
    if (ts.isVariableDeclaration(parent)) {
      const statement = parent.parent.parent;
      if (!ts.isIdentifier(parent.name) || !ts.isVariableStatement(statement)) return undefined;
      // A written type need not have the property; only what is inferred is sure to.
      if (steps.length > 0 && parent.type) return undefined;
      const access = steps.reduce((base, step) => memberAccess(base, step), parent.name.text);
      return { at: statement.end, module: ts.isSourceFile(statement.parent), access };
    }
    if (!ts.isPropertyAssignment(parent)) return undefined;
    const step = ownStep(parent);
    if (step === undefined) return undefined;
    steps.unshift(step);
    at = parent.parent;
  }
}

interface LinkPlace {
  readonly at: number;
  readonly module: boolean;
  readonly access: string;
}

/** The name of a property that nothing behind it in the literal can replace. */
function ownStep(member: ts.PropertyAssignment | ts.MethodDeclaration): string | undefined {
  const name = literalName(member.name);
  const { properties } = member.parent as ts.ObjectLiteralExpression;
  const rest = properties.slice(properties.indexOf(member) + 1);
  const replaced = rest.some((other) => {
    if (ts.isSpreadAssignment(other)) return true;
    const otherName = literalName(other.name);
    return otherName === undefined || otherName === name;
  });
  // `__proto__: value` sets the prototype and makes no property.
  return replaced || (name === "__proto__" && ts.isPropertyAssignment(member)) ? undefined : name;
}

const changesType = (node: ts.Expression): boolean =>
  (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) &&
  !(ts.isTypeReferenceNode(node.type) && node.type.getText() === "const");

function linkOfObjectMethod(fn: ts.MethodDeclaration, literal: ts.ObjectLiteralExpression): Link {
  const name = literalName(fn.name)!;
  const step = ownStep(fn);
  const place = step === undefined ? undefined : statementPlace(literal, [step]);
  if (place) return { kind: "after", ...place };
  // With what is asserted of it: `as const` can stand behind a literal only.
  return { kind: "object", span: spanOf(outermostWrapper(literal)), access: [name] };
}

function linkOfMember(fn: ts.MethodDeclaration): Link {
  const owner = fn.parent as ts.ClassLikeDeclaration;
  const name = literalName(fn.name)!;
  if (ts.isPrivateIdentifier(fn.name)) {
    return { kind: "none", access: `${isStatic(fn) ? (owner.name?.text ?? "this") : "this"}.${name}` };
  }
  const reach = (base: string): string =>
    memberAccess(isStatic(fn) ? base : `${base}.prototype`, name, isHidden(fn));
  if (ts.isClassDeclaration(owner) && owner.name && ts.isSourceFile(owner.parent)) {
    return { kind: "after", at: owner.end, module: true, access: reach(owner.name.text) };
  }
  return staticLink(fn);
}

/** Returns the link of a member of any class: by a static block behind it. */
export function staticLink(fn: ts.MethodDeclaration): Link {
  const base = isStatic(fn) ? "this" : "this.prototype";
  return { kind: "static", at: fn.end, access: memberAccess(base, literalName(fn.name)!, isHidden(fn)) };
}

/** `private` and `protected` members can be named from outside by a string only. */
const isHidden = (node: ts.Node): boolean =>
  hasModifier(node, ts.SyntaxKind.PrivateKeyword) || hasModifier(node, ts.SyntaxKind.ProtectedKeyword);

function memberAccess(base: string, name: string, hidden = false): string {
  return !hidden && IDENTIFIER.test(name) ? `${base}.${name}` : `${base}[${JSON.stringify(name)}]`;
}
