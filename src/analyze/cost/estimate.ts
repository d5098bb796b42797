/** Estimates what a call of a function costs, from the syntax alone. */
import { ts } from "ts-morph";
import {
  hasModifier,
  isFunctionValue,
  isTypeOnly,
  isWrapper,
  realParameters,
  unwrap,
} from "../../syntax/nodes.ts";
import type { Scopes } from "../../syntax/scope.ts";
import { isDeclaredIn } from "../../syntax/scope.ts";
import type { Runnable } from "../purity/callees.ts";
import { isCachedFunction, isRunnable, resolveValue } from "../purity/callees.ts";
import type { ShownKind } from "./built-ins.ts";
import { GLOBAL_CONSTANTS, LIST_METHODS } from "./built-ins.ts";
import type { Kinds } from "./kinds.ts";
import { COMPARISONS } from "./kinds.ts";
import { testCost } from "./pattern.ts";

/** Functions that call each other are followed to this depth. */
const MAX_CALL_DEPTH = 4;
/** Deeper code is not cheap: generated code has sums of thousands of terms. */
const MAX_NODE_DEPTH = 100;

/** What operations cost that are not calls, in the nanoseconds of `built-ins.ts`. */
const PROPERTY_COST = 1;
const ELEMENT_COST = 5;
const OPERATOR_COST = 1;
const TEXT_OPERATOR_COST = 10;
const POWER_COST = 65;
const LITERAL_OBJECT_COST = 10;
const JOINED_TEXT_COST = 20;
/** A number with many digits becomes text. */
const JOINED_VALUE_COST = 50;
const CALL_COST = 3;
const STEP_COST = 3;

/** Nodes that cost as much as their parts. */
const TRANSPARENT: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ExpressionStatement,
  ts.SyntaxKind.ReturnStatement,
  ts.SyntaxKind.VariableStatement,
  ts.SyntaxKind.VariableDeclarationList,
  ts.SyntaxKind.TryStatement,
  ts.SyntaxKind.CatchClause,
  ts.SyntaxKind.VoidExpression,
  ts.SyntaxKind.TypeOfExpression,
  ts.SyntaxKind.ShorthandPropertyAssignment,
]);

/** Nodes that cost nothing, whatever they contain: a call that throws is not cached. */
const FREE: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.NumericLiteral,
  ts.SyntaxKind.BigIntLiteral,
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.RegularExpressionLiteral,
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
  ts.SyntaxKind.NullKeyword,
  ts.SyntaxKind.ThisKeyword,
  ts.SyntaxKind.OmittedExpression,
  ts.SyntaxKind.EmptyStatement,
  ts.SyntaxKind.BreakStatement,
  ts.SyntaxKind.ContinueStatement,
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.ArrowFunction,
  ts.SyntaxKind.FunctionExpression,
  ts.SyntaxKind.ThrowStatement,
]);

const FREE_GLOBALS: readonly string[] = ["undefined", "NaN", "Infinity"];

/** Estimates costs in one file. A cost is infinite if it may grow with the arguments, or is unknown. */
export class CostEstimate {
  readonly #scopes: Scopes;
  readonly #kinds: Kinds;
  /** The functions that call each other, outermost first. */
  readonly #calling: Runnable[] = [];
  readonly #known = new Map<Runnable, number>();
  #depth = 0;

  constructor(scopes: Scopes, kinds: Kinds) {
    this.#scopes = scopes;
    this.#kinds = kinds;
  }

  /** Returns the cost of one call of a function. */
  ofFunction(fn: Runnable): number {
    if (ts.isClassLike(fn) || !fn.body || fn.asteriskToken) return Infinity;
    const known = this.#known.get(fn);
    if (known !== undefined) return known;
    if (this.#calling.includes(fn) || this.#calling.length > MAX_CALL_DEPTH) return Infinity;
    this.#calling.push(fn);
    const cost = this.#sum([...realParameters(fn), fn.body]);
    this.#calling.pop();
    this.#known.set(fn, cost);
    return cost;
  }

  #sum(nodes: readonly (ts.Node | undefined)[]): number {
    let cost = 0;
    for (const node of nodes) {
      if (node) cost += this.#of(node);
      if (cost === Infinity) break;
    }
    return cost;
  }

  #of(node: ts.Node): number {
    if (FREE.has(node.kind) || isTypeOnly(node)) return 0;
    if (this.#depth > MAX_NODE_DEPTH) return Infinity;
    this.#depth++;
    const cost = this.#ofParts(node);
    this.#depth--;
    return cost;
  }

