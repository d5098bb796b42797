/** The option `identity`: parameters, and properties of them, whose objects are told apart by `===`. */
import { ts } from "ts-morph";
import { findConflicts } from "../../../runtime/contract/options.ts";
import { suggest } from "../../../runtime/contract/suggest.ts";
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions, PathOption } from "../../options/function.ts";
import type { Types } from "../types/types.ts";
import type { KeyInput } from "./inputs.ts";
import { followPath } from "./paths.ts";
import { isPrimitiveText } from "./shape.ts";

/** A parameter, or a name that a destructured one binds. */
export interface NamedInput {
  readonly name: string;
  readonly node: ts.Identifier;
  readonly parameter: ts.ParameterDeclaration;
  readonly plain: string | undefined;
  /** The type of its ids, for the parameter that the option `multi` names. */
  readonly id?: () => ts.Type;
}

/** The canonical type of what is told apart by `===`: it does not matter. A text among its values may be long. */
export const IDENTITY_TYPE = "===";
const IDENTITY_OR_TEXT = "===|string";

/** The paths of `identity` that have an effect, and what is wrong with the others. */
export class IdentityPaths {
  readonly problems: readonly Problem[];
  /** The paths by the name of their parameter, without it. */
  readonly #inputs: readonly IdentityInput[];
  readonly #names: readonly NamedInput[];
  readonly #options: FunctionOptions;
  readonly #types: Types;

  constructor(names: readonly NamedInput[], options: FunctionOptions, types: Types) {
    const { identity = [] } = options;
    this.#names = names;
    this.#options = options;
    this.#types = types;
    const resolved = identity.map((option) => resolve(option, names, types));
    this.problems = resolved.flatMap((each) => ("problem" in each ? [each.problem] : []));
    // What was probably meant counts as named, so that one typo is one problem.
    const meant = resolved.map((each, index) =>
      "nearest" in each && each.nearest !== undefined
        ? resolve({ ...identity[index]!, text: each.nearest }, names, types)
        : each,
    );
    this.#inputs = meant.flatMap((each) => ("problem" in each ? [] : [each]));
  }

  get isEmpty(): boolean {
    return this.#inputs.length === 0;
  }

  /**
   * Returns the value of `identity` that adds paths without a key: `drawing,opts.engine`; `undefined` if that would lead
   * to another problem.
   */
  offerFor(paths: readonly string[]): string | undefined {
    const { site, spans, key, ignore, identity = [] } = this.#options;
    // An element of a list has no path: the list does.
    const added = paths.map((path) => path.replace(/\[.*/, ""));
    const others = identity.map(({ text }) => text);
    const all = [...new Set([...others, ...added])].filter(
      (path) => !added.some((each) => path.startsWith(`${each}.`)),
    );
    const span = { start: 0, end: 0 };
    if (added.some((text) => "problem" in resolve({ text, span }, this.#names, this.#types)))
      return undefined;
    const written: (readonly [string, unknown])[] = Object.entries(site).filter(([name]) => spans.has(name));
    for (const [name, list] of Object.entries({ key, ignore }))
      if (list) written.push([name, list.map(({ text }) => text)]);
    const conflicts = (more: typeof written): number => findConflicts(new Map([...written, ...more])).length;
    return conflicts([["identity", all]]) > conflicts([]) ? undefined : all.join(",");
  }

  /** Returns an input of the key as it is with the option: told apart by `===`, or without parts that are. */
  applyTo(input: KeyInput): KeyInput {
    const { path } = input;
    const own = this.#inputs.find((each) => each.path === path);
    if (own) return { ...input, slot: own.slot, without: undefined, plain: undefined, byIdentity: true };
    const inner = this.inside(path);
    const identityWith = (paths: readonly string[]): string | undefined => this.offerFor(paths);
    if (inner.length === 0) return { ...input, identityWith };
    const blanks = inner.map((each) => JSON.stringify(each.path.slice(path.length + 1)));
    return {
      ...input,
      identityWith,
      slot: `$aot.blanked(${[input.slot, ...blanks].join(", ")})`,
      covered: inner.map((each) => each.path),
    };
  }

  /** Returns the paths below another one. */
  inside(path: string): readonly IdentityInput[] {
    return this.#inputs.filter((each) => each.path.startsWith(`${path}.`));
  }

  /** The canonical type of an input that is told apart by `===`. */
  static textOf(type: ts.Type, { checker }: Types): string {
    const constraint = checker.getBaseConstraintOfType(type) ?? type;
    const members = constraint.isUnion() ? constraint.types : [constraint];
    const { Any, Unknown, StringLike, BigIntLike } = ts.TypeFlags;
    const isText = members.some(({ flags }) => (flags & (Any | Unknown | StringLike | BigIntLike)) !== 0);
    return isText ? IDENTITY_OR_TEXT : IDENTITY_TYPE;
  }
}

/** Returns the canonical type of the values that are no objects, if an input is told apart by `===`. */
export const withoutObjects = (text: string): string =>
  text === IDENTITY_TYPE ? "undefined" : text === IDENTITY_OR_TEXT ? "string" : text;

/** A path of `identity`. */
export interface IdentityInput {
  readonly path: string;
  readonly slot: string;
  readonly type: ts.Type;
}

/** A path that has no effect, and the one that was probably meant. */
interface Refused {
  readonly problem: Problem;
  readonly nearest?: string | undefined;
}

function resolve(option: PathOption, names: readonly NamedInput[], types: Types): IdentityInput | Refused {
  const { text, span } = option;
  const [root = "", ...segments] = text.split(".");
  const unknown = (at: { nearest: string | undefined; known: readonly string[] }): Refused => ({
    problem: problem("key-path-unknown", span, { option: "identity", path: text, ...at }),
    nearest: at.nearest,
  });
  const named = names.find(({ name }) => name === root);
  if (!named) {
    const known = names.map(({ name }) => name);
    const near = suggest(root, known);
    return unknown({ nearest: near && [near, ...segments].join("."), known });
  }
  const refused = (why: string): Refused => ({
    problem: problem("option-conflict", span, {
      problem: `\`identity\` has no effect on \`${text}\`, ${why}.`,
      help: "Remove it from `identity`.",
    }),
  });
  if (isMadeByCall(named)) return refused("which is made anew at each call");
  const isPlain = named.plain !== undefined && isPrimitiveText(named.plain);
  if (isPlain && segments.length === 0) return refused("whose values are all primitive");
  const start = { type: types.at(named.node), slot: root, prefix: `${root}.` };
  const found = followPath(start, segments, types);
  if (!("type" in found)) return unknown(found);
  if (types.isSignal(found.type)) return refused("an `AbortSignal`, which is never part of the key");
  if (isPrimitive(found.type, types)) return refused("whose values are all primitive");
  return { path: text, slot: found.slot, type: found.type };
}

/** Tells whether a value is collected at each call: a rest parameter, or the rest of a destructured one. */
function isMadeByCall({ node, parameter }: NamedInput): boolean {
  const { parent } = node;
  return (
    (parent === parameter || ts.isBindingElement(parent)) &&
    (parent as ts.ParameterDeclaration | ts.BindingElement).dotDotDotToken !== undefined
  );
}

function isPrimitive(type: ts.Type, types: Types): boolean {
  const constraint = types.checker.getBaseConstraintOfType(type) ?? type;
  if (constraint.isUnion()) return constraint.types.every((member) => isPrimitive(member, types));
  const members = constraint.isIntersection() ? constraint.types : [constraint];
  return members.some(({ flags }) => (flags & PRIMITIVE) !== 0);
}

const PRIMITIVE: number =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null;
