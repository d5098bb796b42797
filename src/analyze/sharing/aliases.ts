/** Finds objects of the arguments in the result. */
import { ts } from "ts-morph";
import { isFunctionValue, literalName, unwrap } from "../../syntax/nodes.ts";
import type { Binding } from "../../syntax/scope.ts";
import { propertiesOf } from "../types/type-shape.ts";
import type { Types } from "../types/types.ts";
import {
  type CalledFunction,
  fillingsOf,
  type Origin,
  type Origins,
  type Proof,
  returnsOf,
} from "./origins.ts";
import { contentTypes } from "./proofs.ts";

/** A part of the result that is an object of a parameter. */
export interface Alias {
  readonly parameter: Binding;
  /** The expression that puts it into the result. */
  readonly node: ts.Node;
  readonly proofs: readonly Proof[];
  /** The expression whose type tells the types. */
  readonly value: ts.Expression;
  /** Identifies how. Undefined if the answer depends on more than types, so that it cannot be cached. */
  readonly question: string | undefined;
  /** Returns the types that its value can have. */
  readonly types: (types: Types) => readonly ts.Type[];
}

/** Functions that return their argument, or a promise of it. */
const SAME_RESULT: ReadonlySet<string> = new Set(["Object.freeze", "Object.seal", "Promise.resolve"]);

const MAX_RESULT_DEPTH = 6;

/** Returns what a function returns of its parameters' objects. */
export function aliasesIn(fn: ts.FunctionLikeDeclaration, origins: Origins): readonly Alias[] {
  const found = new Map<ts.Node, Alias>();
  for (const returned of returnsOf(fn)) {
    for (const each of new AliasFinder(fn, origins).in(returned)) found.set(each.node, each);
  }
  return [...found.values()];
}

class AliasFinder {
  readonly #origins: Origins;
  readonly #fn: ts.Node;
  readonly #seen = new Set<Binding>();

  constructor(fn: ts.Node, origins: Origins) {
    this.#fn = fn;
    this.#origins = origins;
  }

  in(from: ts.Expression, depth = 0): readonly Alias[] {
    const node = unwrap(from);
    if (depth > MAX_RESULT_DEPTH) return [];
    const inner = (each: ts.Expression): readonly Alias[] => this.in(each, depth + 1);
    if (ts.isAwaitExpression(node)) return inner(node.expression);
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(inner);
    if (ts.isBinaryExpression(node)) {
      const isEither = [ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken].includes(
        node.operatorToken.kind,
      );
      return isEither ? [node.left, node.right].flatMap(inner) : this.#whole(node);
    }
    if (ts.isArrayLiteralExpression(node))
      return node.elements.flatMap((each) =>
        ts.isSpreadElement(each) ? this.#spread(each, depth) : inner(each),
      );
    if (ts.isObjectLiteralExpression(node))
      return node.properties.flatMap((each, index) => this.#property(each, index, depth));
    if (ts.isIdentifier(node)) return this.#variable(node, depth);
    if (ts.isCallExpression(node)) return this.#call(node, depth);
    return this.#whole(node);
  }

  #property(property: ts.ObjectLiteralElementLike, index: number, depth: number): readonly Alias[] {
    if (ts.isPropertyAssignment(property)) return this.in(property.initializer, depth + 1);
    if (ts.isShorthandPropertyAssignment(property)) return this.in(property.name, depth + 1);
    if (!ts.isSpreadAssignment(property)) return [];
    const later = property.parent.properties.slice(index + 1).map((each) => literalName(each.name));
    return this.#spread(property, depth, later);
  }

