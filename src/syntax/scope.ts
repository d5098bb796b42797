/**
 * Resolves a name to its declaration by walking the scopes of one file.
 *
 * The type checker could do this too, but it needs a program, and most functions can be analyzed without
 * loading one. Only names that exist at run time are resolved, not types.
 */
import { ts } from "ts-morph";
import type { Script } from "../site.ts";
import { assignedIn, eachAssigned } from "./assignments.ts";
import type { Binding, ScopeNames } from "./names.ts";
import { collectNames, isOutsideScopeOf, opensScope } from "./names.ts";
import { isInExport, isWithin, outermostWrapper } from "./nodes.ts";

export type { Binding } from "./names.ts";

/** Resolves names in one file, and caches the names of each scope. */
export class Scopes {
  readonly #names = new Map<ts.Node, ScopeNames>();
  readonly #scopes = new Map<ts.Node, ts.Node>();
  readonly #assigned = new Map<ts.Node, ReadonlyMap<string, readonly ts.Identifier[]>>();
  readonly #scripts: readonly Script[];

  /** @param scripts the scripts of a component; each instance runs some of them */
  constructor(scripts: readonly Script[] = []) {
    this.#scripts = scripts;
  }

  /** Returns the declaration that an identifier in value position refers to; undefined for globals. */
  resolve(identifier: ts.Identifier): Binding | undefined {
    for (let scope = this.#scopeOf(identifier); scope; scope = this.#scopeOf(scope)) {
      const names = this.#namesOf(scope);
      const isTop = ts.isSourceFile(scope) && this.#scripts.length > 0;
      const found = names.get(identifier.text) ?? (isTop ? svelteStoreOf(identifier, names) : undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** Returns the first assignment to a variable, apart from the initializer of its declaration. */
  assignment(binding: Binding): ts.Node | undefined {
    // A template or a parent component can assign to the variable, and those assignments are in no script.
    const isOpen = binding.perInstance && binding.kind === "variable" && !isConstant(binding);
    return binding.redeclared || isOpen ? binding.declaration : this.assignments(binding)[0];
  }

  /** Returns the identifiers of all such assignments. */
  assignments(binding: Binding): readonly ts.Identifier[] {
    if (isConstant(binding)) return [];
    const { scope, name } = binding;
    let assigned = this.#assigned.get(scope);
    if (!assigned) this.#assigned.set(scope, (assigned = assignedIn(scope)));
    return (assigned.get(name) ?? []).filter((identifier) => this.resolve(identifier) === binding);
  }

  /**
   * Returns the nearest scope around a node. The result is cached for every node on the way up: in a long sum
   * there may be thousands.
   */
  #scopeOf(node: ts.Node): ts.Node | undefined {
    if (ts.isSourceFile(node)) return undefined;
    const climbed = [node];
    let scope = this.#scopes.get(node);
    for (let inner = node, outer = node.parent; !scope; inner = outer, outer = outer.parent) {
      if (opensScope(outer) && !(ts.isFunctionLike(outer) && isOutsideScopeOf(outer, inner))) scope = outer;
      else {
        climbed.push(outer);
        scope = this.#scopes.get(outer);
      }
    }
    for (const each of climbed) this.#scopes.set(each, scope);
    return scope;
  }

  #markInstanceBindings(source: ts.SourceFile, names: ScopeNames): void {
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
    const instanceScripts = this.#scripts.filter(({ perInstance }) => perInstance);
    for (const binding of names.values()) {
      const { pos } = binding.node;
      const isInstance = instanceScripts.some(
        ({ start, end, hoistsExports }) =>
          start <= pos && pos < end && !(hoistsExports && isInExport(source, pos)),
      );
      if (binding.kind !== "import" && isInstance) binding.perInstance = true;
    }
  }

  #namesOf(scope: ts.Node): ScopeNames {
    let names = this.#names.get(scope);
    if (!names) {
      this.#names.set(scope, (names = collectNames(scope)));
      if (ts.isSourceFile(scope) && this.#scripts.length > 0) this.#markInstanceBindings(scope, names);
    }
    return names;
  }
}

/** Resolves `$count`, the value of the store `count` in a Svelte component; Svelte's compiler declares it. */
function svelteStoreOf(identifier: ts.Identifier, names: ScopeNames): Binding | undefined {
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

/** Tells whether a declaration runs once for the whole module: outside every function and loop. */
export function isModuleLevel(binding: Binding): boolean {
  if (binding.perInstance) return false;
  for (let node = binding.scope; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return false;
    if (ts.isIterationStatement(node, false)) return false;
  }
  return true;
}

/** Tells whether a declaration is inside a function, parameters included. */
export function isDeclaredIn(binding: Binding, fn: ts.Node): boolean {
  return isWithin(binding.scope, fn);
}

/**
 * Tells whether a variable is only assigned by lazy initialization in a function: `pool ??= connect()`,
 * `if (!pool) pool = connect()`, `pool || (pool = connect())`.
 */
export function isInitializedIn(binding: Binding, fn: ts.Node, scopes: Scopes): boolean {
  const names = scopes.assignments(binding);
  return names.length > 0 && names.every((name) => isWithin(name, fn) && isInitialization(name));
}

function isInitialization(name: ts.Identifier): boolean {
  const { parent } = name;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionEqualsToken || kind === ts.SyntaxKind.BarBarEqualsToken)
    return true;
  const { text } = name;
  const whole = outermostWrapper(parent);
  if (ts.isBinaryExpression(whole.parent) && whole.parent.right === whole) {
    const { left, operatorToken } = whole.parent;
    const isElse =
      operatorToken.kind === ts.SyntaxKind.BarBarToken ||
      operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
    if (isElse && left.getText() === text) return true;
  }
  const guard = ts.findAncestor(parent, ts.isIfStatement)?.expression.getText().replace(/\s+/g, "");
  return [`!${text}`, `${text}===undefined`, `${text}==null`, `${text}===null`].includes(guard ?? "");
}
