/** Decides which problems are reported: applies `allow` and `strict`, and drops consequences of other problems. */
import type { MarkForm } from "../site.ts";
import type { Problem } from "./catalogue.ts";
import { inNotation } from "./notation.ts";

/** The options of the project that decide what is reported. */
interface Settings {
  readonly allow: readonly string[];
  readonly strict: boolean;
}

/** Drops warnings that the function or the project silences. Turns the other warnings into errors if `strict`. */
export function applySettings(
  problems: readonly Problem[],
  { allow, strict }: Settings,
  allowedHere: readonly string[] = [],
): readonly Problem[] {
  return problems
    .filter(
      ({ name, severity }) => severity === "error" || !(allowedHere.includes(name) || allow.includes(name)),
    )
    .map((problem) => (strict ? { ...problem, severity: "error" } : problem));
}

/** Drops duplicates, which arise when functions share an options object. */
export function distinct(problems: readonly Problem[]): readonly Problem[] {
  const byText = new Map(problems.map((each) => [`${each.span.start} ${each.name} ${each.message}`, each]));
  return [...byText.values()];
}

/** The problems of one function, before filtering. */
export interface Findings {
  readonly form: MarkForm;
  /** The warnings that the function silences, and its options that could not be read. */
  readonly options: { readonly allow: readonly string[]; readonly unread: readonly string[] };
  /** Problems with the options. */
  readonly written: readonly Problem[];
  /** Problems with the function itself, given the options that could be read. */
  readonly analyzed: readonly Problem[];
}

/** Returns the problems to report for one function, with options in the notation of its mark. */
export function reportable(findings: Findings, settings: Settings): readonly Problem[] {
  const { form, options, written, analyzed } = findings;
  const problems = [...written, ...analyzed.filter((problem) => !isConsequence(problem, findings))];
  return applySettings(problems, settings, options.allow).map((problem) => inNotation(problem, form));
}

const ABOUT_PARAMETERS = ["parameter-unkeyable", "parameter-unproved", "parameter-unresolved"];

/**
 * Tells whether an option that could not be read might have prevented a problem. It is then not reported too. Whether a
 * function pays is no question as long as any option is wrong.
 */
function isConsequence(
  { name, severity }: Problem,
  { options: { unread }, written }: Pick<Findings, "options" | "written">,
): boolean {
  if (name === "cheap" && written.some((problem) => problem.severity === "error")) return true;
  if (name === "receiver-unkeyed") return unread.includes("this");
  if (unread.includes("allow") && severity === "warning") return true;
  return ABOUT_PARAMETERS.includes(name) && (unread.includes("key") || unread.includes("ignore"));
}
