/** Turns parameters into key parts, as `key` and `ignore` say; signals are left out. */
import { ts } from "ts-morph";
import type { KeyPart } from "../../../runtime/contract/spec.ts";
import { suggest } from "../../../runtime/contract/suggest.ts";
import type { Problem } from "../../diagnostics/catalogue.ts";
import type { KeyAdvice } from "../../diagnostics/details.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions, PathOption } from "../../options/function.ts";
import type { Span } from "../../site.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { boundNames, realParameters, spanOf } from "../../syntax/nodes.ts";
import type { Overloadable } from "../../syntax/overloads.ts";
import { overloadsOf } from "../../syntax/overloads.ts";
import { Scopes } from "../../syntax/scope.ts";
import { collectReads, executedNodes } from "../purity/reads.ts";
import { oneLine } from "../types/tokens.ts";
import { plainParameterTexts } from "../types/type-syntax.ts";
import type { Types } from "../types/types.ts";
import { shortType } from "../types/types.ts";
import type { KeyInput } from "./inputs.ts";
import { adviseOn, keyWith } from "./advice.ts";
import { IdentityPaths, type NamedInput as BoundName } from "./by-identity.ts";
import { InputUses } from "./input-uses.ts";
import { type CheckedInput, checkInput, type UnprovedPart, unprovedProblem } from "./inputs.ts";
import { joinPath } from "./keyability.ts";
import { checkIds, idTypeOf } from "./ids.ts";
import { followPath } from "./paths.ts";
import { checkTags } from "./tags.ts";
import { shapeOfNode, shapeOfType } from "./shape.ts";

/** What the parameters, the receiver or the captured variables contribute to the key. */
export interface KeyContribution {
  readonly parts: readonly KeyPart[];
  readonly slots: readonly string[];
  readonly omitted: readonly (readonly [what: string, why: string])[];
  /** Canonical types, in the order of the slots. */
  readonly types: readonly string[];
  readonly problems: readonly Problem[];
}

interface Judge {
  /** Returns what to write for a parameter without a key. */
  readonly advise: (name: string) => KeyAdvice;
  readonly isReached: NonNullable<KeyInput["isReached"]>;
  readonly identity: IdentityPaths;
}

export function analyzeParameters(
  fn: MarkedFunction,
  options: FunctionOptions,
  types: Types,
): KeyContribution {
  const names = realParameters(fn)
    .flatMap((parameter) => namesBoundBy(parameter, types))
    .map((name) => (name.name === options.multi ? asId(name, types) : name));
  let known: InputUses | undefined;
  const uses = (): InputUses =>
    (known ??= new InputUses(fn, collectReads(executedNodes(fn)), new Scopes(), types));
  const advise = (name: string): KeyAdvice => adviseOn(name, options, uses());
  const identity = new IdentityPaths(names, options, types);
  const judge: Judge = { advise, isReached: (part) => uses().reaches(part), identity };
  const inputs = options.key
    ? collectNamed(names, options.key, types, judge)
    : collectAll(fn, names, options.ignore ?? [], types, judge);
  const overloads = overloadsOf(fn);
  const { problems, unproved } =
    overloads.length > 0 ? withOverloads(inputs, { fn, overloads, options, judge }, types) : inputs;
  const warnings =
    unproved.length > 0 ? [unprovedProblem(unproved, adviseOnAll(unproved, options, uses()))] : [];
  const { parts, slots, omitted, types: texts } = inputs;
  const idProblems = checkIds(fn, options, types);
  if (idProblems.length > 0) return { parts, slots, omitted, types: texts, problems: idProblems };
  const tagProblems = checkTags(names, options, types);
  return { parts, slots, omitted, types: texts, problems: [...problems, ...tagProblems, ...warnings] };
}

/** Returns the parameter with the ids of a batch, each of which stands in a key of its own. */
const asId = (name: BoundName, types: Types): BoundName => ({
  ...name,
  plain: undefined,
  id: () => idTypeOf(types.at(name.node), types) ?? types.checker.getAnyType(),
});

