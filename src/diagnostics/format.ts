/** Diagnostics for people: where, what is wrong, the code with the span underlined, what to write instead. */
import picocolors from "picocolors";
import type { Diagnostic, Severity } from "./catalogue.ts";
import type { Span } from "../site.ts";

export interface ReportOptions {
  /** Whether to colour for a terminal. Left out: plain text. */
  readonly color?: boolean;
  /** What the colour of a frame says. Left out: an error. */
  readonly severity?: Severity;
}

/**
 * Writes a diagnostic over several lines; `text` is that of its file. No line break at the end.
 *
 * @example
 * console.error(formatDiagnostic(diagnostic, text, { color: process.stderr.isTTY }));
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

/** How many lines are shown before and behind the span. */
const CONTEXT = 2;
/** A span over more lines than this is shown by its first ones and its last one. */
const MOST_LINES = 6;
/** Longer lines are cut, so that the start of the span is seen. */
const WIDTH = 100;
/** How much of a cut line stands before the span. */
const LEAD = 30;

/**
 * Writes the lines around a span, numbered, with the span underlined. No line break at the end.
 *
 * @example
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
  const push = (mark: string, number: string, code: string): void => {
    rows.push(`${mark} ${paint.dim(`${number.padStart(gutter)} |`)} ${code}`.trimEnd());
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
  /** 1-based; -1 for lines that are left out. */
  readonly number: number;
  readonly text: string;
  /** Offset of its first character. */
  readonly start: number;
  /** Whether the span has a part of it. */
  readonly marked: boolean;
}

/** The lines of the span and some around it. Lines end as TypeScript sees them. */
function linesAround(text: string, start: number, end: number): Line[] {
  const before: Line[] = [];
  const marked: Line[] = [];
  const after: Line[] = [];
  let at = 0;
  for (let number = 1; after.length < CONTEXT; number++) {
    const ending = nextLineBreak(text, at);
    const stop = ending?.index ?? text.length;
    const next = ending ? stop + ending[0].length : Infinity;
    const isBefore = next <= start;
    const isAfter = !isBefore && at >= end && at > start;
    const line = { number, text: text.slice(at, stop), start: at, marked: !isBefore && !isAfter };
    // A text that ends with a line break has no further line that people would count.
    if (isAfter && next === Infinity && line.text === "") break;
    (isBefore ? before : isAfter ? after : marked).push(line);
    if (before.length > CONTEXT) before.shift();
    if (next === Infinity) break;
    at = next;
  }
  if (marked.length > MOST_LINES) {
    marked.splice(MOST_LINES - 2, marked.length - MOST_LINES + 1, { ...marked[0]!, number: -1 });
  }
  return [...before, ...marked, ...after];
}

function nextLineBreak(text: string, at: number): RegExpExecArray | null {
  const lineBreak = /\r\n|[\r\n\u2028\u2029]/g;
  lineBreak.lastIndex = at;
  return lineBreak.exec(text);
}

/** Where every line of a frame is cut at its left, so that columns stay below each other. */
function cutFrom(line: Line, start: number, end: number): number {
  const column = start - line.start;
  const needed = Math.min(column + Math.min(end - start, WIDTH - LEAD), line.text.length);
  return needed <= WIDTH ? 0 : Math.max(0, column - LEAD);
}

/** What is shown of a line: `[from, to)` of it behind `lead`. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly lead: string;
  readonly shown: string;
}

function cutLine(text: string, windowStart: number): Cut {
  const from = wholeCharacter(text, Math.min(windowStart, text.length));
  const to = wholeCharacter(text, Math.min(windowStart + WIDTH, text.length));
  const lead = from > 0 ? "…" : "";
  return { from, to, lead, shown: lead + printable(text.slice(from, to)) + (to < text.length ? "…" : "") };
}

/** Steps back from the middle of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? "") && /[\ud800-\udbff]/.test(text[at - 1] ?? "") ? at - 1 : at;
}

/** Spaces and carets for the part of a span on one line; one caret for an empty span. */
function underline(line: Line, { from, to, lead }: Cut, start: number, end: number): string {
  const inner = (offset: number): number => Math.min(Math.max(offset - line.start, from), to);
  const first = Math.max(inner(start), start < line.start ? line.text.search(/\S|$/) : 0);
  const last = inner(Math.min(end, line.start + line.text.trimEnd().length));
  if (last <= first && end > start && start < line.start) return "";
  const indent = widthOf(lead + printable(line.text.slice(from, first)));
  return " ".repeat(indent) + "^".repeat(Math.max(1, widthOf(printable(line.text.slice(first, last)))));
}

/**
 * Text that a terminal shows as it is: tabs as two spaces, control characters as pictures. What would turn the
 * direction of the text is replaced, so that code is seen in the order in which it runs.
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

/** Columns that a terminal takes for a text: two for East Asian characters and emoji, none for combining marks. */
function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += WIDE.test(segment) ? 2 : NARROW.test(segment) ? 0 : 1;
  }
  return width;
}
