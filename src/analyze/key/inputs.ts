/**
 * Checks one input of the key: a parameter, a property of one, a property of the receiver, or a captured
 * variable.
 */
import { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import type { KeyAdvice, ReceiverAdvice } from "../../diagnostics/details.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { Span } from "../../site.ts";
import { isWithin } from "../../syntax/nodes.ts";
import { walk } from "../../syntax/walk.ts";
import { oneLine } from "../types/tokens.ts";
import { importsName } from "../types/type-syntax.ts";
import type { Types } from "../types/types.ts";
import { shortType } from "../types/types.ts";
import { IdentityPaths } from "./by-identity.ts";
import type { Verdict } from "./keyability.ts";
import { checkKeyable, joinPath } from "./keyability.ts";

export interface KeyInput {
  /** The name in messages and in the key: `id`, `opts.locale`, `this.tenant`. */
  readonly path: string;
  /** The expression that reads it. */
  readonly slot: string;
  /** The canonical type, if it is known without the checker; such a type always has a key. */
  readonly plain?: string | undefined;
  readonly type: () => ts.Type;
  /** The type as messages and lists show it. */
  readonly display: string;
  /** Where problems are reported, unless a property in `within` is to blame. */
  readonly span: Span;
  /** The option that names it; undefined for a parameter that no option names. */
  readonly by?: "key" | "this" | undefined;
  /** The written type. Problems of a property that is declared in it are reported at the property. */
  readonly within?: ts.Node | undefined;
  /** Returns what to write if it has no key. */
  readonly advice?: () => KeyAdvice;
  /** Tells whether the function reads a part of it, or hands on more than a record with that part. Default: it does. */
  readonly isReached?: (part: Verdict) => boolean;
  /** Returns what `this` can name instead. */
  readonly receiver?: () => ReceiverAdvice;
  /** Returns the value of `identity` that adds paths. */
  readonly identityWith?: (paths: readonly string[]) => string | undefined;
  /** Its objects are told apart by `===`. */
  readonly byIdentity?: boolean;
  /** Paths whose objects are, which make parts of their own. */
  readonly covered?: readonly string[] | undefined;
  /** Properties that are left out of the key; elements, if it is a rest parameter. */
  readonly without?: readonly (string | number)[] | undefined;
}

/** More problems of one input would not be read. */
const MAX_PROBLEMS_PER_INPUT = 5;

/** A part of an input of which nothing is proved. */
export interface UnprovedPart {
  readonly path: string;
  readonly type: string;
  readonly span: Span;
}

/** Returns one warning about all unproved parts of a function. */
export function unprovedProblem([first, ...others]: readonly UnprovedPart[], advice?: KeyAdvice): Problem {
  const { path, type, span } = first!;
  return problem("parameter-unproved", span, { path, type, others: others.map((each) => each.path), advice });
}

export interface CheckedInput {
  /** The canonical type. */
  readonly text: string;
  readonly problems: readonly Problem[];
  /** They are no problems yet, as a function has one for all of them. */
  readonly unproved: readonly UnprovedPart[];
}

/** Returns the canonical type of an input and its problems. */
export function checkInput(input: KeyInput, types: Types): CheckedInput {
  if (input.plain !== undefined) return { text: input.plain, problems: [], unproved: [] };
  const found = inputFaults(input, types);
  const problems = found.filter((each) => "name" in each);
  const text = (): string => IdentityPaths.textOf(input.type(), types);
  if (input.byIdentity) return { text: text(), problems, unproved: [] };
  // After an error no version is computed, so the type's text is not needed. Types without a key are often
  // huge.
  const failed = problems.some(({ severity }) => severity === "error");
  const unproved = found.filter((each): each is UnprovedPart => !("name" in each));
  return { text: failed ? "" : types.text(input.type()), problems, unproved };
}

/** Returns the parts of an input that have no key or may have none, those closest to the input first. */
export function inputVerdicts(input: KeyInput, types: Types): readonly Verdict[] {
  if (input.plain !== undefined) return [];
  const omitted = new Set([
    ...(input.without ?? []).map((name) => joinPath(input.path, name)),
    ...(input.covered ?? []),
  ]);
  const { verdicts } = checkKeyable(input.type(), input.path, types, { omitted });
  return input.byIdentity ? verdicts.filter((verdict) => isPrimitiveFault(verdict, input)) : verdicts;
}

/** Tells whether a value without a key may be no object, so that it has no identity either. */
const isPrimitiveFault = ({ kind, path, type }: Verdict, input: KeyInput): boolean =>
  path === input.path && (kind === "unresolved" || (type.flags & ts.TypeFlags.ESSymbolLike) !== 0);

/** Returns one fault for each position in the text; an error there replaces the warnings. */
function inputFaults(input: KeyInput, types: Types): readonly (Problem | UnprovedPart)[] {
  const byPosition = new Map<number, Verdict[]>();
  for (const found of inputVerdicts(input, types)) {
    const verdict = isDeliberateAny(found, input, types) ? { ...found, kind: "unproved" as const } : found;
    const isUnproved = verdict.kind === "unproved" && !verdict.without;
    if (isUnproved && input.isReached?.(verdict) === false) continue;
    const { start } = spanOfFault(verdict, input);
    byPosition.set(start, [...(byPosition.get(start) ?? []), verdict]);
  }
  return [...byPosition.values()]
    .slice(0, MAX_PROBLEMS_PER_INPUT)
    .map((verdicts) => faultOf(verdicts, input, types));
}

/**
 * Returns the span of the property, if it is declared in the parameter's written type, else of the parameter.
 */
function spanOfFault({ declaration }: Verdict, { span, within }: KeyInput): Span {
  if (!declaration || !within || !isWithin(declaration, within)) return span;
  // Without the semicolon at its end.
  const { type = declaration } = declaration as { type?: ts.Node };
  return { start: declaration.getStart(), end: type.end };
}

/** What is no value but a thing, which may be told apart by `===`. */
const HAVE_IDENTITY = /^(?:a function$|an instance of (?!`(?:Promise|AbortSignal)`))/;

function faultOf(verdicts: readonly Verdict[], input: KeyInput, types: Types): Problem | UnprovedPart {
  const errors = verdicts.filter(({ kind }) => kind !== "unproved");
  const [first = verdicts[0]!, ...rest] = errors;
  const { path, kind, why, own } = first;
  const at = spanOfFault(first, input);
  const type = types.display(first.type);
  if (kind === "unresolved")
    return problem("parameter-unresolved", at, { path, type: writtenTypeAt(first, input) });
  if (kind === "unproved" && !first.without) return { path, type, span: at };
  const advice = input.advice?.();
  if (kind === "unproved") {
    const without = first.without!.map((member) => types.display(member)).sort();
    return problem("parameter-unproved", at, { path, type, without, advice });
  }
  const others = rest.filter((each) => each.kind === kind).map((each) => each.path);
  const haveIdentity = !input.by && errors.every((each) => HAVE_IDENTITY.test(each.why ?? ""));
  const identity = haveIdentity ? input.identityWith?.([rest.length > 0 ? input.path : path]) : undefined;
  return problem("parameter-unkeyable", at, {
    path,
    type,
    why,
    own,
    entry: types.classes.offerFor(first.type),
    by: input.by,
    others,
    advice,
    identity,
    receiver: input.receiver?.(),
  });
}

/** Returns a type that could not be resolved as it is written; to the checker it is `any`. */
function writtenTypeAt({ declaration, path }: Verdict, input: KeyInput): string | undefined {
  const { type } = (declaration ?? {}) as { type?: ts.Node };
  const written = path === input.path ? input.within : type;
  return written && shortType(oneLine(written).replace(/(\[\])+$/, ""));
}

/**
 * Tells whether an unresolved type comes from `declare module "untyped";`, which declares it as `any` on
 * purpose.
 */
function isDeliberateAny({ kind }: Verdict, { within }: KeyInput, { checker }: Types): boolean {
  if (kind !== "unresolved" || !within) return false;
  const names: ts.Identifier[] = [];
  walk(within, (node) => {
    if (ts.isIdentifier(node)) names.push(node);
  });
  return within.getSourceFile().statements.some((statement) => {
    if (!ts.isImportDeclaration(statement)) return false;
    if (!names.some(({ text }) => importsName(statement, text))) return false;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier)?.valueDeclaration;
    return module !== undefined && ts.isModuleDeclaration(module) && !module.body;
  });
}
