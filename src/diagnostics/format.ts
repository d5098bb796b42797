/** Formats diagnostics as text: position, message, code with the span underlined, help. */
import picocolors from "picocolors";
import type { Span } from "../site.ts";
import type { Diagnostic, Severity } from "./catalogue.ts";

export interface ReportOptions {
  /** Adds ANSI colors for a terminal. Default: `false`. */
  readonly color?: boolean;
  /** The severity that the color of a frame shows. Default: `"error"`. */
  readonly severity?: Severity;
}

/**
 * Formats a diagnostic as several lines, without a line break at the end. `text` is the text of its file.
 *
 * @example
 * import { compile, formatDiagnostic } from "aotcache/compiler";
 *
 * const text = "// @cached ttl=0\nexport const f = (n: number) => n;";
 * const { diagnostics } = await compile("src/a.ts", text);
 * for (const each of diagnostics) console.error(formatDiagnostic(each, text, { color: process.stderr.isTTY }));
 */
export function formatDiagnostic(
  diagnostic: Omit<Diagnostic, "name"> & { readonly name: string },
  text: string,
  options: ReportOptions = {},
): string {
  const { file, line, column, severity, name, message, help, span } = diagnostic;
  const paint = picocolors.createColors(options.color ?? false);
  const kind = severity === "error" ? paint.red(severity) : paint.yellow(severity);
  return [
    `${paint.cyan(printable(file))}:${String(line)}:${String(column)} ${kind} ${paint.bold(name)}`,
    printable(message),
    "",
    frame(text, span, { ...options, severity }),
    "",
    printable(help),
  ].join("\n");
}

/** How many lines are shown before and after the span. */
const CONTEXT_LINES = 2;
/** Of a longer span, only the first lines and the last one are shown. */
const MAX_SPAN_LINES = 6;
/** Longer lines are cut, such that the start of the span is shown. In UTF-16 code units. */
const MAX_LINE_WIDTH = 100;
/** How much of a cut line is shown before the span. In UTF-16 code units. */
const WIDTH_BEFORE_SPAN = 30;

/**
 * Formats the lines around a span, numbered, with the span underlined and without a line break at the end.
 *
 * @example
 * import { frame } from "aotcache/compiler";
 *
 * frame("const a = 1;\nconst b = a;", { start: 23, end: 24 });
 * //   1 | const a = 1;
 * // > 2 | const b = a;
 * //     |           ^
 */
export function frame(text: string, span: Span, options: ReportOptions = {}): string {
  const paint = picocolors.createColors(options.color ?? false);
  const tone = options.severity === "warning" ? paint.yellow : paint.red;
  const start = Math.min(Math.max(span.start, 0), text.length);
  const end = Math.min(Math.max(span.end, start), text.length);
  const lines = linesAround(text, start, end);
  const gutter = String(lines.at(-1)!.number).length;
  const from = cutFrom(
    lines.find((line) => line.marked)!,
    start,
    end,
  );
  const rows: string[] = [];
  const push = (sign: string, number: string, code: string): void => {
    rows.push(`${sign} ${paint.dim(`${number.padStart(gutter)} |`)} ${code}`.trimEnd());
  };
  for (const line of lines) {
    if (line.number < 0) push(" ", "…", "");
    else {
      const cut = cutLine(line.text, from);
      push(line.marked ? tone(">") : " ", String(line.number), cut.shown);
      const carets = line.marked ? underline(line, cut, start, end) : "";
      if (carets) push(" ", "", carets.replace(/\^+/, tone));
    }
  }
  return rows.join("\n");
}

interface Line {
  /** 1-based. -1 stands for the lines that are not shown. */
  readonly number: number;
  readonly text: string;
  /** The offset of the first character. */
  readonly start: number;
  /** The line contains a part of the span. */
  readonly marked: boolean;
}

/** Returns the lines of the span and the context lines. Lines end where TypeScript ends them. */
function linesAround(text: string, start: number, end: number): Line[] {
  const before: Line[] = [];
  const marked: Line[] = [];
  const after: Line[] = [];
  let at = 0;
  for (let number = 1; after.length < CONTEXT_LINES; number++) {
    const ending = nextLineBreak(text, at);
    const stop = ending?.index ?? text.length;
    const next = ending ? stop + ending[0].length : Infinity;
    const isBefore = next <= start;
    const isAfter = !isBefore && at >= end && at > start;
    const line = { number, text: text.slice(at, stop), start: at, marked: !isBefore && !isAfter };
    // A line break at the end of the text does not start another line.
    if (isAfter && next === Infinity && line.text === "") break;
    (isBefore ? before : isAfter ? after : marked).push(line);
    if (before.length > CONTEXT_LINES) before.shift();
    if (next === Infinity) break;
    at = next;
  }
  if (marked.length > MAX_SPAN_LINES) {
    marked.splice(MAX_SPAN_LINES - 2, marked.length - MAX_SPAN_LINES + 1, { ...marked[0]!, number: -1 });
  }
  return [...before, ...marked, ...after];
}

function nextLineBreak(text: string, at: number): RegExpExecArray | null {
  const lineBreak = /\r\n|[\r\n\u2028\u2029]/g;
  lineBreak.lastIndex = at;
  return lineBreak.exec(text);
}

/** Returns the column at which all lines of a frame are cut at the left, so that columns stay aligned. */
function cutFrom(line: Line, start: number, end: number): number {
  const column = start - line.start;
  const needed = Math.min(
    column + Math.min(end - start, MAX_LINE_WIDTH - WIDTH_BEFORE_SPAN),
    line.text.length,
  );
  return needed <= MAX_LINE_WIDTH ? 0 : Math.max(0, column - WIDTH_BEFORE_SPAN);
}

/** The part `[from, to)` of a line that is shown, after `lead`. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly lead: string;
  readonly shown: string;
}

function cutLine(text: string, windowStart: number): Cut {
  const from = wholeCharacter(text, Math.min(windowStart, text.length));
  const to = wholeCharacter(text, Math.min(windowStart + MAX_LINE_WIDTH, text.length));
  const lead = from > 0 ? "…" : "";
  return { from, to, lead, shown: lead + printable(text.slice(from, to)) + (to < text.length ? "…" : "") };
}

/** Moves a position out of the middle of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? "") && /[\ud800-\udbff]/.test(text[at - 1] ?? "") ? at - 1 : at;
}

/** Returns spaces and carets for the part of the span on one line; one caret for an empty span. */
function underline(line: Line, { from, to, lead }: Cut, start: number, end: number): string {
  const clampToCut = (offset: number): number => Math.min(Math.max(offset - line.start, from), to);
  const first = Math.max(clampToCut(start), start < line.start ? line.text.search(/\S|$/) : 0);
  const last = clampToCut(Math.min(end, line.start + line.text.trimEnd().length));
  if (last <= first && end > start && start < line.start) return "";
  const indent = columnsOf(lead + printable(line.text.slice(from, first)));
  return " ".repeat(indent) + "^".repeat(Math.max(1, columnsOf(printable(line.text.slice(first, last)))));
}

/**
 * Makes text safe for a terminal. Tabs become two spaces and control characters become visible symbols. Characters
 * that change the direction of text are replaced, so that code is shown in the order in which it runs.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\t") return "  ";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji}\ufe0f/u;
const NARROW = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;

/** Returns how many terminal columns a text takes: two for East Asian characters and emoji, none for combining marks. */
function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += WIDE.test(segment) ? 2 : NARROW.test(segment) ? 0 : 1;
  }
  return width;
}
