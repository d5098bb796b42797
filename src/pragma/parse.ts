/**
 * Parses pragmas: `@cached` and `name=value` pairs on one line of a comment. A pure function of the comment's text
 * and its offset, which returns options with exact spans.
 */
import { editDistance } from "../../runtime/contract/suggest.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { Span } from "../site.ts";
import { commentLines } from "./lines.ts";
import { OptionReader, type OptionValue, type WrittenOption } from "./options.ts";
import { asPairs } from "./write.ts";

export type { OptionValue, WrittenOption };

/** One `@cached` in a comment. */
export interface Pragma {
  /** From `@` to the end of the last option. */
  readonly span: Span;
  /** The word `@cached`, or the misspelt one. */
  readonly keyword: Span;
  /** The options that could be read, even if there are problems. Empty for a misspelt pragma. */
  readonly options: readonly WrittenOption[];
  /** The word is not exactly `@cached`. Such a pragma is not bound to a function. */
  readonly misspelt: boolean;
  /** A parenthesis follows the word: a call, or a decorator that was commented out. */
  readonly call: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Returns the pragmas of one comment, which includes its delimiters. `offset` is where it starts in the file.
 *
 * A line whose first word is `@cached` is a pragma. Lines in fenced code blocks are not.
 *
 * @example
 * parsePragmas("// @cached ttl=10", 0)[0]?.options[0]?.name; // "ttl"
 */
export function parsePragmas(comment: string, offset: number): Pragma[] {
  return commentLines(comment).flatMap(({ start, end }) => parseLine(comment, start, end, offset) ?? []);
}

const KEYWORD = "@cached";

/** Reads one line; undefined if its first word is not `@cached` or a misspelling of it. */
function parseLine(text: string, start: number, end: number, offset: number): Pragma | undefined {
  const line = text.slice(start, end).trimEnd();
  const word = /^\s*(@[\p{ID_Continue}$]+)/u.exec(line);
  if (!word) return undefined;
  const wordEnd = word[0].length;
  const wordStart = wordEnd - word[1]!.length;
  const rest = line.slice(wordEnd);
  const base = offset + start;
  const keyword = { start: base + wordStart, end: base + wordEnd };
  const span = { start: base + wordStart, end: base + line.length };
  const pragma = { span, keyword, options: [], misspelt: false, call: rest.startsWith("(") };
  if (word[1] !== KEYWORD) {
    if (!isMisspelt(word[1]!, rest)) return undefined;
    const misspelt = problem("pragma-misspelt", keyword, { word: word[1]! });
    return { ...pragma, misspelt: true, problems: [misspelt] };
  }
  if (/^\S/.test(rest)) {
    // `@cached/utils`, `@cached-values` and `@cached's` are other words. A call or a list is meant as a pragma.
    if (!/^(?:[({[:,;=]|[.!?]+(?:\s|$))/.test(rest)) return undefined;
    const fault = { fault: "not-a-call", text: rest, write: `${KEYWORD} ${asPairs(rest)}`.trim() } as const;
    return { ...pragma, problems: [problem("pragma-syntax", { start: keyword.end, end: span.end }, fault)] };
  }
  const { options, problems } = new OptionReader(line, wordEnd, base);
  return { ...pragma, options, problems };
}

/**
 * Tells whether the line after `offset` is a comment that contains code. A call of `@cached` above it was then
 * commented out together with the function that it decorates.
 */
export function isAboveCommentedCode(text: string, offset: number, commentEnd: number): boolean {
  for (let at = offset; ;) {
    const [line, slashes, code = ""] = nextLine(text, at) ?? [];
    if (line === undefined || (slashes === undefined && at + line.length > commentEnd)) return false;
    at += line.length;
    // There may be other decorators between the two.
    if (!/^@[\p{ID_Start}$_][\p{ID_Continue}$.]*(?:\(.*\))?$/u.test(code))
      return /(?:[{};(,]|=>)$/.test(code);
  }
}

/** Matches the rest of a line and the next line: the slashes of its gutter, and the text after its gutter. */
function nextLine(text: string, at: number): RegExpExecArray | null {
  const line = /[^\r\n]*(?:\r\n|[\r\n])[^\S\r\n]*(\/\/)?(?:\*(?!\/))?[^\S\r\n]*([^\r\n]*)/y;
  line.lastIndex = at;
  return line.exec(text);
}

/** Tells whether a word is nearly `@cached`, alone or with options. Prose about `@cache` is ignored. */
function isMisspelt(word: string, rest: string): boolean {
  const lower = word.toLowerCase();
  if (!lower.startsWith("@c") || Math.abs(lower.length - KEYWORD.length) > 2) return false;
  if (editDistance(lower, KEYWORD) > 2) return false;
  if (rest.trim() === "") return true;
  if (!/^\s/.test(rest)) return false;
  const tokens =
    rest
      .slice(0, 500)
      .trim()
      .replace(/\s*=\s*/g, "=")
      .match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
  const pairs = tokens.filter((token) => /^[a-z]\w*=./i.test(token));
  return pairs[0] === tokens[0] && pairs.length * 2 >= tokens.length;
}
