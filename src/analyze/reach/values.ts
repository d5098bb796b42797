/**
 * Finds what expressions evaluate to, across modules and from the syntax alone: functions, classes and their
 * instances, object literals, modules, exports of packages, members of globals. Classes are also known by type
 * annotations.
 */
import { ts } from "ts-morph";
import {
  constructorOf,
  type FunctionNode,
  isFunctionNode,
  memberOf,
  ownerOfThis,
} from "../../syntax/members.ts";
import { unwrap } from "../../syntax/nodes.ts";
import { implementationOf, isOverloadable } from "../../syntax/overloads.ts";
import type { Module, Modules } from "./modules.ts";
import { type Meaning, Names } from "./names.ts";

export type Value =
  /** A function, a class or an object literal. */
  | { readonly kind: "code"; readonly node: ts.Node; readonly module: Module }
  | { readonly kind: "instance"; readonly node: ts.ClassLikeDeclaration; readonly module: Module }
  | { readonly kind: "namespace"; readonly module: Module }
  /** An export of a package, a member of one, or what one returned. */
  | { readonly kind: "package"; readonly package: string; readonly path: readonly string[] }
  | { readonly kind: "global"; readonly path: readonly string[] };

/** Steps from one expression to the next. More of them are a cycle, or worth nothing. */
const MAX_STEPS = 40;

/** Types that stand for what is in them. */
const TRANSPARENT_TYPES: ReadonlySet<string> = new Set([
  "Promise",
  "Awaited",
  "Readonly",
  "Partial",
  "Required",
  "NonNullable",
]);

export class Values extends Names {
  readonly #known = new Map<ts.Node, Value | undefined>();
  readonly #isValue: (call: ts.CallExpression, module: Module) => boolean;
  #steps = 0;

  /** @param isValue tells which calls stand for themselves, in place of what they return */
  constructor(modules: Modules, isValue: (call: ts.CallExpression, module: Module) => boolean = () => false) {
    super(modules);
    this.#isValue = isValue;
  }

  /** Returns what an expression of a module evaluates to, if it is known. */
  of(node: ts.Node, module: Module): Value | undefined {
    if (this.#known.has(node)) return this.#known.get(node);
    if (this.#steps >= MAX_STEPS) return undefined;
    // A variable that is initialized with itself, in a circle, has no known value.
    this.#known.set(node, undefined);
    this.#steps++;
    const value = this.#evaluate(node, module);
    this.#steps--;
    this.#known.set(node, value);
    return value;
  }

  #evaluate(outer: ts.Node, module: Module): Value | undefined {
    const node = ts.isExpression(outer) ? unwrap(outer) : outer;
    if (node !== outer)
      return (
        this.of(node, module) ?? (ts.isAsExpression(outer) ? this.ofType(outer.type, module) : undefined)
      );
    if (ts.isIdentifier(node)) return this.#ofName(node, module);
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isObjectLiteralExpression(node))
      return { kind: "code", node: isOverloadable(node) ? (implementationOf(node) ?? node) : node, module };
    if (ts.isPropertyAccessExpression(node)) return this.#member(node.expression, node.name.text, module);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
      return this.#member(node.expression, node.argumentExpression.text, module);
    if (ts.isAwaitExpression(node)) return this.of(node.expression, module);
    if (ts.isNewExpression(node)) return this.#constructed(node, module);
    if (ts.isCallExpression(node))
      return this.#isValue(node, module) ? { kind: "code", node, module } : this.#returned(node, module);
    if (ts.isConditionalExpression(node))
      return this.of(node.whenTrue, module) ?? this.of(node.whenFalse, module);
    if (ts.isBinaryExpression(node)) return this.#ofOperands(node, module);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return { kind: "global", path: ["import.meta"] };
    return this.#receiver(node, module);
  }

