/** Tells what a function does with a value that it is given: the properties that it reads, and where it passes it on. */
import { ts } from "ts-morph";
import { isWrapper, outermostWrapper } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import type { FunctionReads } from "./reads.ts";

/**
 * - `read`: the value is used, or passed on.
 * - `call`: it is called, or a method of it is.
 * - `test`: only whether it is there makes a difference.
 * - `write`: a property of it is assigned to.
 * - `effect`: it is called, and nothing uses the result.
 */
export type UseKind = "read" | "call" | "test" | "write" | "effect";

export interface Use {
  /** The properties from the value to what is used, `["headers", "authorization"]`. For a method, to its owner. */
  readonly path: readonly string[];
  readonly kind: UseKind;
  /** The expression, for messages and positions. */
  readonly node: ts.Node;
  /** The method that is called. */
  readonly method?: string | undefined;
}

/** A value, or a property of it, that other names stand for. */
type Follow = (node: ts.Expression, path: readonly string[]) => void;

/** The segment of a path that stands for each element of an array. */
export const ELEMENT = "[]";

/** Methods of arrays that give elements to a function, with the index of the parameter. */
const CALLBACKS: ReadonlyMap<string, number> = new Map([
  ...["every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach"].map(
    (method) => [method, 0] as const,
  ),
  ...["map", "some"].map((method) => [method, 0] as const),
  ["reduce", 1],
]);
/** Of these, those that return elements. */
const GIVES_ELEMENT: ReadonlySet<string> = new Set(["find", "findLast"]);

/** Finds the uses of variables and of `this` in one function; follows `const` names that stand for a part of one. */
export class Uses {
  readonly #reads: FunctionReads;
  readonly #scopes: Scopes;
  readonly #ofElements: boolean;
  #names: Map<Binding, ts.Identifier[]> | undefined;

  /** @param ofElements whether to follow the elements of arrays through loops and callbacks */
  constructor(reads: FunctionReads, scopes: Scopes, ofElements = false) {
    this.#reads = reads;
    this.#scopes = scopes;
    this.#ofElements = ofElements;
  }

  /** Returns the uses of a variable, in source order. */
  ofVariable(binding: Binding): readonly Use[] {
    return this.#collect((follow) => this.namesOf(binding).forEach((name) => follow(name, [])));
  }

  /** Returns the uses of the receiver. */
  ofReceiver(): readonly Use[] {
    return this.#collect((follow) => this.#reads.receivers.forEach((node) => follow(node, [])));
  }

  /** Returns the variable at the start of an expression, and the properties that follow: `opts.page` as written. */
  sourceOf(node: ts.Expression): { readonly binding: Binding; readonly path: readonly string[] } | undefined {
    let at = node;
    const path: string[] = [];
    for (;;) {
      if (isWrapper(at)) at = at.expression;
      else if (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) {
        const name = accessedName(at);
        if (name === undefined) return undefined;
        path.unshift(name);
        at = at.expression;
      } else break;
    }
    const binding = ts.isIdentifier(at) ? this.#scopes.resolve(at) : undefined;
    return binding && { binding, path };
  }

  /** Returns the identifiers that refer to a variable. */
  namesOf(binding: Binding): readonly ts.Identifier[] {
    if (!this.#names) {
      this.#names = new Map();
      for (const name of this.#reads.names) {
        const found = this.#scopes.resolve(name);
        if (!found) continue;
        const known = this.#names.get(found);
        if (known) known.push(name);
        else this.#names.set(found, [name]);
      }
    }
    return this.#names.get(binding) ?? [];
  }

