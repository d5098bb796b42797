/** Classes with one instance for all callers, as the option `singletons` names them, and members whose values change. */
import { ts } from "ts-morph";
import { pathFrom } from "../../project/files/paths.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import { constructorOf } from "../../syntax/members.ts";
import { isWithin, literalName } from "../../syntax/nodes.ts";
import { walk } from "../../syntax/walk.ts";
import { assignedTarget } from "../../syntax/assignments.ts";
import type { Module } from "./modules.ts";
import type { Values } from "./values.ts";

/** Scopes of Nest in which each request, or each user of a class, has an instance of its own. */
const OWN_INSTANCES = /\bScope\s*\.\s*(?:REQUEST|TRANSIENT)\b/;

/**
 * Tells whether a class is a singleton: one of the texts names a decorator of it (`@Injectable`), its base class
 * (`BaseService`) or its file (`src/services/**`).
 */
export function isSingleton(
  node: ts.ClassLikeDeclaration,
  { path }: Pick<Module, "path">,
  singletons: readonly string[],
  { root, path: own, relative }: ProjectFile,
): boolean {
  if (singletons.length === 0) return false;
  const decorators = decoratorsOf(node);
  if (decorators.some((text) => OWN_INSTANCES.test(text))) return false;
  if (node.members.some((member) => injectsRequest(member))) return false;
  if (constructorOf(node)?.parameters.some((parameter) => injectsRequest(parameter))) return false;
  const names = decorators.map((text) => /^@[\w$.]+/.exec(text)?.[0]);
  const base = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const file = path === own ? relative : pathFrom(root, path);
  return singletons.some((text) => {
    if (text.startsWith("@")) return names.includes(text);
    return /[/*.]/.test(text) ? globPattern(text).test(file) : base?.expression.getText() === text;
  });
}

/** Tells whether a parameter or a field is the request that Nest injects. */
export function injectsRequest(node: ts.Node): boolean {
  return decoratorsOf(node).some((text) => /^@Inject\(\s*(?:REQUEST|CONTEXT)\s*\)/.test(text));
}

function decoratorsOf(node: ts.Node): readonly string[] {
  return ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []).map((each) => each.getText()) : [];
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\.\//, "")
    .replace(/[.+^$()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*\*\/|\*\*|[*?{},]/g, (token) => GLOB_TOKENS[token]!);
  return new RegExp(`^${source}$`);
}

const GLOB_TOKENS: Readonly<Record<string, string>> = {
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
  "{": "(?:",
  ",": "|",
  "}": ")",
};

/** Finds members that have a key and that a class assigns to outside of its constructor. */
export class ChangedMembers {
  readonly #names = new WeakMap<ts.Node, ReadonlySet<string>>();

  has(node: ts.ClassLikeDeclaration, name: string, module: Module, values: Values): boolean {
    let names = this.#names.get(node);
    if (!names) this.#names.set(node, (names = assignedMembers(node)));
    return names.has(name) && isKeyable(node, name, module, values);
  }
}

function assignedMembers(node: ts.ClassLikeDeclaration): ReadonlySet<string> {
  const names = new Set<string>();
  const own = constructorOf(node);
  walk(node, (inner) => {
    if (inner === own) return false;
    const target = assignedTarget(inner);
    const isMember = target && ts.isPropertyAccessExpression(target);
    if (isMember && target.expression.kind === ts.SyntaxKind.ThisKeyword && !isFirstSet(inner, target))
      names.add(target.name.text);
    return true;
  });
  return names;
}

/** Tells whether a member is only given its first value: `this.pool ??= connect()`, `if (!this.pool) this.pool = …`. */
export function isFirstSet(node: ts.Node, target: ts.PropertyAccessExpression): boolean {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionEqualsToken || kind === ts.SyntaxKind.BarBarEqualsToken)
    return true;
  const guard = ts.findAncestor(node, ts.isIfStatement);
  const isGuarded = guard !== undefined && isWithin(node, guard.thenStatement);
  return isGuarded && new RegExp(`^!${target.getText()}$`).test(guard.expression.getText());
}

/** Tells whether a member holds plain data, as far as its annotation or its first value says. */
function isKeyable(node: ts.ClassLikeDeclaration, name: string, module: Module, values: Values): boolean {
  const member = node.members
    .filter(ts.isPropertyDeclaration)
    .find((each) => literalName(each.name) === name);
  const parameter = constructorOf(node)?.parameters.find((each) => literalName(each.name) === name);
  const { type, initializer } = member ?? parameter ?? {};
  if (type) return isKeyableType(type, module, values);
  if (!initializer) return false;
  return (
    ts.isLiteralExpression(initializer) ||
    ts.isArrayLiteralExpression(initializer) ||
    ts.isObjectLiteralExpression(initializer) ||
    ts.isTemplateExpression(initializer) ||
    KEYABLE_VALUE.test(initializer.getText())
  );
}

const KEYABLE_VALUE = /^(?:-?\d|true$|false$|null$|new (?:Map|Set|Date)\b)/;

function isKeyableType(type: ts.TypeNode, module: Module, values: Values): boolean {
  if (ts.isParenthesizedTypeNode(type) || ts.isTypeOperatorNode(type))
    return isKeyableType(type.type, module, values);
  if (ts.isUnionTypeNode(type)) return type.types.every((each) => isKeyableType(each, module, values));
  if (ts.isArrayTypeNode(type)) return isKeyableType(type.elementType, module, values);
  if (!ts.isTypeReferenceNode(type)) return KEYABLE_KINDS.has(type.kind);
  const name = type.typeName.getText();
  if (/^(?:Map|Set|Record|Date|Array|ReadonlyArray|ReadonlyMap|ReadonlySet)$/.test(name)) return true;
  const isDeclaredHere = module.scopes.resolve(leftmost(type.typeName)) !== undefined;
  // What is left are interfaces and aliases of the project.
  return values.ofType(type, module) === undefined && (isDeclaredHere || isTypeOf(module, name));
}

function leftmost(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : leftmost(name.left);
}

const isTypeOf = ({ source }: Module, name: string): boolean =>
  source.statements.some(
    (each) => (ts.isInterfaceDeclaration(each) || ts.isTypeAliasDeclaration(each)) && each.name.text === name,
  );

const KEYABLE_KINDS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.UndefinedKeyword,
  ts.SyntaxKind.LiteralType,
  ts.SyntaxKind.TupleType,
  ts.SyntaxKind.TypeLiteral,
  ts.SyntaxKind.TemplateLiteralType,
]);