  #ofOperands({ left, right, operatorToken }: ts.BinaryExpression, module: Module): Value | undefined {
    if (operatorToken.kind === ts.SyntaxKind.CommaToken) return this.of(right, module);
    return EITHER.has(operatorToken.kind) ? (this.of(left, module) ?? this.of(right, module)) : undefined;
  }

  #receiver(node: ts.Node, module: Module): Value | undefined {
    const isSuper = node.kind === ts.SyntaxKind.SuperKeyword;
    if (!isSuper && node.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
    const holder = ownerOfThis(node);
    if (!holder) return undefined;
    const { owner, isStatic } = holder;
    if (!ts.isClassLike(owner)) return isSuper ? undefined : { kind: "code", node: owner, module };
    const own = this.#instance({ kind: "code", node: owner, module }, !isStatic);
    return isSuper ? this.baseOf(own) : own;
  }

  /** Returns the base class of a class or of an instance, as the same. */
  baseOf(value: Value | undefined): Value | undefined {
    if (!value || !("node" in value) || !ts.isClassLike(value.node)) return undefined;
    const clause = value.node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
    const base = clause?.types[0];
    return base && this.#instance(this.of(base.expression, value.module), value.kind === "instance");
  }

  /** Returns the class whose constructor `new` runs: the first with one of its own, or one that the project does not declare. */
  constructedBy(value: Value): Value {
    if (value.kind !== "code" || !ts.isClassLike(value.node) || constructorOf(value.node)) return value;
    const base = this.baseOf(value);
    return base ? this.constructedBy(base) : value;
  }

  /** Returns a member of a value. */
  memberOf(value: Value | undefined, name: string): Value | undefined {
    if (!value) return undefined;
    switch (value.kind) {
      case "package":
      case "global":
        return { ...value, path: [...value.path, name] };
      case "namespace":
        return this.#ofMeaning(this.exportOf(value.module, name));
      default: {
        // `this.repo.find` where `repo` is an accessor
        if (ts.isGetAccessor(value.node))
          return this.memberOf(this.#returnedBy(value.node, value.module), name);
        const found = memberOf(value, name);
        if (!found) return this.memberOf(this.baseOf(value), name);
        const { module } = value;
        if ("parameter" in found)
          return this.#typed(found.parameter.type, found.parameter.initializer, module);
        if ("node" in found) return this.of(found.node, module);
        return this.#typed(found.type, found.initializer, module);
      }
    }
  }

  #member(owner: ts.Expression, name: string, module: Module): Value | undefined {
    return this.memberOf(this.of(owner, module), name);
  }

  #constructed({ expression }: ts.NewExpression, module: Module): Value | undefined {
    return this.#instance(this.of(expression, module), true);
  }

  #instance(value: Value | undefined, isInstance: boolean): Value | undefined {
    if (!isInstance || !value || value.kind === "package" || value.kind === "global") return value;
    if (!("node" in value) || !ts.isClassLike(value.node)) return undefined;
    return { kind: "instance", node: value.node, module: value.module };
  }

  /** Returns what a call returns. */
  #returned(call: ts.CallExpression, module: Module): Value | undefined {
    const [first] = call.arguments;
    if (call.expression.kind === ts.SyntaxKind.ImportKeyword)
      return first && ts.isStringLiteral(first)
        ? this.#ofMeaning(this.exported(first.text, undefined, module))
        : undefined;
    const callee = this.of(call.expression, module);
    if (callee?.kind === "package") return this.#returnedByPackage(callee, first, module);
    // `Intl.DateTimeFormat()` makes an instance too.
    if (callee?.kind === "global" && callee.path.at(-2) === "Intl") return callee;
    if (callee?.kind !== "code" || !isFunctionNode(callee.node)) return undefined;
    return this.#returnedBy(callee.node, callee.module);
  }

  #returnedBy({ type, body }: FunctionNode, module: Module): Value | undefined {
    if (type) return this.ofType(type, module);
    if (!body) return undefined;
    if (!ts.isBlock(body)) return this.of(body, module);
    const last = body.statements.at(-1);
    return last && ts.isReturnStatement(last) && last.expression
      ? this.of(last.expression, module)
      : undefined;
  }

  /** `inject(Repo)` gives an instance, and a function that wraps another, `cache(load)`, runs that. */
  #returnedByPackage(
    callee: Value & { readonly kind: "package" },
    argument: ts.Expression | undefined,
    module: Module,
  ): Value | undefined {
    const given = argument && this.of(argument, module);
    if (given?.kind === "code" && isFunctionNode(given.node)) return given;
    if (given?.kind === "code" && ts.isClassLike(given.node)) return this.#instance(given, true);
    return callee;
  }

  #ofName(name: ts.Identifier, module: Module): Value | undefined {
    if (!module.scopes.resolve(name)) return { kind: "global", path: [name.text] };
    return this.#ofMeaning(this.meaningOf(name, module));
  }

  #ofMeaning(meaning: Meaning | undefined): Value | undefined {
    if (!meaning || meaning.kind === "package" || meaning.kind === "namespace") return meaning;
    if (meaning.kind === "node") return this.of(meaning.node, meaning.module);
    const { binding, module } = meaning;
    const { declaration, kind, node } = binding;
    if (kind === "function" || kind === "class") return this.of(declaration, module);
    if (ts.isParameter(declaration) && declaration.name === node)
      return this.#typed(declaration.type, declaration.initializer, module);
    if (!ts.isVariableDeclaration(declaration) || module.scopes.assignment(binding)) return undefined;
    if (declaration.name === node) return this.#typed(declaration.type, declaration.initializer, module);
    return this.#destructured(node, declaration, module);
  }

  /** Returns the value of a name in `const { name } = value`. */
  #destructured(name: ts.Node, declaration: ts.VariableDeclaration, module: Module): Value | undefined {
    const { parent } = name;
    const isDirect =
      ts.isBindingElement(parent) && parent.parent === declaration.name && !parent.dotDotDotToken;
    if (!isDirect || !declaration.initializer || !ts.isObjectBindingPattern(parent.parent)) return undefined;
    const property = parent.propertyName ?? parent.name;
    return ts.isIdentifier(property)
      ? this.#member(declaration.initializer, property.text, module)
      : undefined;
  }

  #typed(
    type: ts.TypeNode | undefined,
    initializer: ts.Expression | undefined,
    module: Module,
  ): Value | undefined {
    return (initializer && this.of(initializer, module)) ?? (type && this.ofType(type, module));
  }

  /** Returns an instance of the class that a type annotation names. */
  ofType(type: ts.TypeNode, module: Module): Value | undefined {
    if (ts.isParenthesizedTypeNode(type)) return this.ofType(type.type, module);
    if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) {
      for (const member of type.types) {
        const value = this.ofType(member, module);
        if (value) return value;
      }
    }
    if (ts.isTypeQueryNode(type)) return this.#ofEntity(type.exprName, module);
    if (!ts.isTypeReferenceNode(type)) return undefined;
    const [argument] = type.typeArguments ?? [];
    if (ts.isIdentifier(type.typeName)) {
      if (argument && TRANSPARENT_TYPES.has(type.typeName.text)) return this.ofType(argument, module);
      const alias = module.scopes.resolve(type.typeName) ? undefined : aliasIn(module, type.typeName.text);
      if (alias) return this.#steps < MAX_STEPS ? this.ofType(alias, module) : undefined;
      if (!module.scopes.resolve(type.typeName)) return undefined;
    }
    return this.#instance(this.#ofEntity(type.typeName, module), true);
  }

  #ofEntity(name: ts.EntityName, module: Module): Value | undefined {
    if (ts.isIdentifier(name)) return this.of(name, module);
    return this.memberOf(this.#ofEntity(name.left, module), name.right.text);
  }
}

const EITHER: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.BarBarToken,
]);

/** Returns the type of a type alias of a module. */
function aliasIn({ source }: Module, name: string): ts.TypeNode | undefined {
  return source.statements.filter(ts.isTypeAliasDeclaration).find((each) => each.name.text === name)?.type;
}
