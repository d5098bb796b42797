/** Options as sentences name them: the catalogue writes `ignore=opts`, which in a call is `ignore: ["opts"]`. */
import { OPTION_NAMES } from "../../runtime/contract/options.ts";
import type { Problem } from "./catalogue.ts";
import type { MarkForm } from "../site.ts";

/** Options whose values are arrays in a call, and in `this` all but these words. */
const LISTS: readonly string[] = ["key", "ignore", "this", "allow"];
const WORDS: readonly string[] = ["instance", "ignore"];

/** Says a problem in the notation of the mark that it is about, so that its help can be written as it stands. */
export function inNotation(problem: Problem, form: MarkForm): Problem {
  if (form === "pragma") return problem;
  const help = NAMES_VALUES.includes(problem.name) ? asStrings(problem.help) : problem.help;
  return { ...problem, message: asProperties(problem.message), help: asProperties(help) };
}

/** What has nothing but values in the quotes of its help: to be strings in a call. */
const NAMES_VALUES: readonly string[] = [
  "option-value",
  "key-path-unknown",
  "ignore-unknown",
  "this-path-unknown",
];

function asProperties(sentence: string): string {
  return sentence.replace(/`(\w+)=([^\s`]*)`/g, (pair, name: string, value: string) => {
    if (!(OPTION_NAMES as readonly string[]).includes(name)) return pair;
    return value ? `\`${name}: ${valueOf(name, value)}\`` : `\`${name}\``;
  });
}

function asStrings(sentence: string): string {
  return sentence.replace(/`([^`"=[]+)`/g, (whole, value: string) =>
    /^\d+$/.test(value) ? whole : `\`"${value}"\``,
  );
}

function valueOf(name: string, value: string): string {
  if (value === "…") return value;
  if (LISTS.includes(name) && !(name === "this" && WORDS.includes(value))) {
    return `[${value
      .split(",")
      .map((item) => JSON.stringify(item))
      .join(", ")}]`;
  }
  return /^\d+$/.test(value) ? value : JSON.stringify(value);
}
