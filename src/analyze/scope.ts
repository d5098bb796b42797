/**
 * Which declaration a name means, found by walking the scopes of one file.
 *
 * The checker would know too, but asking it loads a program; most functions need none of it. Only names that
 * exist at run time are resolved; types have no part in it.
 */
import { ts } from "ts-morph";
import type { Script } from "../component.ts";
import { boundNames, eachValueChild, isWithin } from "./syntax.ts";

export type BindingKind =
  "parameter" | "variable" | "function" | "class" | "enum" | "namespace" | "import" | "store";

/** A name and where it is declared. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The name in the declaration. */
  readonly node: ts.Node;
  /** The declaration: a variable's, a parameter's, a function's … */
  readonly declaration: ts.Node;
  /** The node whose names it is one of. */
  readonly scope: ts.Node;
  /** Declared once more, by a second `var`. */
  again?: boolean;
  /** It stands at the top of a script that runs for each instance of a component. */
  perInstance?: boolean;
}

type Names = Map<string, Binding>;

/** Resolves names in one file; keeps what it found out about each scope. */
export class Scopes {
  readonly #names = new Map<ts.Node, Names>();
  readonly #scopes = new Map<ts.Node, ts.Node>();
  readonly #assigned = new Map<ts.Node, ReadonlyMap<string, readonly ts.Identifier[]>>();
  readonly #scripts: readonly Script[];

  /** @param scripts those of a component, of which each instance runs some */
  constructor(scripts: readonly Script[] = []) {
    this.#scripts = scripts;
  }