/** Returns what to write for all parameters of which nothing is proved. */
function adviseOnAll(
  unproved: readonly UnprovedPart[],
  options: FunctionOptions,
  uses: InputUses,
): KeyAdvice {
  const [first = "", ...others] = new Set(unproved.map(({ path }) => path.split(/[.[]/, 1)[0]!));
  if (others.length === 0) return adviseOn(first, options, uses);
  return { key: keyWith([first, ...others], options, uses), instead: options.ignore !== undefined };
}

type Faults = Pick<CheckedInput, "problems" | "unproved">;

/**
 * Adds the errors of overloads and drops warnings that they refute. Callers see the overloads, so their types
 * count where the implementation takes `any`.
 */
function withOverloads(
  inputs: Faults,
  {
    fn,
    overloads,
    options,
    judge,
  }: { fn: MarkedFunction; overloads: readonly Overloadable[]; options: FunctionOptions; judge: Judge },
  types: Types,
): Faults {
  const remaining = [...inputs.problems];
  const unproved = [...inputs.unproved];
  for (const [index, parameter] of realParameters(fn).entries()) {
    if (!ts.isIdentifier(parameter.name) || parameter.dotDotDotToken) continue;
    const name = parameter.name.text;
    if (!isWholeInput(name, options)) continue;
    const isOwn = ({ span }: { readonly span: Span }): boolean =>
      span.start >= parameter.getStart() && span.end <= parameter.end;
    const own = remaining.filter(isOwn);
    if (own.some(({ severity }) => severity === "error")) continue;
    const shown = overloads.flatMap((overload) => realParameters(overload)[index] ?? []);
    const found = shown.flatMap((each) =>
      overloadFaults(each, () => judge.advise(name), judge.identity, types),
    );
    const problems = found.flatMap((each) => each.problems);
    remaining.push(...problems.filter(({ severity }) => severity === "error"));
    const isRefuted = problems.length === 0 && found.every((each) => each.unproved.length === 0);
    if (!isRefuted || shown.length === 0) continue;
    for (const warning of own) remaining.splice(remaining.indexOf(warning), 1);
    for (const part of unproved.filter(isOwn)) unproved.splice(unproved.indexOf(part), 1);
  }
  return { problems: remaining, unproved };
}

function isWholeInput(name: string, { key, ignore }: FunctionOptions): boolean {
  if (key) return key.some(({ text }) => text === name);
  return !ignore?.some(({ text }) => text === name);
}

function overloadFaults(
  parameter: ts.ParameterDeclaration,
  advice: () => KeyAdvice,
  identity: IdentityPaths,
  types: Types,
): readonly Faults[] {
  return namesBoundBy(parameter, types)
    .filter((name) => !isSignal(name, types))
    .map((name) => checkInput({ ...identity.applyTo(parameterInput(name, types)), advice }, types));
}

function namesBoundBy(parameter: ts.ParameterDeclaration, types: Types): readonly BoundName[] {
  const plain = types.plain ? plainParameterTexts(parameter) : undefined;
  return boundNames(parameter.name).map((node, index) => ({
    name: node.text,
    node,
    parameter,
    plain: plain?.[index],
  }));
}

/** Collects every parameter that is not ignored; a destructured one as the values that it binds. */
function collectAll(
  fn: MarkedFunction,
  names: readonly BoundName[],
  ignore: readonly PathOption[],
  types: Types,
  judge: Judge,
): KeyCollector {
  const { advise, isReached } = judge;
  const collected = new KeyCollector(types, judge);
  const known = names.map(({ name }) => name);
  const ignored = new Set(ignore.map(({ text }) => text));
  for (const { text, span } of ignore) {
    if (known.includes(text)) continue;
    const nearest = suggest(text, known);
    // The parameter that was probably meant is ignored too, so that one typo is one problem.
    if (nearest !== undefined) ignored.add(nearest);
    const root = text.split(".", 1)[0]!;
    const advice = root !== text && known.includes(root) ? advise(root) : undefined;
    collected.problems.push(problem("ignore-unknown", span, { path: text, nearest, known, advice }));
  }
  const inputsOf = new Map<ts.ParameterDeclaration, KeyInput[]>();
  for (const name of names) {
    if (ignored.has(name.name)) collected.omitted.push([name.name, "ignore="]);
    else if (isSignal(name, types)) collected.omitted.push([name.name, "an AbortSignal"]);
    else {
      const input = collected.inputOf({
        ...parameterInput(name, types),
        advice: () => advise(name.name),
        isReached,
      });
      inputsOf.set(name.parameter, [...(inputsOf.get(name.parameter) ?? []), input]);
    }
  }
  for (const parameter of realParameters(fn)) {
    const inputs = inputsOf.get(parameter) ?? [];
    for (const input of inputs) collected.add(input);
    if (ts.isIdentifier(parameter.name)) {
      for (const input of inputs) collected.addPart(input, parameter);
    } else if (inputs.length > 0) {
      const fields = inputs.map(({ path }) => path);
      const byIdentity = fields.filter((_, index) => inputs[index]!.byIdentity);
      const identity = byIdentity.length > 0 ? { identity: byIdentity } : {};
      const name = patternText(parameter.name);
      collected.parts.push({ name, ...annotationPart(parameter), fields, ...identity });
    }
    for (const input of inputs) collected.addInside(input);
  }
  return collected;
}

/** Collects only what `key` names, in its order. */
function collectNamed(
  names: readonly BoundName[],
  key: readonly PathOption[],
  types: Types,
  judge: Judge,
): KeyCollector {
  const { advise, isReached } = judge;
  const collected = new KeyCollector(types, judge);
  const known = names.map(({ name }) => name);
  for (const { text, span } of key) {
    const [head = "", ...segments] = text.split(".");
    const name = names.find((candidate) => candidate.name === head);
    if (!name) {
      const near = suggest(head, known);
      const nearest = near === undefined ? undefined : [near, ...segments].join(".");
      collected.problems.push(problem("key-path-unknown", span, { path: text, nearest, known }));
    } else if (segments.length === 0) {
      const input = collected.inputOf({
        ...parameterInput(name, types, span),
        advice: () => advise(head),
        isReached,
      });
      collected.add(input);
      collected.addPart(input, name.parameter);
      collected.addInside(input);
    } else {
      addPath(collected, { name, text, segments, span }, types, () => advise(head));
    }
  }
  const roots = new Set(key.map(({ text }) => text.split(".", 1)[0]));
  for (const { name } of names) if (!roots.has(name)) collected.omitted.push([name, "not in key="]);
  return collected;
}

function addPath(
  collected: KeyCollector,
  path: { name: BoundName; text: string; segments: readonly string[]; span: Span },
  types: Types,
  advice: () => KeyAdvice,
): void {
  const { name, text, segments, span } = path;
  const start = { type: types.at(name.node), slot: name.name, prefix: `${name.name}.` };
  const found = followPath(start, segments, types);
  if (!("type" in found)) {
    collected.problems.push(problem("key-path-unknown", span, { path: text, ...found }));
    return;
  }
  const display = types.display(found.type);
  const input = collected.inputOf({
    path: text,
    slot: found.slot,
    type: () => found.type,
    display,
    span,
    by: "key",
    advice,
  });
  collected.add(input);
  collected.addLabel(input);
  collected.addInside(input);
}

/** Collects inputs and their problems. */
class KeyCollector implements KeyContribution {
  readonly parts: KeyPart[] = [];
  readonly slots: string[] = [];
  readonly omitted: (readonly [string, string])[] = [];
  readonly types: string[] = [];
  readonly problems: Problem[] = [];
  readonly unproved: UnprovedPart[] = [];
  readonly #types: Types;
  readonly #identity: IdentityPaths;

  constructor(types: Types, { identity }: Judge) {
    this.#types = types;
    this.#identity = identity;
    this.problems.push(...identity.problems);
  }

  /** Returns an input as the option `identity` says. */
  inputOf(input: KeyInput): KeyInput {
    return this.#identity.applyTo(input);
  }

  /** Adds the part of a whole parameter. With `identity`, no object is split into its properties. */
  addPart(input: KeyInput, parameter: ts.ParameterDeclaration): void {
    const part = this.#identity.isEmpty
      ? parameterPart(input, parameter, this.#types)
      : { name: input.path, type: input.display };
    this.parts.push(input.byIdentity ? { ...part, identity: true } : part);
  }

  addLabel({ path, display, byIdentity }: KeyInput): void {
    this.parts.push({ name: path, type: display, ...(byIdentity ? { identity: true } : {}), as: "label" });
  }

  /** Adds what is told apart by `===` inside of an input. */
  addInside({ path, span, by }: KeyInput): void {
    for (const { path: inner, slot, type } of this.#identity.inside(path)) {
      const display = this.#types.display(type);
      const input = { path: inner, slot, type: () => type, display, span, by, byIdentity: true };
      this.add(input);
      this.addLabel(input);
    }
  }

  add(input: KeyInput): void {
    const { text, problems, unproved } = checkInput(input, this.#types);
    this.slots.push(input.slot);
    this.types.push(text);
    this.problems.push(...problems);
    this.unproved.push(...unproved);
    for (const name of input.without ?? []) this.omitted.push([joinPath(input.path, name), "an AbortSignal"]);
  }
}

function isSignal({ node, plain }: BoundName, types: Types): boolean {
  return plain === undefined && types.isSignal(types.at(node));
}

/** Returns a bound name as an input; `span` is the option that names it, if there is one. */
function parameterInput(bound: BoundName, types: Types, span?: Span): KeyInput {
  const { name, node, parameter, plain, id } = bound;
  const simple = ts.isIdentifier(parameter.name);
  if (id) {
    const at = span ?? parameterSpan(parameter);
    return { path: name, slot: name, type: id, span: at, display: types.display(id()) };
  }
  const display = simple && parameter.type ? shortType(oneLine(parameter.type)) : plain;
  const type = (): ts.Type => parameterType(node, parameter, types);
  const base = {
    path: name,
    slot: name,
    type,
    span: span ?? (simple ? parameterSpan(parameter) : spanOf(node)),
    within: span ? undefined : parameter.type,
    by: span && ("key" as const),
  };
  if (plain !== undefined) return { ...base, plain, display: display ?? plain };
  const isRest = simple && parameter.dotDotDotToken !== undefined;
  const without = isRest ? types.signalElements(type()) : types.signalsOf(type());
  const slot = without.length > 0 ? slotWithout(name, without) : name;
  return { ...base, slot, without, display: display ?? types.display(type()) };
}

/** Writes a copy of an object without properties, or of a rest parameter without elements. */
function slotWithout(name: string, omitted: readonly (string | number)[]): string {
  const names = omitted.map((each) => JSON.stringify(each));
  return typeof omitted[0] === "number"
    ? `${name}.filter((_, index) => ![${names.join(", ")}].includes(index))`
    : `$aot.without(${[name, ...names].join(", ")})`;
}

/**
 * Returns the type of a bound name. `cached()` takes functions with any parameters, so a parameter without a type gets
 * `never` from it, which no call could satisfy.
 */
function parameterType(
  node: ts.Identifier,
  { type, dotDotDotToken }: ts.ParameterDeclaration,
  types: Types,
): ts.Type {
  const found = types.at(node);
  if (type) return found;
  const whole = (dotDotDotToken && types.checker.getIndexTypeOfType(found, ts.IndexKind.Number)) || found;
  return whole.flags & ts.TypeFlags.Never ? types.checker.getAnyType() : found;
}

/** Returns the key part of a whole parameter, with its shape if it is a plain object of primitives. */
function parameterPart(
  { path, slot, display, plain }: KeyInput,
  parameter: ts.ParameterDeclaration,
  types: Types,
): KeyPart {
  const part = { name: path, type: display };
  const { name, type, questionToken, dotDotDotToken } = parameter;
  if (slot !== path || !ts.isIdentifier(name) || dotDotDotToken || questionToken) return part;
  const shape = plain === undefined ? shapeOfType(types.at(name), types.program) : type && shapeOfNode(type);
  return shape ? { ...part, shape } : part;
}

/** Returns the span from the name to the end of the type, without the default. */
function parameterSpan(parameter: ts.ParameterDeclaration): Span {
  const end = (parameter.type ?? parameter.questionToken ?? parameter.name).getEnd();
  return { start: parameter.name.getStart(), end };
}

function annotationPart(parameter: ts.ParameterDeclaration): { type?: string } {
  return parameter.type ? { type: shortType(oneLine(parameter.type)) } : {};
}

/** Returns a pattern without its defaults: `{ a, b: c, ...rest }`. */
function patternText(name: ts.BindingName): string {
  if (ts.isIdentifier(name)) return name.text;
  const elements = name.elements.map((element) => {
    if (!ts.isBindingElement(element)) return "";
    const key = element.propertyName ? `${oneLine(element.propertyName)}: ` : "";
    return `${element.dotDotDotToken ? "..." : ""}${key}${patternText(element.name)}`;
  });
  if (elements.length === 0) return ts.isObjectBindingPattern(name) ? "{}" : "[]";
  return ts.isObjectBindingPattern(name) ? `{ ${elements.join(", ")} }` : `[${elements.join(", ")}]`;
}

/** Returns the parameters in the key whose types are not known without the checker. */
export function uncertainParameters(
  fn: MarkedFunction,
  { key, ignore }: FunctionOptions,
  types: Types,
): readonly ts.Node[] {
  const roots = key && new Set(key.map(({ text }) => text.split(".", 1)[0]));
  const ignored = new Set(ignore?.map(({ text }) => text));
  return realParameters(fn).filter((parameter) => {
    const names = namesBoundBy(parameter, types);
    return names.some(
      ({ name, plain }) => plain === undefined && (roots ? roots.has(name) : !ignored.has(name)),
    );
  });
}

/** Returns the value of `identity` for those parameters whose types are accepted. */
export function identityFor(
  fn: MarkedFunction,
  accepts: (name: string, type: ts.Type) => boolean,
  options: FunctionOptions,
  types: Types,
): string | undefined {
  const bound = realParameters(fn).flatMap((parameter) => namesBoundBy(parameter, types));
  const paths = bound.filter(({ name, node }) => accepts(name, types.at(node))).map(({ name }) => name);
  return paths.length > 0 ? new IdentityPaths(bound, options, types).offerFor(paths) : undefined;
}
