/** Options as sentences name them: the catalogue writes `ignore=opts`, which in a call is `ignore: ["opts"]`. */
import { OPTION_NAMES } from "../runtime/options.ts";
import type { Problem } from "./diagnostics.ts";
import type { Form } from "./site.ts";

/** Options whose values are arrays in a call, and in `this` all but these words. */
const LISTS: readonly string[] = ["key", "ignore", "this", "allow"];
const WORDS: readonly string[] = ["instance", "ignore"];

/** Says a problem in the notation of the mark that it is about, so that its help can be written as it stands. */
export function inNotation(problem: Problem, form: Form): Problem {
  if (form === "pragma") return problem;
  return { ...problem, message: asProperties(problem.message), help: asProperties(problem.help) };
}

function asProperties(sentence: string): string {
  return sentence.replace(/`(\w+)=([^\s`]+)`/g, (pair, name: string, value: string) =>
    (OPTION_NAMES as readonly string[]).includes(name) ? `\`${name}: ${valueOf(name, value)}\`` : pair,
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