  /** The declaration that an identifier in value position means; undefined for globals. */
  resolve(identifier: ts.Identifier): Binding | undefined {
    for (let scope = this.#scopeOf(identifier); scope; scope = this.#scopeOf(scope)) {
      const names = this.#namesOf(scope);
      const isTop = ts.isSourceFile(scope) && this.#scripts.length > 0;
      const found = names.get(identifier.text) ?? (isTop ? storeOf(identifier, names) : undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** The first place, besides its own declaration, where a variable gets a value. */
  assignment(binding: Binding): ts.Node | undefined {
    // What a template or a parent component assigns to stands in no script.
    const isOpen = binding.perInstance && binding.kind === "variable" && !isConstant(binding);
    return binding.again || isOpen ? binding.declaration : this.assignments(binding)[0];
  }

  /** The names in all such places. */
  assignments(binding: Binding): readonly ts.Identifier[] {
    if (isConstant(binding)) return [];
    const { scope, name } = binding;
    let assigned = this.#assigned.get(scope);
    if (!assigned) this.#assigned.set(scope, (assigned = assignedIn(scope)));
    return (assigned.get(name) ?? []).filter((identifier) => this.resolve(identifier) === binding);
  }

  /** The nearest scope around a node. Kept for all nodes on the way, which may be thousands in a long sum. */
  #scopeOf(node: ts.Node): ts.Node | undefined {
    if (ts.isSourceFile(node)) return undefined;
    const way = [node];
    let scope = this.#scopes.get(node);
    for (let inner = node, outer = node.parent; !scope; inner = outer, outer = outer.parent) {
      if (opensScope(outer) && !(ts.isFunctionLike(outer) && isOutsideOf(outer, inner))) scope = outer;
      else {
        way.push(outer);
        scope = this.#scopes.get(outer);
      }
    }
    for (const each of way) this.#scopes.set(each, scope);
    return scope;
  }

  #markInstances(source: ts.SourceFile, names: Names): void {
    // `$: doubled = 2 * count` declares a variable in a Svelte component.
    for (const statement of source.statements) {
      if (!ts.isLabeledStatement(statement) || statement.label.text !== "$") continue;
      eachAssigned(statement, (node) => {
        const binding: Binding = {
          name: node.text,
          kind: "variable",
          node,
          declaration: statement,
          scope: source,
        };
        if (!names.has(node.text)) names.set(node.text, binding);
      });
    }
    const own = this.#scripts.filter(({ perInstance }) => perInstance);
    for (const binding of names.values()) {
      const { pos } = binding.node;
      if (binding.kind !== "import" && own.some(({ start, end }) => start <= pos && pos < end))
        binding.perInstance = true;
    }
  }

  #namesOf(scope: ts.Node): Names {
    let names = this.#names.get(scope);
    if (!names) {
      this.#names.set(scope, (names = collectNames(scope)));
      if (ts.isSourceFile(scope) && this.#scripts.length > 0) this.#markInstances(scope, names);
    }
    return names;
  }
}

/** `$count`, the value of the store `count` in a Svelte component, whose declaration the compiler makes. */
function storeOf(identifier: ts.Identifier, names: Names): Binding | undefined {
  const name = identifier.text;
  const store = /^\$[^$]/.test(name) ? names.get(name.slice(1)) : undefined;
  if (!store) return undefined;
  const value: Binding = { ...store, name, kind: "store", perInstance: true };
  names.set(name, value);
  return value;
}

function isConstant({ declaration }: Binding): boolean {
  return ts.isVariableDeclaration(declaration) && (declaration.parent.flags & ts.NodeFlags.Const) !== 0;
}

/** A computed name or a decorator stands in the function's node, but does not see its parameters. */
function isOutsideOf(fn: ts.SignatureDeclaration, inner: ts.Node): boolean {
  return inner === fn.name || ts.isDecorator(inner);
}

function opensScope(node: ts.Node): boolean {
  return (
    ts.isSourceFile(node) ||
    ts.isFunctionLike(node) ||
    ts.isBlock(node) ||
    ts.isModuleBlock(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isForStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isClassExpression(node) ||
    ts.isEnumDeclaration(node)
  );
}

function collectNames(scope: ts.Node): Names {
  const names: Names = new Map();
  const add = (kind: BindingKind, node: ts.Node | undefined, declaration: ts.Node): void => {
    if (!node || !(ts.isIdentifier(node) || ts.isStringLiteral(node))) return;
    const known = names.get(node.text);
    if (!known) names.set(node.text, { name: node.text, kind, node, declaration, scope });
    else if (kind === "variable" && known.kind === "variable") known.again = true;
  };
  const addList = (list: ts.VariableDeclarationList): void => {
    for (const declaration of list.declarations) {
      for (const name of boundNames(declaration.name)) add("variable", name, declaration);
    }
  };

  if (ts.isFunctionLike(scope)) {
    for (const parameter of scope.parameters) {
      if (ts.isParameter(parameter)) {
        for (const name of boundNames(parameter.name)) add("parameter", name, parameter);
      }
    }
    if (ts.isFunctionExpression(scope)) add("function", scope.name, scope);
  } else if (ts.isClassExpression(scope)) add("class", scope.name, scope);
  else if (ts.isEnumDeclaration(scope)) {
    for (const member of scope.members) add("enum", member.name, member);
  } else if (ts.isCatchClause(scope)) {
    const declaration = scope.variableDeclaration;
    if (declaration) for (const name of boundNames(declaration.name)) add("variable", name, declaration);
  } else if (ts.isForStatement(scope) || ts.isForInStatement(scope) || ts.isForOfStatement(scope)) {
    const list = scope.initializer;
    if (list && ts.isVariableDeclarationList(list) && !isVar(list)) addList(list);
  } else {
    for (const statement of statementsOf(scope)) addStatement(statement, add, addList);
    if (holdsVars(scope)) {
      const parameters = ts.isFunctionLike(scope.parent) ? collectNames(scope.parent) : undefined;
      // `var a` beside a parameter `a` is that parameter.
      eachVar(scope, (list) => addList(list));
      for (const name of parameters?.keys() ?? [])
        if (names.get(name)?.kind === "variable") names.delete(name);
    }
  }
  return names;
}

function addStatement(
  statement: ts.Statement,
  add: (kind: BindingKind, node: ts.Node | undefined, declaration: ts.Node) => void,
  addList: (list: ts.VariableDeclarationList) => void,
): void {
  if (ts.isVariableStatement(statement)) {
    if (!isVar(statement.declarationList)) addList(statement.declarationList);
  } else if (ts.isFunctionDeclaration(statement)) add("function", statement.name, statement);
  else if (ts.isClassDeclaration(statement)) add("class", statement.name, statement);
  else if (ts.isEnumDeclaration(statement)) add("enum", statement.name, statement);
  else if (ts.isModuleDeclaration(statement)) add("namespace", statement.name, statement);
  else if (ts.isImportEqualsDeclaration(statement)) add("import", statement.name, statement);
  else if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    add("import", clause?.name, statement);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) add("import", bindings.name, statement);
    else for (const specifier of bindings?.elements ?? []) add("import", specifier.name, specifier);
  } else if (ts.isLabeledStatement(statement)) addStatement(statement.statement, add, addList);
}

