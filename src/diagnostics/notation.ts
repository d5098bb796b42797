/**
 * Translates options in messages to the notation of the mark. The catalogue writes them as in a pragma:
 * `ignore=opts`. In a call that is `ignore: ["opts"]`.
 */
import { OPTION_NAMES, takesList } from "../../runtime/contract/options.ts";
import type { MarkForm } from "../site.ts";
import type { Problem } from "./catalogue.ts";

/** The values of `this` that are a word and not a list. */
const RECEIVER_WORDS: readonly string[] = ["instance", "ignore"];

/** Writes a problem in the notation of its mark, so that the help can be copied into the code. */
export function inNotation(problem: Problem, form: MarkForm): Problem {
  if (form === "pragma") return problem;
  const help = QUOTES_VALUES.includes(problem.name) ? asStrings(problem.help) : problem.help;
  return { ...problem, message: asProperties(problem.message), help: asProperties(help) };
}

/** Diagnostics whose help quotes only values of options, which are strings in a call. */
const QUOTES_VALUES: readonly string[] = [
  "option-value",
  "key-path-unknown",
  "ignore-unknown",
  "this-path-unknown",
];

function asProperties(sentence: string): string {
  return sentence.replace(/`\w+=[^\s`]*(?: \w+=[^\s`]+)*`/g, (quoted) => {
    const pairs = quoted
      .slice(1, -1)
      .split(" ")
      .map((pair) => /^(\w+)=(.*)$/.exec(pair)!);
    if (!pairs.every(([, name]) => (OPTION_NAMES as readonly string[]).includes(name!))) return quoted;
    const written = pairs.map(([, name, value]) => (value ? `${name!}: ${callValue(name!, value)}` : name));
    return `\`${written.join(", ")}\``;
  });
}

function asStrings(sentence: string): string {
  return sentence.replace(/`([^`"=[]+)`/g, (whole, value: string) =>
    /^\d+$/.test(value) ? whole : `\`"${value}"\``,
  );
}

/** Writes the value of an option as in a call. */
function callValue(name: string, value: string): string {
  if (value === "…") return value;
  if (takesList(name) && !(name === "this" && RECEIVER_WORDS.includes(value))) {
    return `[${value
      .split(",")
      .map((item) => JSON.stringify(item))
      .join(", ")}]`;
  }
  return /^\d+$/.test(value) ? value : JSON.stringify(value);
}
