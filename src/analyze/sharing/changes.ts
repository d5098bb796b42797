/** Finds where a function changes what its parameters hold. */
import { ts } from "ts-morph";
import { assignedTarget } from "../../syntax/assignments.ts";
import { eachValueChild, isWithin, isWrapper, unwrap } from "../../syntax/nodes.ts";
import type { Binding } from "../../syntax/scope.ts";
import { isCachedFunction } from "../purity/callees.ts";
import { CHANGING, CHANGING_FUNCTIONS } from "./methods.ts";
import type { Origin, Origins, Proof } from "./origins.ts";

export interface Change {
  readonly parameter: Binding;
  /** What is changed, `row.rank`, or the method that changes it, `rows.sort`. */
  readonly node: ts.Expression;
  readonly proofs: readonly Proof[];
  /** The functions on the way, and the call of the first of them. */
  readonly through?: { readonly names: readonly string[]; readonly call: ts.Node };
}

/** Functions followed from one cached function. */
const MAX_FOLLOWED = 100;

/** Returns the changes in some nodes and in the functions that they call. */
export function changesIn(region: readonly ts.Node[], origins: Origins): readonly Change[] {
  const found: Change[] = [];
  new ChangeFinder(region[0]?.parent, found).search(region, origins);
  return found;
}

class ChangeFinder {
  /** The function or the file around the nodes. */
  readonly #around: ts.Node | undefined;
  readonly #found: Change[];
  readonly #followed = new Set<string>();

  constructor(around: ts.Node | undefined, found: Change[]) {
    this.#around = around;
    this.#found = found;
  }

  search(region: readonly ts.Node[], origins: Origins, through?: Change["through"]): void {
    const stack: ts.Node[] = [...region].reverse();
    for (let node = stack.pop(); node; node = stack.pop()) {
      for (const target of targetsOf(node)) this.#add(target, origins.of(target.expression), through);
      if (ts.isCallExpression(node)) this.#searchCall(node, origins, through);
      const children: ts.Node[] = [];
      eachValueChild(node, (child) => children.push(child));
      stack.push(...children.reverse());
    }
  }

  #add(node: ts.Expression, origin: Origin | undefined, through: Change["through"], proof?: Proof): void {
    if (origin?.fresh !== 0 || this.#found.some((other) => other.node === node)) return;
    const { parameter, proofs } = origin;
    this.#found.push({
      parameter,
      node,
      proofs: proof ? [...proofs, proof] : proofs,
      ...(through && { through }),
    });
  }

  #searchCall(call: ts.CallExpression, origins: Origins, through: Change["through"]): void {
    const callee = unwrap(call.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const { expression: owner, name } = callee;
      const changing = CHANGING.get(name.text);
      if (changing) this.#add(callee, origins.of(owner), through, { node: name, owners: changing });
      const [first] = call.arguments;
      const isGlobal = ts.isIdentifier(owner) && !origins.scopes.resolve(owner);
      if (first && isGlobal && CHANGING_FUNCTIONS.has(`${owner.text}.${name.text}`))
        this.#add(first, origins.of(first), through);
    }
    this.#follow(callee, () => origins.argumentsOf(call.arguments), { call, origins, through });
    // A function that is passed on: `rows.forEach(rank)`.
    const [callback] = call.arguments;
    if (callback && ts.isIdentifier(callback))
      this.#follow(callback, () => origins.givenBy(callback) ?? [], { call: callback, origins, through });
  }

  #follow(
    name: ts.Expression,
    given: () => readonly (Origin | undefined)[],
    { call, origins, through }: { call: ts.Node; origins: Origins; through: Change["through"] },
  ): void {
    if (origins.isDeep || ts.isArrowFunction(name) || this.#followed.size >= MAX_FOLLOWED) return;
    const values = given();
    if (!values.some((each) => each)) return;
    const called = origins.functionAt(name, values);
    if (!called) return;
    const { fn } = called;
    if (fn === this.#around || isCachedFunction(fn)) return;
    const key = [
      fn.getSourceFile().fileName,
      fn.pos,
      ...values.map((each) => (each ? `${each.parameter.name}${each.fresh}` : "")),
    ].join();
    if (this.#followed.has(key)) return;
    this.#followed.add(key);
    const isInner = this.#around !== undefined && isWithin(fn, this.#around);
    const path = { names: [...(through?.names ?? []), name.getText()], call: through?.call ?? call };
    this.search(executedBy(fn), origins.within(called, values), isInner ? through : path);
  }
}

/** Returns the nodes that a call of a function executes. */
export const executedBy = ({ parameters, body }: ts.FunctionLikeDeclaration): readonly ts.Node[] => [
  ...parameters,
  ...(body ? [body] : []),
];

type Target = ts.PropertyAccessExpression | ts.ElementAccessExpression;

/** Returns the properties that a node assigns to or deletes. */
function targetsOf(node: ts.Node): readonly Target[] {
  const target = assignedTarget(node);
  return target ? assignedTargets(target) : [];
}

function assignedTargets(node: ts.Node): readonly Target[] {
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return [node];
  if (isWrapper(node) || ts.isSpreadElement(node) || ts.isSpreadAssignment(node))
    return assignedTargets(node.expression);
  if (ts.isArrayLiteralExpression(node)) return node.elements.flatMap(assignedTargets);
  if (ts.isObjectLiteralExpression(node))
    return node.properties.flatMap((each) =>
      ts.isPropertyAssignment(each)
        ? assignedTargets(each.initializer)
        : ts.isSpreadAssignment(each)
          ? assignedTargets(each)
          : [],
    );
  return ts.isBinaryExpression(node) ? assignedTargets(node.left) : [];
}