function statementsOf(scope: ts.Node): readonly ts.Statement[] {
  if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) return scope.statements;
  if (ts.isCaseBlock(scope)) return scope.clauses.flatMap((clause) => [...clause.statements]);
  return [];
}

/** A `var` belongs to the whole function, static block, namespace or file. */
function holdsVars(scope: ts.Node): boolean {
  if (ts.isSourceFile(scope) || ts.isModuleBlock(scope)) return true;
  return (
    ts.isBlock(scope) && (ts.isFunctionLike(scope.parent) || ts.isClassStaticBlockDeclaration(scope.parent))
  );
}

function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

function eachVar(node: ts.Node, visit: (list: ts.VariableDeclarationList) => void): void {
  ts.forEachChild(node, (child) => {
    if (ts.isExpression(child) || ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isModuleDeclaration(child)) return;
    if (ts.isVariableDeclarationList(child) && isVar(child)) visit(child);
    eachVar(child, visit);
  });
}

function assignedIn(scope: ts.Node): ReadonlyMap<string, readonly ts.Identifier[]> {
  const assigned = new Map<string, ts.Identifier[]>();
  eachAssigned(scope, (name) => {
    const known = assigned.get(name.text);
    if (known) known.push(name);
    else assigned.set(name.text, [name]);
  });
  return assigned;
}

/** Calls `visit` for every name that is assigned to in a node: `=`, `+=`, `++`, `for (x of …)`, patterns. */
export function eachAssigned(root: ts.Node, visit: (identifier: ts.Identifier) => void): void {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isBinaryExpression(node) && isAssignmentOperator(node.operatorToken.kind)) {
      eachTarget(node.left, visit);
    } else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
      const { operator } = node;
      const changes = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
      if (changes) eachTarget(node.operand, visit);
    } else if (ts.isForInStatement(node) || ts.isForOfStatement(node)) {
      if (!ts.isVariableDeclarationList(node.initializer)) eachTarget(node.initializer, visit);
    }
    eachValueChild(node, (child) => stack.push(child));
  }
}

function isAssignmentOperator(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function eachTarget(target: ts.Node, visit: (identifier: ts.Identifier) => void): void {
  if (ts.isIdentifier(target)) visit(target);
  else if (ts.isArrayLiteralExpression(target))
    for (const element of target.elements) eachTarget(element, visit);
  else if (ts.isObjectLiteralExpression(target)) {
    for (const property of target.properties) {
      if (ts.isShorthandPropertyAssignment(property)) visit(property.name);
      else if (ts.isPropertyAssignment(property)) eachTarget(property.initializer, visit);
      else if (ts.isSpreadAssignment(property)) eachTarget(property.expression, visit);
    }
  } else if (ts.isSpreadElement(target)) eachTarget(target.expression, visit);
  else if (ts.isBinaryExpression(target)) eachTarget(target.left, visit);
  else if (
    ts.isParenthesizedExpression(target) ||
    ts.isNonNullExpression(target) ||
    ts.isAsExpression(target) ||
    ts.isSatisfiesExpression(target) ||
    ts.isTypeAssertionExpression(target)
  ) {
    eachTarget(target.expression, visit);
  }
}

/** Tells whether a declaration runs once for the whole module: outside of every function and loop. */
export function isModuleLevel(binding: Binding): boolean {
  if (binding.perInstance) return false;
  for (let node = binding.scope; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return false;
    if (ts.isIterationStatement(node, false)) return false;
  }
  return true;
}

/** Tells whether a declaration stands inside of a function (its parameters included). */
export function isDeclaredIn(binding: Binding, fn: ts.Node): boolean {
  return isWithin(binding.scope, fn);
}

/**
 * Tells whether a function gives a variable its first value and nothing else changes it: `pool ??= connect()`,
 * `if (!pool) pool = connect()`.
 */
export function isInitializedIn(binding: Binding, fn: ts.Node, scopes: Scopes): boolean {
  const names = scopes.assignments(binding);
  return names.length > 0 && names.every((name) => isWithin(name, fn) && isFirstValue(name));
}

function isFirstValue(name: ts.Identifier): boolean {
  const { parent } = name;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionEqualsToken || kind === ts.SyntaxKind.BarBarEqualsToken)
    return true;
  const guard = ts.findAncestor(parent, ts.isIfStatement)?.expression.getText().replace(/\s+/g, "");
  const { text } = name;
  return [`!${text}`, `${text}===undefined`, `${text}==null`, `${text}===null`].includes(guard ?? "");
}
