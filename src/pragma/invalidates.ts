/**
 * Parses `@invalidates`: calls of cached functions, `getUser(user.id)`, `tags=users,user:{user.id}` and `strict=true`, on one
 * line of a comment. A pure function of the comment's text and its offset.
 */
import { readOption } from "../../runtime/contract/options.ts";
import { editDistance } from "../../runtime/contract/suggest.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { Span } from "../site.ts";
import { commentLines } from "./lines.ts";

/** An argument of a call: a literal, or the path of a parameter or of `result`. */
export interface InvalidatesArgument {
  readonly text: string;
  readonly span: Span;
  /** The names of a path: `user`, `id`. Undefined for a literal. */
  readonly path: readonly string[] | undefined;
}

/** One call in a pragma. */
export interface InvalidatesCall {
  /** `getUser`, or the names of `this.repo.find`. */
  readonly callee: readonly string[];
  readonly calleeSpan: Span;
  readonly span: Span;
  /** Undefined if one of them could not be read. */
  readonly args: readonly InvalidatesArgument[] | undefined;
}

/** One line with `@invalidates`. */
export interface InvalidatesPragma {
  readonly span: Span;
  readonly calls: readonly InvalidatesCall[];
  /** Tags with paths in braces, and where they stand. */
  readonly tags: readonly string[];
  readonly tagSpan: Span | undefined;
  readonly strict: boolean;
  readonly problems: readonly Problem[];
}

export const INVALIDATES = "@invalidates";

const NAME = String.raw`#?[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const CALLEE = new RegExp(String.raw`(${NAME}(?:\.${NAME})*)\s*\(`, "uy");
const PATH = new RegExp(String.raw`^${NAME}(?:(?:\.|\?\.)${NAME})*$`, "u");
const STRING = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`;
const LITERAL = new RegExp(String.raw`^(?:${STRING}|-?\d+(?:\.\d+)?|-?\d+n|true|false|null|undefined)$`, "u");
const PART = new RegExp(String.raw`(?:${STRING}|[^,()"'])*`, "uy");

/** Returns the pragmas of one comment, which includes its delimiters. `offset` is where it starts in the file. */
export function parseInvalidates(comment: string, offset: number): readonly InvalidatesPragma[] {
  return commentLines(comment).flatMap(({ start, end }) => parseLine(comment, start, end, offset) ?? []);
}

function parseLine(text: string, start: number, end: number, offset: number): InvalidatesPragma | undefined {
  const line = text.slice(start, end).trimEnd();
  const [head, word] = /^\s*(@[\p{ID_Continue}$]+)/u.exec(line) ?? [];
  if (head === undefined || word === undefined) return undefined;
  const spanAt = (from: number, to: number): Span => ({
    start: offset + start + from,
    end: offset + start + to,
  });
  const keyword = spanAt(head.length - word.length, head.length);
  const span = { start: keyword.start, end: offset + start + line.length };
  const rest = line.slice(head.length);
  if (word !== INVALIDATES) {
    if (!isMisspelt(word, rest)) return undefined;
    const misspelt = problem("pragma-misspelt", keyword, { word, meant: INVALIDATES });
    return { span, calls: [], tags: [], tagSpan: undefined, strict: false, problems: [misspelt] };
  }
  if (/^[^\s]/.test(rest)) return undefined;
  const calls: InvalidatesCall[] = [];
  const problems: Problem[] = [];
  const tags: string[] = [];
  let tagSpan: Span | undefined;
  let strict = false;
  for (let at = head.length; at < line.length;) {
    at += /^\s*/.exec(line.slice(at))![0].length;
    const [option] = /^strict\s*=\s*true(?!\S)/.exec(line.slice(at)) ?? [];
    if (option !== undefined) {
      strict = true;
      at += option.length;
      continue;
    }
    const tagged = /^tags\s*=\s*(?:"([^"]*)"|(\S+))(?!\S)/.exec(line.slice(at));
    if (tagged) {
      const value = tagged[1] ?? tagged[2]!;
      const read = readOption("tags", value);
      const from = at + tagged[0].lastIndexOf(value);
      tagSpan = spanAt(from, from + value.length);
      if ("value" in read) tags.push(...(read.value as readonly string[]));
      else problems.push(problem("option-value", tagSpan, read));
      at += tagged[0].length;
      continue;
    }
    const call = readCall(line, at, spanAt);
    if ("end" in call) {
      calls.push(call.call);
      problems.push(...call.problems);
      at = call.end;
      continue;
    }
    const unread = /^\S+/.exec(line.slice(at))![0];
    problems.push(problem("invalidates-unknown", spanAt(at, at + unread.length), { callee: unread }));
    return { span, calls: [], tags: [], tagSpan, strict, problems };
  }
  if (calls.length + tags.length === 0 && problems.length === 0)
    problems.push(problem("invalidates-unknown", keyword, { callee: "" }));
  return { span, calls, tags, tagSpan, strict, problems };
}

type ReadCall =
  | { readonly call: InvalidatesCall; readonly end: number; readonly problems: readonly Problem[] }
  | { readonly failed: true };

/** Reads `getUser(user.id, "en")`. */
function readCall(line: string, at: number, spanAt: (from: number, to: number) => Span): ReadCall {
  CALLEE.lastIndex = at;
  const match = CALLEE.exec(line);
  if (!match) return { failed: true };
  const callee = match[1]!;
  const args: InvalidatesArgument[] = [];
  const problems: Problem[] = [];
  for (let next = at + match[0].length; ; next++) {
    PART.lastIndex = next;
    const part = PART.exec(line)![0];
    const text = part.trim();
    const from = next + (part.length - part.trimStart().length);
    next += part.length;
    const sign = line[next];
    if (text !== "" || sign === ",") {
      const span = spanAt(from, Math.max(from + text.length, from + 1));
      const isPath = PATH.test(text) && !LITERAL.test(text);
      if (isPath || LITERAL.test(text))
        args.push({ text, span, path: isPath ? text.split(/\??\./) : undefined });
      else problems.push(problem("invalidates-arguments", span, { fault: "form", text }));
    }
    if (sign === ",") continue;
    if (sign !== ")") return { failed: true };
    const end = next + 1;
    const call = {
      callee: callee.split("."),
      calleeSpan: spanAt(at, at + callee.length),
      span: spanAt(at, end),
      args: problems.length > 0 ? undefined : args,
    };
    return { call, end, problems };
  }
}

/** Tells whether a word is nearly `@invalidates`, with a call after it. */
function isMisspelt(word: string, rest: string): boolean {
  const lower = word.toLowerCase();
  return (
    lower.startsWith("@inva") &&
    editDistance(lower, INVALIDATES) <= 3 &&
    /^\s+(?:[\p{ID_Start}$_#.]+\(|tags=)/u.test(rest)
  );
}
