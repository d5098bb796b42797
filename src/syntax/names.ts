/** Tells which nodes open a scope, and lists the names that a scope declares. */
import { ts } from "ts-morph";
import { boundNames } from "./nodes.ts";
import { walk } from "./walk.ts";

export type BindingKind =
  "parameter" | "variable" | "function" | "class" | "enum" | "namespace" | "import" | "store";

/** A name and its declaration. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The identifier in the declaration. */
  readonly node: ts.Node;
  /** The declaration itself: of a variable, a parameter, a function and so on. */
  readonly declaration: ts.Node;
  /** The node whose scope the name belongs to. */
  readonly scope: ts.Node;
  /** A second `var` declares the same name. */
  redeclared?: boolean;
  /** It is declared at the top level of a script that runs for each instance of a component. */
  perInstance?: boolean;
}

export type ScopeNames = Map<string, Binding>;

/**
 * Tells whether a child of a function is outside its scope: a computed name or a decorator cannot see
 * parameters.
 */
export function isOutsideScopeOf(fn: ts.SignatureDeclaration, inner: ts.Node): boolean {
  return inner === fn.name || ts.isDecorator(inner);
}

export function opensScope(node: ts.Node): boolean {
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

/** Returns the names that a scope itself declares, without those of nested scopes. */
export function collectNames(scope: ts.Node): ScopeNames {
  const names: ScopeNames = new Map();
  const add = (kind: BindingKind, node: ts.Node | undefined, declaration: ts.Node): void => {
    if (!node || !(ts.isIdentifier(node) || ts.isStringLiteral(node))) return;
    const known = names.get(node.text);
    if (!known) names.set(node.text, { name: node.text, kind, node, declaration, scope });
    else if (kind === "variable" && known.kind === "variable") known.redeclared = true;
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
    if (hoistsVars(scope)) {
      const parameters = ts.isFunctionLike(scope.parent) ? collectNames(scope.parent) : undefined;
      // `var a` in a function with a parameter `a` is the same variable as the parameter.
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

/**
 * Tells whether `var` declarations are hoisted to this node: a function body, static block, namespace or
 * file.
 */
function hoistsVars(scope: ts.Node): boolean {
  if (ts.isSourceFile(scope) || ts.isModuleBlock(scope)) return true;
  return (
    ts.isBlock(scope) && (ts.isFunctionLike(scope.parent) || ts.isClassStaticBlockDeclaration(scope.parent))
  );
}

function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

/** Returns the names that a function body declares with `var`. */
export function varNames(body: ts.Node): readonly string[] {
  const names: string[] = [];
  eachVar(body, ({ declarations }) => {
    for (const { name } of declarations) names.push(...boundNames(name).map(({ text }) => text));
  });
  return names;
}

function eachVar(scope: ts.Node, visit: (list: ts.VariableDeclarationList) => void): void {
  walk(scope, (node) => {
    if (node === scope) return true;
    if (ts.isExpression(node) || ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    if (ts.isModuleDeclaration(node)) return false;
    if (ts.isVariableDeclarationList(node) && isVar(node)) visit(node);
    return true;
  });
}