  #collect(start: (follow: Follow) => void): readonly Use[] {
    const uses: Use[] = [];
    const followed = new Set<ts.Node>();
    const follow: Follow = (from, prefix) => {
      if (followed.has(from)) return;
      followed.add(from);
      const { node, path, computed } = chainFrom(from, prefix);
      if (computed) uses.push({ path, node: node.parent, kind: "read" });
      else if (
        !this.#followDeclaration(node, path, follow, uses) &&
        !(this.#ofElements && this.#followElements(node, path, follow, uses))
      )
        uses.push(useOf(node, path, prefix));
    };
    start(follow);
    return uses.sort((one, other) => one.node.getStart() - other.node.getStart());
  }

  /** Follows the names of `const h = req.headers` and of `const { headers } = req`; false for any other use. */
  #followDeclaration(node: ts.Expression, path: readonly string[], follow: Follow, uses: Use[]): boolean {
    const { parent } = node;
    if (!ts.isVariableDeclaration(parent) || parent.initializer !== node) return false;
    return this.#followName(parent.name, path, follow, uses);
  }

  /** Follows the elements of an array: in `for (const row of rows)`, and in `rows.find((row) => …)`. */
  #followElements(node: ts.Expression, path: readonly string[], follow: Follow, uses: Use[]): boolean {
    const { parent } = node;
    if (ts.isForOfStatement(parent) && parent.expression === node) {
      const [declaration] = ts.isVariableDeclarationList(parent.initializer)
        ? parent.initializer.declarations
        : [];
      return (
        declaration !== undefined && this.#followName(declaration.name, [...path, ELEMENT], follow, uses)
      );
    }
    const method = ts.isPropertyAccessExpression(node) ? node.name.text : "";
    const index = CALLBACKS.get(method);
    if (index === undefined || !ts.isCallExpression(parent) || parent.expression !== node) return false;
    const [callback] = parent.arguments;
    if (!callback || !(ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) return false;
    // The parameters after the index are the array.
    if (callback.parameters.length > index + 2 || callback.parameters.some(isRestParameter)) return false;
    const owner = path.slice(0, -1);
    const given = callback.parameters[index];
    if (given && !this.#followName(given.name, [...owner, ELEMENT], follow, uses)) return false;
    if (method === "filter") follow(parent, owner);
    else if (GIVES_ELEMENT.has(method)) follow(parent, [...owner, ELEMENT]);
    return true;
  }

  #followName(name: ts.BindingName, path: readonly string[], follow: Follow, uses: Use[]): boolean {
    if (ts.isIdentifier(name)) {
      const binding = this.#scopes.resolve(name);
      if (!binding || this.#scopes.assignment(binding)) return false;
      for (const each of this.namesOf(binding)) follow(each, path);
      return true;
    }
    for (const [index, element] of name.elements.entries()) {
      if (!ts.isBindingElement(element)) continue;
      const inner = elementPath(name, element, index, path);
      if (inner && this.#followName(element.name, inner, follow, uses)) continue;
      uses.push({ path: inner ?? path, node: element, kind: "read" });
    }
    return true;
  }
}

const isRestParameter = ({ dotDotDotToken }: ts.ParameterDeclaration): boolean =>
  dotDotDotToken !== undefined;

/** Returns the path of an element of a pattern; undefined if it is not known. */
function elementPath(
  pattern: ts.BindingPattern,
  element: ts.BindingElement,
  index: number,
  path: readonly string[],
): readonly string[] | undefined {
  if (ts.isArrayBindingPattern(pattern)) return element.dotDotDotToken ? undefined : [...path, String(index)];
  // The rest has the properties of the whole.
  if (element.dotDotDotToken) return path;
  const name = element.propertyName ?? element.name;
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name))
    return [...path, name.text];
  return undefined;
}

/** Follows property accesses outwards. `computed`: a property follows whose name is not known. */
function chainFrom(
  from: ts.Expression,
  prefix: readonly string[],
): { readonly node: ts.Expression; readonly path: readonly string[]; readonly computed: boolean } {
  const path = [...prefix];
  for (let node = from; ;) {
    node = whereItFlows(node);
    const { parent } = node;
    const isAccess = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
    if (!isAccess || parent.expression !== node) return { node, path, computed: false };
    const name = accessedName(parent);
    if (name === undefined) return { node, path, computed: true };
    path.push(name);
    node = parent;
  }
}

