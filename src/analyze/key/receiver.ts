/** Turns the receiver into key parts: `this=tenant`, `this=instance`, `this=ignore`. */
import { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import type { ReceiverAdvice } from "../../diagnostics/details.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions, PathOption } from "../../options/function.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { isStatic, isThisParameter, spanOf } from "../../syntax/nodes.ts";
import type { FunctionReads } from "../purity/reads.ts";
import type { Types } from "../types/types.ts";
import { receiverAdvice } from "./advice.ts";
import type { InputUses } from "./input-uses.ts";
import { checkInput, unprovedProblem } from "./inputs.ts";
import type { KeyContribution } from "./parameters.ts";
import { followPath } from "./paths.ts";

export interface Receiver extends KeyContribution {
  /** Each instance has a cache of its own (`this=instance`). */
  readonly perInstance: boolean;
}

const EMPTY_RECEIVER: Receiver = {
  parts: [],
  slots: [],
  types: [],
  omitted: [],
  problems: [],
  perInstance: false,
};

/** The receiver of every call is the same. What it holds that changes is named by `receiver-state`. */
const ONE_FOR_ALL: Receiver = { ...EMPTY_RECEIVER, omitted: [["this", "a singleton"]] };

export function analyzeReceiver(
  fn: MarkedFunction,
  reads: FunctionReads,
  options: FunctionOptions,
  uses: InputUses,
  types: Types,
  isSingleton: (node: ts.ClassLikeDeclaration) => boolean,
): Receiver {
  const choice = options.this;
  const read = reads.own.this ?? reads.own.super;
  const unkeyed = (): Receiver =>
    read ? { ...EMPTY_RECEIVER, problems: [unkeyedProblem(reads, options, uses)] } : EMPTY_RECEIVER;
  const holder = receiverOwnerOf(fn);
  if (choice === undefined) return read && isService(holder, reads, isSingleton) ? ONE_FOR_ALL : unkeyed();
  if (!read && (choice === "ignore" || !holder))
    return typeof choice === "string"
      ? EMPTY_RECEIVER
      : { ...EMPTY_RECEIVER, problems: [noReceiverProblem(options)] };
  if (choice === "instance") return { ...EMPTY_RECEIVER, perInstance: true };
  if (choice === "ignore") return { ...EMPTY_RECEIVER, omitted: [["this", "this=ignore"]] };
  const type = receiverType(reads.own.this, holder, types);
  const advise = (): ReceiverAdvice => receiverAdvice(reads.own.super !== undefined, options, uses);
  if (options.spans.has("this"))
    return mergePaths(choice.map((path) => receiverPath(path, fn, type, advise, types)));
  // The paths are a default of the project, which has no effect on a receiver without such members.
  const found = mergePaths(
    choice.map(({ text }) => receiverPath({ text, span: spanOf(read!) }, fn, type, advise, types)),
  );
  return found.problems.some(({ name }) => name === "this-path-unknown") ? unkeyed() : found;
}

/** Tells whether the receiver is a singleton of which only members are read: it is not passed on as a whole. */
function isService(
  holder: ReceiverOwner | undefined,
  { receivers }: FunctionReads,
  isSingleton: (node: ts.ClassLikeDeclaration) => boolean,
): boolean {
  if (!holder?.member || !ts.isClassLike(holder.node) || isStatic(holder.member)) return false;
  const readsMembers = receivers.every(
    (node) => ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node,
  );
  return readsMembers && isSingleton(holder.node);
}

function receiverPath(
  { text, span }: PathOption,
  fn: MarkedFunction,
  type: ts.Type,
  receiver: () => ReceiverAdvice,
  types: Types,
): KeyContribution {
  const start = { type, slot: "this", prefix: "", receiver: fn };
  const found = followPath(start, text.split("."), types);
  if (!("type" in found))
    return { ...EMPTY_RECEIVER, problems: [problem("this-path-unknown", span, { path: text, ...found })] };
  const path = `this.${text}`;
  const display = types.display(found.type);
  const judged = checkInput(
    { path, slot: found.slot, type: () => found.type, display, span, by: "this", receiver },
    types,
  );
  return {
    parts: [{ name: path, type: display, as: "extra" }],
    slots: [found.slot],
    types: [judged.text],
    omitted: [],
    problems: [...judged.problems, ...judged.unproved.map((part) => unprovedProblem([part]))],
  };
}

function mergePaths(all: readonly KeyContribution[]): Receiver {
  return {
    parts: all.flatMap(({ parts }) => parts),
    slots: all.flatMap(({ slots }) => slots),
    types: all.flatMap(({ types }) => types),
    omitted: [],
    problems: all.flatMap(({ problems }) => problems),
    perInstance: false,
  };
}

function unkeyedProblem({ own }: FunctionReads, options: FunctionOptions, uses: InputUses): Problem {
  return problem("receiver-unkeyed", spanOf(own.this ?? own.super!), {
    reads: own.this ? "this" : "super",
    ...receiverAdvice(own.super !== undefined, options, uses),
  });
}

function noReceiverProblem({ spans }: FunctionOptions): Problem {
  const { name, value } = spans.get("this")!;
  return problem(
    "option-conflict",
    { start: name.start, end: Math.max(name.end, value.end) },
    {
      problem: "`this` names properties of a receiver, but the function has none.",
      help: "Leave `this` out.",
    },
  );
}

/** The declaration that determines the `this` of a function. */
interface ReceiverOwner {
  /** The class, the object literal, or the `this` parameter of a function. */
  readonly node: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | ts.ParameterDeclaration;
  /** The member of the class. */
  readonly member?: ts.ClassElement;
}

function receiverOwnerOf(fn: MarkedFunction): ReceiverOwner | undefined {
  for (let node: ts.Node = fn; !ts.isSourceFile(node); node = node.parent) {
    if (ts.isClassElement(node) && ts.isClassLike(node.parent)) return { node: node.parent, member: node };
    if (!ts.isFunctionLike(node) || ts.isArrowFunction(node)) continue;
    const parameter = node.parameters.filter(ts.isParameter).find(isThisParameter);
    if (parameter) return { node: parameter };
    const object = ts.isPropertyAssignment(node.parent) ? node.parent.parent : node.parent;
    if (ts.isObjectLiteralExpression(object)) return { node: object };
    // A function expression in a class field is called on the instance.
    if (!ts.isPropertyDeclaration(node.parent)) return undefined;
  }
  return undefined;
}

function receiverType(read: ts.Node | undefined, holder: ReceiverOwner | undefined, types: Types): ts.Type {
  if (read) return types.at(read);
  const { node, member } = holder!;
  if (!ts.isClassLike(node) || !member || !isStatic(member)) return types.at(node);
  const symbol = types.checker.getSymbolAtLocation(node.name ?? node);
  return symbol ? types.checker.getTypeOfSymbol(symbol) : types.at(node);
}
