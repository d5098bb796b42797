/** One value that makes the key, wherever it comes from: a parameter, a part of the receiver, a capture. */
import { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { Span } from "../../site.ts";
import { isWithin } from "../../syntax/nodes.ts";
import { oneLine } from "../types/tokens.ts";
import { importsName } from "../types/type-syntax.ts";
import type { Types } from "../types/types.ts";
import { shortType } from "../types/types.ts";
import type { Verdict } from "./keyability.ts";
import { checkKeyable } from "./keyability.ts";

export interface KeyInput {
  /** How it is called in messages and in the key: `id`, `opts.locale`, `this.tenant`. */
  readonly path: string;
  /** The expression that reads it. */
  readonly slot: string;
  /** Its canonical type, where no checker is needed to know it; then it has a key for certain. */
  readonly plain?: string | undefined;
  readonly type: () => ts.Type;
  /** The type for people. */
  readonly display: string;
  /** Where to point when there is no better place. */
  readonly span: Span;
  /** The option that names it; without one it is a parameter. */
  readonly by?: "key" | "this" | undefined;
  /** Its name in the implementation, where an overload has another for it. */
  readonly ignore?: string;
  /** A fault at a property declared in here is shown there. */
  readonly within?: ts.Node | undefined;
  /** What of the parameters has a key, this one by its properties; as `key=` takes it. */
  readonly keyable?: () => string | undefined;
  /** Properties that are left out. */
  readonly without?: readonly string[];
}

/** What is to be said of one input: as many places as one looks at in one go. */
const MAX_PROBLEMS_PER_INPUT = 5;

/** The canonical type of an input, and what is wrong with it. */
export function checkInput(
  input: KeyInput,
  types: Types,
): { readonly text: string; readonly problems: readonly Problem[] } {
  if (input.plain !== undefined) return { text: input.plain, problems: [] };
  const problems = inputProblems(input, types);
  // With an error there will be no version, and types that have no key are often endless.
  const failed = problems.some(({ severity }) => severity === "error");
  return { text: failed ? "" : types.text(input.type()), problems };
}

/** What has no key in an input, nearest to it first. */
export function inputVerdicts(input: KeyInput, types: Types): readonly Verdict[] {
  if (input.plain !== undefined) return [];
  const left = new Set((input.without ?? []).map((name) => `${input.path}.${name}`));
  const { verdicts } = checkKeyable(input.type(), input.path, types.program);
  return verdicts.filter(({ path }) => !left.has(path));
}

/** One problem for each place in the text; an error there takes the place of warnings. */
function inputProblems(input: KeyInput, types: Types): readonly Problem[] {
  const places = new Map<number, Verdict[]>();
  for (const found of inputVerdicts(input, types)) {
    const verdict = isDeliberateAny(found, input, types) ? { ...found, kind: "unproved" as const } : found;
    const { start } = spanOfFault(verdict, input);
    places.set(start, [...(places.get(start) ?? []), verdict]);
  }
  return [...places.values()]
    .slice(0, MAX_PROBLEMS_PER_INPUT)
    .map((verdicts) => verdictProblem(verdicts, input, types));
}

/** The property in the parameter's own type, else the parameter. */
function spanOfFault({ declaration }: Verdict, { span, within }: KeyInput): Span {
  if (!declaration || !within || !isWithin(declaration, within)) return span;
  // Without the semicolon behind it.
  const { type = declaration } = declaration as { type?: ts.Node };
  return { start: declaration.getStart(), end: type.end };
}

function verdictProblem(verdicts: readonly Verdict[], input: KeyInput, types: Types): Problem {
  const errors = verdicts.filter(({ kind }) => kind !== "unproved");
  const [first = verdicts[0]!, ...rest] = errors;
  const { path, kind, why, own } = first;
  const at = spanOfFault(first, input);
  const type = types.display(first.type);
  if (kind === "unresolved")
    return problem("parameter-unresolved", at, { path, type: writtenTypeAt(first, input) });
  if (kind === "unproved") return problem("parameter-unproved", at, { path, type });
  const others = rest.filter((each) => each.kind === kind).map((each) => each.path);
  return problem("parameter-unkeyable", at, {
    path,
    type,
    why,
    own,
    by: input.by,
    ignore: input.ignore,
    others,
    key: input.keyable?.(),
  });
}

/** What is written where the type should be; the checker knows it as `any` only. */
function writtenTypeAt({ declaration, path }: Verdict, input: KeyInput): string | undefined {
  const { type } = (declaration ?? {}) as { type?: ts.Node };
  const written = path === input.path ? input.within : type;
  return written && shortType(oneLine(written).replace(/(\[\])+$/, ""));
}

/** The `any` of `declare module "untyped";` was asked for: that is how one says that there are no types. */
function isDeliberateAny({ kind }: Verdict, { within }: KeyInput, { checker }: Types): boolean {
  if (kind !== "unresolved" || !within) return false;
  const names: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.push(node);
    else ts.forEachChild(node, visit);
  };
  visit(within);
  return within.getSourceFile().statements.some((statement) => {
    if (!ts.isImportDeclaration(statement)) return false;
    if (!names.some(({ text }) => importsName(statement, text))) return false;
    const module = checker.getSymbolAtLocation(statement.moduleSpecifier)?.valueDeclaration;
    return module !== undefined && ts.isModuleDeclaration(module) && !module.body;
  });
}
