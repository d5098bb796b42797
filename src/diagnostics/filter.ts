/** Which problems are said, and how: silenced warnings, consequences of other problems, `strict`. */
import type { Problem } from "./catalogue.ts";
import { inNotation } from "./notation.ts";
import type { MarkForm } from "../site.ts";

/** The options of the project that decide what is reported. */
interface Settings {
  readonly allow: readonly string[];
  readonly strict: boolean;
}

/** Leaves out warnings that are silenced, here or in the project; makes the others errors under `strict`. */
export function silence(
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

/** Leaves out what was said before: functions may share an object of options. */
export function distinct(problems: readonly Problem[]): readonly Problem[] {
  const said = new Map(problems.map((each) => [`${each.span.start} ${each.name} ${each.message}`, each]));
  return [...said.values()];
}

/** What was found out about one function. */
export interface Findings {
  readonly form: MarkForm;
  /** Warnings that the function allows, and names of its options that could not be read. */
  readonly options: { readonly allow: readonly string[]; readonly unread: readonly string[] };
  /** What is wrong with its options. */
  readonly written: readonly Problem[];
  /** What is wrong with itself, as far as its options could be read. */
  readonly analyzed: readonly Problem[];
}

/** Returns what is said about one function, options in the notation of its mark. */
export function settle(
  { form, options, written, analyzed }: Findings,
  settings: Settings,
): readonly Problem[] {
  const problems = [...written, ...analyzed.filter((problem) => !follows(problem, options.unread))];
  return silence(problems, settings, options.allow).map((problem) => inNotation(problem, form));
}

const ABOUT_PARAMETERS = ["parameter-unkeyable", "parameter-unproved", "parameter-unresolved"];

/** What an option would have settled, had it been readable: that is one slip, so one problem. */
function follows({ name, severity }: Problem, unread: readonly string[]): boolean {
  if (name === "receiver-unkeyed") return unread.includes("this");
  if (unread.includes("allow") && severity === "warning") return true;
  return ABOUT_PARAMETERS.includes(name) && (unread.includes("key") || unread.includes("ignore"));
}
