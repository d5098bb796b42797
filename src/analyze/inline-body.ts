/**
 * Decides whether the body of a sync function stays in its place. A body that moves into an inner function costs
 * several stack frames for each level of a recursion; a body in its place costs one.
 */
import { ts } from "ts-morph";
import { isFunctionValue, literalName, unwrap, type MarkedFunction } from "../syntax/nodes.ts";
import type { InlineBody, Span } from "../site.ts";
import { varNames } from "../syntax/names.ts";
import { walk } from "../syntax/walk.ts";

/** Returns what the emitter needs to keep the body of a recursive function in place; undefined for any other function. */
export function inlineBody(
  fn: MarkedFunction,
  { typed, compilerOptions }: { typed: boolean; compilerOptions: ts.CompilerOptions },
): InlineBody | undefined {
  const body = fn.body!;
  const { allowUnreachableCode, target } = compilerOptions;
  // Without an annotation, the type of the result comes from the original `return` statements.
  if (typed && !fn.type && !isTypedByItsVariable(fn)) return undefined;
  if (!isRecursive(fn)) return undefined;
  if (!ts.isBlock(body)) return { returns: [returned(body)], endsInReturn: true, cleansUp: false };
  if (!canBeBlock(body, target)) return undefined;
  const endsInReturn = isJump(body.statements.at(-1));
  return endsInReturn || allowUnreachableCode !== false ? { ...returnsIn(body), endsInReturn } : undefined;
}

const isTypedByItsVariable = (fn: MarkedFunction): boolean =>
  isFunctionValue(fn) && ts.isVariableDeclaration(fn.parent) && fn.parent.type !== undefined;

/**
 * Tells whether a body means the same as the block of a `try`. In a block, a function cannot be declared twice, or with
 * the name of a `var`, and TypeScript rejects it for old targets.
 */
function canBeBlock(body: ts.Block, target: ts.ScriptTarget | undefined): boolean {
  const functions = body.statements.filter(ts.isFunctionDeclaration).map(({ name }) => name!.text);
  if (functions.length === 0) return true;
  const vars = varNames(body);
  const isClear =
    new Set(functions).size === functions.length && !functions.some((name) => vars.includes(name));
  return isClear && (target ?? 0) >= ts.ScriptTarget.ES2015;
}

/** Returns the own `return` statements of a body, and whether code may run after one of them. */
function returnsIn(body: ts.Block): Pick<InlineBody, "returns" | "cleansUp"> {
  const returns: { span: Span; isList: boolean }[] = [];
  let cleansUp = false;
  walk(body, (node) => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    const isUsing = ts.isVariableDeclarationList(node) && (node.flags & USING) === USING;
    // A loop over an iterator closes it, which may throw.
    cleansUp ||= isUsing || ts.isForOfStatement(node) || (ts.isTryStatement(node) && !!node.finallyBlock);
    if (ts.isReturnStatement(node)) {
      const end = node.getStart() + "return".length;
      returns.push(
        node.expression ? returned(node.expression) : { span: { start: end, end }, isList: false },
      );
    }
    return true;
  });
  return { returns, cleansUp };
}

const USING = ts.NodeFlags.Using;

const returned = (expression: ts.Expression): { span: Span; isList: boolean } => ({
  span: { start: expression.getStart(), end: expression.end },
  isList: ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.CommaToken,
});

const isJump = (statement: ts.Statement | undefined): boolean =>
  statement !== undefined && (ts.isReturnStatement(statement) || ts.isThrowStatement(statement));

/**
 * Tells whether a call of the function may lead back to it through functions of its file. Functions are found by
 * their names alone, so the answer is yes for some functions that are not recursive.
 */
function isRecursive(fn: MarkedFunction): boolean {
  const name = nameOf(fn);
  if (name === undefined) return false;
  const functions = functionsIn(fn.getSourceFile());
  const seen = new Set<string>();
  const names = [...namesIn(fn.body!)];
  for (let next = names.pop(); next !== undefined; next = names.pop()) {
    if (next === name) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const other of functions.get(next) ?? []) names.push(...namesIn(other));
  }
  return false;
}

function nameOf(fn: ts.SignatureDeclaration): string | undefined {
  if (fn.name) return literalName(fn.name);
  let node: ts.Node = fn;
  while (ts.isExpression(node.parent) && (ts.isCallExpression(node.parent) || unwrap(node.parent) === fn))
    node = node.parent;
  const { name } = node.parent as { name?: ts.Node };
  return literalName(name);
}

/** The functions of a file, by name. */
const functionsIn = memoized((source): ReadonlyMap<string, readonly ts.Node[]> => {
  const functions = new Map<string, ts.Node[]>();
  walk(source, (node) => {
    const name = ts.isFunctionLike(node) && "body" in node && node.body ? nameOf(node) : undefined;
    if (name !== undefined) functions.set(name, [...(functions.get(name) ?? []), node]);
  });
  return functions;
});

/** The names and the texts of strings in a node. */
const namesIn = memoized((root): ReadonlySet<string> => {
  const names = new Set<string>();
  walk(root, (node) => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || ts.isStringLiteral(node))
      names.add(node.text);
  });
  return names;
});

function memoized<R>(compute: (node: ts.Node) => R): (node: ts.Node) => R {
  const results = new WeakMap<ts.Node, R>();
  return (node) => {
    const known = results.get(node);
    if (known !== undefined) return known;
    const result = compute(node);
    results.set(node, result);
    return result;
  };
}
