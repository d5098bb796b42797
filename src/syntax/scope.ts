/**
 * Which declaration a name means, found by walking the scopes of one file.
 *
 * The checker would know too, but asking it loads a program; most functions need none of it. Only names that
 * exist at run time are resolved; types have no part in it.
 */
import { ts } from "ts-morph";
import type { Script } from "../project/component.ts";
import { assignedIn, eachAssigned } from "./assignments.ts";
import type { Binding, ScopeNames } from "./names.ts";
import { collectNames, isOutsideScopeOf, opensScope } from "./names.ts";
import { isWithin } from "./nodes.ts";

export type { Binding } from "./names.ts";

/** Resolves names in one file; keeps what it found out about each scope. */
export class Scopes {
  readonly #names = new Map<ts.Node, ScopeNames>();
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
      const found = names.get(identifier.text) ?? (isTop ? svelteStoreOf(identifier, names) : undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** The first place, besides its own declaration, where a variable gets a value. */
  assignment(binding: Binding): ts.Node | undefined {
    // What a template or a parent component assigns to stands in no script.
    const isOpen = binding.perInstance && binding.kind === "variable" && !isConstant(binding);
    return binding.redeclared || isOpen ? binding.declaration : this.assignments(binding)[0];
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
      if (opensScope(outer) && !(ts.isFunctionLike(outer) && isOutsideScopeOf(outer, inner))) scope = outer;
      else {
        way.push(outer);
        scope = this.#scopes.get(outer);
      }
    }
    for (const each of way) this.#scopes.set(each, scope);
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
    const own = this.#scripts.filter(({ perInstance }) => perInstance);
    for (const binding of names.values()) {
      const { pos } = binding.node;
      if (binding.kind !== "import" && own.some(({ start, end }) => start <= pos && pos < end))
        binding.perInstance = true;
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

/** `$count`, the value of the store `count` in a Svelte component, whose declaration the compiler makes. */
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
  return names.length > 0 && names.every((name) => isWithin(name, fn) && isInitialization(name));
}

function isInitialization(name: ts.Identifier): boolean {
  const { parent } = name;
  if (!ts.isBinaryExpression(parent)) return false;
  const { kind } = parent.operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionEqualsToken || kind === ts.SyntaxKind.BarBarEqualsToken)
    return true;
  const guard = ts.findAncestor(parent, ts.isIfStatement)?.expression.getText().replace(/\s+/g, "");
  const { text } = name;
  return [`!${text}`, `${text}===undefined`, `${text}==null`, `${text}===null`].includes(guard ?? "");
}
