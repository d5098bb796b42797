/** One value that makes the key, wherever it comes from: a parameter, a part of the receiver, a capture. */
import type { ts } from "ts-morph";
import type { Problem } from "../diagnostics.ts";
import { problem } from "../diagnostics.ts";
import type { Verdict } from "../key-plan.ts";
import { planType } from "../key-plan.ts";
import type { Span } from "../site.ts";
import { spanOf } from "../syntax.ts";
import { isWithin } from "./syntax.ts";
import type { Types } from "./types.ts";

export interface Input {
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
  /** A fault at a property declared in here is shown there. */
  readonly within?: ts.Node | undefined;
  /** Properties that are left out. */
  readonly without?: readonly string[];
}

/** The canonical type of an input, and what is wrong with it. */
export function judgeInput(
  input: Input,
  types: Types,
): { readonly text: string; readonly problems: readonly Problem[] } {
  if (input.plain !== undefined) return { text: input.plain, problems: [] };
  const problems = verdictsOf(input, types).map((verdict) => say(verdict, input, types));
  // With an error there will be no version, and types that have no key are often endless.
  const failed = problems.some(({ severity }) => severity === "error");
  return { text: failed ? "" : types.text(input.type()), problems };
}

/** One error and one warning for each input: more would be a cascade. */
export function verdictsOf(input: Input, types: Types): readonly Verdict[] {
  if (input.plain !== undefined) return [];
  const left = new Set((input.without ?? []).map((name) => `${input.path}.${name}`));
  const { verdicts } = planType(input.type(), input.path, types.program);
  const kept = verdicts.filter(({ path }) => !left.has(path));
  const error = kept.find(({ kind }) => kind !== "unproved");
  const warning = kept.find(({ kind }) => kind === "unproved");
  return [error, warning].filter((verdict) => verdict !== undefined);
}

function say(verdict: Verdict, { span, within }: Input, types: Types): Problem {
  const { declaration, path, kind, why } = verdict;
  const at = declaration && within && isWithin(declaration, within) ? spanOf(declaration) : span;
  const type = types.display(verdict.type);
  if (kind === "unkeyable") return problem("parameter-unkeyable", at, { path, type, why });
  if (kind === "unproved") return problem("parameter-unproved", at, { path, type });
  return problem("parameter-unresolved", at, { path });
}