function accessedName(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  const { argumentExpression: argument } = node;
  return ts.isStringLiteralLike(argument) || ts.isNumericLiteral(argument) ? argument.text : undefined;
}

/** Returns the outermost expression that can have the same value: `(opts ?? {})` for `opts`. */
function whereItFlows(from: ts.Expression): ts.Expression {
  for (let node = from; ;) {
    node = outermostWrapper(node);
    const { parent } = node;
    const isEither =
      (ts.isBinaryExpression(parent) && isEitherOperand(parent, node)) ||
      (ts.isConditionalExpression(parent) && parent.condition !== node);
    if (!isEither) return node;
    node = parent;
  }
}

function isEitherOperand({ operatorToken, right }: ts.BinaryExpression, node: ts.Expression): boolean {
  const { kind } = operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken) return true;
  const isLast = kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.CommaToken;
  return isLast && right === node;
}

/** Returns the use at the end of a chain. */
function useOf(node: ts.Expression, path: readonly string[], prefix: readonly string[]): Use {
  const call = callOf(node);
  if (call) {
    if (isUnused(call)) return { path, node: call, kind: "effect" };
    const isMethod = path.length > prefix.length;
    return isMethod
      ? { path: path.slice(0, -1), node: call, kind: "call", method: path.at(-1)! }
      : { path, node: call, kind: "call" };
  }
  const { parent } = node;
  if (isWritten(node)) return { path, node, kind: "write" };
  if (ts.isBinaryExpression(parent) && parent.right === node) {
    const { left, operatorToken } = parent;
    const isIn = operatorToken.kind === ts.SyntaxKind.InKeyword;
    if (isIn && ts.isStringLiteralLike(left))
      return { path: [...path, left.text], node: parent, kind: "read" };
  }
  if (isUnused(node)) return { path, node, kind: "effect" };
  return { path, node, kind: isTested(node) ? "test" : "read" };
}

/** Returns the call of an expression, also as a template tag. */
function callOf(node: ts.Expression): ts.Expression | undefined {
  const { parent } = node;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent))
    return parent.expression === node ? parent : undefined;
  return ts.isTaggedTemplateExpression(parent) && parent.tag === node ? parent : undefined;
}

/** Tells whether nothing uses the value of an expression, apart from waiting for it. */
export function isUnused(from: ts.Expression): boolean {
  for (let node: ts.Expression = from; ;) {
    const { parent } = node;
    if (ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
    if (isWrapper(parent) || ts.isAwaitExpression(parent)) node = parent;
    else if (ts.isBinaryExpression(parent) && isEitherOperand(parent, node)) node = parent;
    else if (ts.isConditionalExpression(parent) && parent.condition !== node) node = parent;
    else return ts.isBinaryExpression(parent) && isDropped(parent, node);
  }
}

const isDropped = ({ operatorToken, left }: ts.BinaryExpression, node: ts.Expression): boolean =>
  operatorToken.kind === ts.SyntaxKind.CommaToken && left === node;

/** Tells whether a property is assigned to, and its old value used by nothing else. */
export function isWritten(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isDeleteExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    const { operator } = parent;
    const isStep = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return isStep && isUnused(parent);
  }
  if (!ts.isBinaryExpression(parent) || parent.left !== node) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.EqualsToken) return true;
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment && isUnused(parent);
}

const EQUALITY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** Tells whether only the existence of a value matters: `!opts`, `if (opts)`, `opts === undefined`, `opts && …`. */
export function isTested(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent)) return parent.operator === ts.SyntaxKind.ExclamationToken;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return parent.left === node;
  return EQUALITY.has(kind) && isNothing(parent.left === node ? parent.right : parent.left);
}

const isNothing = (node: ts.Expression): boolean =>
  node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