  #ofParts(node: ts.Node): number {
    if (TRANSPARENT.has(node.kind) || isWrapper(node)) return this.#sum(childrenOf(node));
    if (ts.isIdentifier(node)) return this.#ofName(node);
    if (ts.isVariableDeclaration(node) || (ts.isParameter(node) && !node.dotDotDotToken))
      return this.#sum([node.name, node.initializer]);
    if (ts.isPropertyAssignment(node)) return this.#of(node.initializer);
    if (ts.isBlock(node)) return this.#ofStatements(node.statements);
    if (ts.isIfStatement(node))
      return this.#of(node.expression) + this.#either(node.thenStatement, node.elseStatement);
    if (ts.isConditionalExpression(node))
      return this.#of(node.condition) + this.#either(node.whenTrue, node.whenFalse);
    if (ts.isSwitchStatement(node)) return this.#ofSwitch(node);
    if (ts.isForStatement(node)) return this.#ofFor(node);
    if (ts.isForOfStatement(node)) return this.#ofForOf(node);
    if (ts.isPropertyAccessExpression(node)) return this.#ofProperty(node);
    if (ts.isElementAccessExpression(node))
      return ELEMENT_COST + this.#sum([node.expression, node.argumentExpression]);
    if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return this.#ofUnary(node);
    if (ts.isBinaryExpression(node)) return this.#ofBinary(node);
    if (ts.isTemplateExpression(node))
      return node.templateSpans.reduce((cost, { expression }) => cost + this.#ofJoined(expression), 0);
    if (ts.isCallExpression(node)) return this.#ofCall(node);
    if (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node))
      return LITERAL_OBJECT_COST + this.#sum(childrenOf(node));
    if (ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node)) return this.#ofPattern(node);
    return Infinity;
  }

  #either(...branches: readonly (ts.Node | undefined)[]): number {
    return Math.max(...branches.map((branch) => this.#sum([branch])));
  }

  /** Adds statements up from the last one: those after an `if` that leaves the block are its other branch. */
  #ofStatements(statements: readonly ts.Statement[]): number {
    let cost = 0;
    for (const statement of [...statements].reverse()) {
      if (ts.isIfStatement(statement) && !statement.elseStatement && isLeaving(statement.thenStatement))
        cost = this.#of(statement.expression) + Math.max(this.#of(statement.thenStatement), cost);
      else cost += this.#of(statement);
    }
    return cost;
  }

  #ofSwitch({ expression, caseBlock: { clauses } }: ts.SwitchStatement): number {
    const tests = clauses.map((clause) => (ts.isCaseClause(clause) ? clause.expression : undefined));
    const bodies = clauses.map(({ statements }) => this.#ofStatements(statements));
    const isExclusive = clauses.every(
      ({ statements }) => statements.length === 0 || isLeaving(statements.at(-1)!),
    );
    const body = isExclusive ? Math.max(0, ...bodies) : bodies.reduce((one, other) => one + other, 0);
    return this.#sum([expression, ...tests]) + clauses.length * OPERATOR_COST + body;
  }

  /** Knows `for (let i = 0; i < 3; i++)`. */
  #ofFor({ initializer, condition, incrementor, statement }: ts.ForStatement): number {
    const [counter] =
      initializer && ts.isVariableDeclarationList(initializer) ? initializer.declarations : [];
    if (!counter?.initializer || !condition || !ts.isBinaryExpression(condition)) return Infinity;
    const isUp = condition.operatorToken.kind === ts.SyntaxKind.LessThanToken;
    const isCounted =
      (isUp || condition.operatorToken.kind === ts.SyntaxKind.LessThanEqualsToken) &&
      condition.left.getText() === counter.name.getText() &&
      incrementor?.getText().replace(counter.name.getText(), "") === "++";
    const from = this.#numberOf(counter.initializer);
    const to = this.#numberOf(condition.right);
    if (!isCounted || from === undefined || to === undefined) return Infinity;
    return times(Math.max(0, to - from + (isUp ? 0 : 1)), this.#of(statement) + STEP_COST);
  }

  #numberOf(expression: ts.Expression): number | undefined {
    const node = unwrap(expression);
    if (ts.isPropertyAccessExpression(node) && node.name.text === "length")
      return this.#kinds.elementsOf(node.expression)?.length;
    const value = ts.isIdentifier(node) ? resolveValue(node, this.#scopes) : node;
    return value && ts.isNumericLiteral(value) ? Number(value.text) : undefined;
  }

  #ofForOf({ expression, statement, awaitModifier }: ts.ForOfStatement): number {
    const elements = this.#kinds.elementsOf(expression);
    if (!elements || awaitModifier) return Infinity;
    return this.#of(expression) + times(elements.length, this.#of(statement) + STEP_COST);
  }

  /** A global, or a variable that is reassigned elsewhere: without a cache, the result would be another one. */
  #ofName(node: ts.Identifier): number {
    const binding = this.#scopes.resolve(node);
    if (!binding) return FREE_GLOBALS.includes(node.text) ? 0 : Infinity;
    const isOuter = binding.kind === "variable" && !isDeclaredIn(binding, this.#calling.at(-1)!);
    return isOuter && this.#scopes.assignment(binding) ? Infinity : 0;
  }

  #ofProperty(node: ts.PropertyAccessExpression): number {
    const name = this.#kinds.globalName(node);
    if (name !== undefined) return GLOBAL_CONSTANTS.test(name) ? PROPERTY_COST : Infinity;
    const value = resolveValue(node, this.#scopes);
    const getter = value && ts.isGetAccessor(value) ? this.ofFunction(value) : 0;
    return PROPERTY_COST + getter + this.#of(node.expression);
  }

  #ofUnary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): number {
    const { operator, operand } = node;
    const isStep = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    return OPERATOR_COST + (isStep ? this.#ofTarget(operand) : this.#of(operand));
  }

  /** A function that writes anything but its own variables is called for more than its result. */
  #ofTarget(target: ts.Expression): number {
    const node = unwrap(target);
    const binding = ts.isIdentifier(node) ? this.#scopes.resolve(node) : undefined;
    return binding && isDeclaredIn(binding, this.#calling.at(-1)!) ? 0 : Infinity;
  }

  #ofBinary({ left, operatorToken: { kind }, right }: ts.BinaryExpression): number {
    const isAssignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    const operands = (isAssignment ? this.#ofTarget(left) : this.#of(left)) + this.#of(right);
    if (operands === Infinity) return Infinity;
    return operands + this.#ofOperator(kind, [this.#kinds.of(left), this.#kinds.of(right)]);
  }

  #ofOperator(kind: ts.SyntaxKind, kinds: readonly (ShownKind | undefined)[]): number {
    if (kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken)
      return POWER_COST;
    if (kind === ts.SyntaxKind.InKeyword) return TEXT_OPERATOR_COST;
    if (!kinds.includes("text")) return OPERATOR_COST;
    if (COMPARISONS.has(kind)) return TEXT_OPERATOR_COST;
    if (kind !== ts.SyntaxKind.PlusToken && kind !== ts.SyntaxKind.PlusEqualsToken) return OPERATOR_COST;
    return kinds.every((each) => each === "text") ? JOINED_TEXT_COST : JOINED_VALUE_COST;
  }

  #ofJoined(expression: ts.Expression): number {
    return (
      this.#of(expression) + (this.#kinds.of(expression) === "text" ? JOINED_TEXT_COST : JOINED_VALUE_COST)
    );
  }

  #ofPattern({ elements }: ts.BindingPattern): number {
    const parts = elements.flatMap((element) => (ts.isBindingElement(element) ? element : []));
    if (parts.some(({ dotDotDotToken }) => dotDotDotToken)) return Infinity;
    return parts.length + this.#sum(parts.flatMap(({ name, initializer }) => [name, initializer]));
  }

  #ofCall(node: ts.CallExpression): number {
    const callee = unwrap(node.expression);
    const called = resolveValue(callee, this.#scopes);
    if (called && isRunnable(called)) {
      const isPlain = !isCachedFunction(called) && !hasModifier(called, ts.SyntaxKind.AsyncKeyword);
      if (!isPlain) return Infinity;
      return CALL_COST + this.ofFunction(called) + this.#sum([node.expression, ...node.arguments]);
    }
    const builtIn = this.#kinds.callCost(node);
    if (builtIn) {
      const isGlobal = this.#kinds.globalName(callee) !== undefined;
      const owner = !isGlobal && ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
      return builtIn.cost + this.#sum([owner, ...node.arguments]);
    }
    if (!ts.isPropertyAccessExpression(callee)) return Infinity;
    return this.#ofTest(callee, node.arguments) ?? this.#ofSearch(callee, node.arguments);
  }

  /** Knows `/^a+$/.test(text)`, also with the pattern in a `const`. */
  #ofTest({ expression, name }: ts.PropertyAccessExpression, given: readonly ts.Node[]): number | undefined {
    const owner = unwrap(expression);
    const pattern = ts.isIdentifier(owner) ? resolveValue(owner, this.#scopes) : owner;
    if (name.text !== "test" || !pattern || !ts.isRegularExpressionLiteral(pattern)) return undefined;
    return testCost(pattern.text) + this.#sum(given);
  }

  /** Knows `[1, 2, 3].includes(n)` and `UNITS.some((unit) => …)`, if `UNITS` is written out. */
  #ofSearch({ expression, name }: ts.PropertyAccessExpression, given: readonly ts.Expression[]): number {
    const elements = this.#kinds.elementsOf(expression);
    const method = LIST_METHODS.get(name.text);
    if (!elements || !method) return Infinity;
    const [first] = given.map(unwrap);
    const step = isFunctionValue(first) ? this.ofFunction(first) + CALL_COST : OPERATOR_COST;
    return method.cost + this.#sum([expression, ...given]) + times(elements.length, step);
  }
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

/** Without steps, even an unknown cost does not matter. */
const times = (steps: number, cost: number): number => (steps === 0 ? 0 : steps * cost);

/** Tells whether nothing that follows a statement in its block is executed. */
function isLeaving(statement: ts.Statement): boolean {
  if (ts.isBlock(statement))
    return statement.statements.length > 0 && isLeaving(statement.statements.at(-1)!);
  return (
    ts.isReturnStatement(statement) ||
    ts.isThrowStatement(statement) ||
    ts.isBreakStatement(statement) ||
    ts.isContinueStatement(statement)
  );
}