  /** @param without properties that are replaced behind the spread */
  #spread(
    spread: ts.SpreadElement | ts.SpreadAssignment,
    depth: number,
    without: readonly (string | undefined)[] = [],
  ): readonly Alias[] {
    return this.#contents(spread, spread.expression, depth, without);
  }

  #contents(
    place: ts.Node,
    expression: ts.Expression,
    depth: number,
    without: readonly (string | undefined)[],
  ): readonly Alias[] {
    const origin = this.#origins.of(expression);
    if (origin?.fresh !== 0) return this.in(expression, depth + 1);
    const isList = ts.isSpreadElement(place);
    const proofs = isList ? [...origin.proofs, { node: expression }] : origin.proofs;
    return [
      {
        ...alias(place, { ...origin, proofs }),
        value: expression,
        question: isList ? "items" : `properties ${without.join()}`,
        types: (types) => {
          const type = types.at(expression);
          if (isList) return contentTypes(type, types);
          const { checker } = types;
          return propertiesOf(checker.getNonNullableType(type), checker)
            .filter(({ name }) => !without.includes(name))
            .map((each) => checker.getTypeOfSymbol(each));
        },
      },
    ];
  }

  /** A local variable holds its first value and what is put into it. */
  #variable(name: ts.Identifier, depth: number): readonly Alias[] {
    const origin = this.#origins.of(name);
    if (origin?.fresh === 0) return this.#whole(name);
    const binding = this.#origins.scopes.resolve(name);
    const { declaration } = binding ?? {};
    if (!binding || !declaration || !ts.isVariableDeclaration(declaration) || this.#seen.has(binding))
      return this.#whole(name);
    this.#seen.add(binding);
    if (!ts.isIdentifier(declaration.name) || this.#origins.scopes.assignment(binding))
      return this.#whole(name);
    const filled = isNewObject(declaration.initializer) ? fillingsOf(binding, this.#origins.scopes) : [];
    return [
      ...(declaration.initializer ? this.in(declaration.initializer, depth + 1) : []),
      ...filled.flatMap(({ value }) =>
        ts.isSpreadElement(value) ? this.#spread(value, depth) : this.in(value, depth + 1),
      ),
    ];
  }

  /** Follows calls of functions of the same module, and the callback of `map`: what they return may be a copy. */
  #call(call: ts.CallExpression, depth: number): readonly Alias[] {
    const callee = unwrap(call.expression);
    const inner = this.#origins.called(callee, call.arguments);
    // What a function that calls itself returns is seen already.
    if (inner?.fn === this.#fn) return [];
    // The types of the other module may not be loaded.
    if (inner && inner.fn.getSourceFile() !== this.#fn.getSourceFile()) return this.#whole(call);
    if (inner) return this.#returned(inner, call, depth);
    const [callback] = call.arguments;
    if (callee.getText() === "Object.assign") return this.#assigned(call, depth);
    if (callback && SAME_RESULT.has(callee.getText())) return this.in(callback, depth + 1);
    const isMap = ts.isPropertyAccessExpression(callee) && callee.name.text === "map";
    const origin = this.#origins.of(call);
    if (!isMap || !callback || !origin) return this.#whole(call);
    const visited = this.#origins.calledBack(callback);
    if (!visited) return [];
    if (visited.fn.getSourceFile() !== this.#fn.getSourceFile()) return this.#whole(call);
    const place = isFunctionValue(unwrap(callback)) ? undefined : call;
    return this.#returned(visited, place, depth).map((each) => ({ ...each, proofs: origin.proofs }));
  }

  /** `Object.assign({}, options, { list: [] })` holds what `{ ...options, ...{ list: [] } }` does. */
  #assigned({ arguments: args }: ts.CallExpression, depth: number): readonly Alias[] {
    return args.flatMap((each, index) => {
      const later = args.slice(index + 1).filter(ts.isObjectLiteralExpression);
      const without = later.flatMap(({ properties }) => properties.map(({ name }) => literalName(name)));
      return index === 0 ? this.in(each, depth + 1) : this.#contents(each, each, depth, without);
    });
  }

  /** @param place the call in the cached function; undefined if the function that is called stands in it */
  #returned({ fn, origins }: CalledFunction, place: ts.Node | undefined, depth: number): readonly Alias[] {
    const finder = new AliasFinder(this.#fn, origins);
    return returnsOf(fn).flatMap((each) =>
      finder.in(each, depth + 1).map((alias) => (place ? { ...alias, node: place } : alias)),
    );
  }

  #whole(node: ts.Expression): readonly Alias[] {
    const origin = this.#origins.of(node);
    if (!origin) return [];
    return [
      {
        ...alias(node, origin),
        value: node,
        question: hasRecord(origin) ? undefined : `whole ${origin.fresh}`,
        types(types) {
          const type = types.at(node);
          return sharedTypes(origin, types.checker.getAwaitedType(type) ?? type, types);
        },
      },
    ];
  }
}

const alias = (
  node: ts.Node,
  { parameter, proofs }: Origin,
): Pick<Alias, "parameter" | "node" | "proofs"> => ({
  parameter,
  node,
  proofs,
});

/** Returns the types of the parameter's objects in a value. */
function sharedTypes(origin: Origin, type: ts.Type, types: Types): readonly ts.Type[] {
  if (origin.fresh === 0) return [type];
  const { items = { ...origin, fresh: origin.fresh - 1 }, property } = origin;
  if (!origin.isRecord) return contentTypes(type, types).flatMap((each) => sharedTypes(items, each, types));
  const { checker } = types;
  return propertiesOf(checker.getNonNullableType(type), checker).flatMap((each) => {
    const value = property?.(each.name);
    return value ? sharedTypes(value, checker.getTypeOfSymbol(each), types) : [];
  });
}

function hasRecord(origin: Origin): boolean {
  for (let at: Origin | undefined = origin; at && at.fresh > 0; at = at.items) if (at.isRecord) return true;
  return false;
}

/** Tells whether an expression makes a new object, which nothing else holds yet. */
function isNewObject(expression: ts.Expression | undefined): boolean {
  const node = expression && unwrap(expression);
  return (
    node !== undefined &&
    (ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isNewExpression(node))
  );
}
