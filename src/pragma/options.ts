/**
 * Parses the options of a pragma: `name=value` pairs after `@cached`, up to the end of the line. After an error it
 * guesses what was meant and continues, so that one slip is reported as one problem.
 */
import { parseDuration } from "../../runtime/contract/duration.ts";
import { OPTION_NAMES, takesList } from "../../runtime/contract/options.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { SyntaxFault } from "../diagnostics/pragma-syntax.ts";
import type { Span } from "../site.ts";
import { asPairs, pair } from "./write.ts";

/**
 * The value of an option: a literal; `dynamic`, an expression in a call that is known only at run time; or `missing`,
 * which has been reported and causes no further problems.
 */
export type OptionValue =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null | readonly unknown[] }
  | { readonly kind: "dynamic" }
  | { readonly kind: "missing" };

/** One option as it was written. */
export interface WrittenOption {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: OptionValue;
  /** The value. For a quoted value in a pragma, the text between the quotes. */
  readonly valueSpan: Span;
  /** The items of an array literal in a call. Undefined in a pragma, where `valueSpan` is enough. */
  readonly itemSpans?: readonly Span[];
}

/** A value in the line. All positions are offsets in the line. */
interface ReadValue {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Where reading continues. */
  readonly next: number;
}

/** A comma or semicolon between options: before `name=`, or at the end of the line. */
const SEPARATOR = /(?<![\s,;])\s*[,;][\s,;]*(?=[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=|$)/u;

const NAME_PATTERN = /^[\p{ID_Start}$_][\p{ID_Continue}$-]*$/u;

/** Reads the options after `@cached` on its line. */
export class OptionReader {
  readonly options: WrittenOption[] = [];
  readonly problems: Problem[] = [];
  readonly #line: string;
  readonly #start: number;
  readonly #offset: number;
  #at: number;
  #hasSeparator = false;

  /** Reads `line` from `at`. `offset` is where the line starts in the file. */
  constructor(line: string, at: number, offset: number) {
    this.#line = line;
    this.#offset = offset;
    this.#start = at;
    for (this.#at = this.#skip(at); this.#at < line.length; this.#at = this.#skip(this.#at))
      this.#readOption();
  }

  #readOption(): void {
    const start = this.#at;
    const word = this.#match(/[^\s=]*/y, start);
    const wordEnd = start + word.length;
    if (/^[,;]/.test(word)) return this.#reportSeparator(start);
    const equals = this.#skip(wordEnd);
    if (this.#line[equals] !== "=") return this.#readWords(word);
    if (word === "") return this.#reportMissingName(start);
    if (!NAME_PATTERN.test(word)) return this.#readWords(word);
    const from = this.#skip(equals + 1);
    const hasSpaces = equals > wordEnd || from > equals + 1;
    if (from === this.#line.length || (hasSpaces && this.#startsPair(from))) {
      return this.#reportMissingValue(word, start, equals + 1);
    }
    const problemsBefore = this.problems.length;
    const read = this.#readValue(word, from);
    if (read === undefined)
      return this.#reportMissingValue(word, start, from + this.#match(/[,;]+/y, from).length);
    this.#add(word, start, read);
    if (hasSpaces && this.problems.length === problemsBefore)
      this.#report({ fault: "spaces", write: pair(word, read.value) }, start, read.end);
  }

  #readValue(name: string, from: number): ReadValue | undefined {
    switch (this.#line[from]) {
      case '"':
        return this.#readQuoted(name, from);
      case "'":
      case "`":
      case "“":
      case "”":
      case "‘":
      case "’":
        return this.#readWrongQuoted(name, from);
      case "[":
        return this.#readBrackets(name, from);
      case "(":
      case "{":
        return takesList(name) && name !== "tags"
          ? this.#readBrackets(name, from)
          : this.#readBare(name, from);
      default:
        return this.#readBare(name, from);
    }
  }

  #readQuoted(name: string, from: number): ReadValue {
    const inner = this.#match(/(?:[^"\\]|\\[\s\S]|\\$)*/y, from + 1);
    const end = from + 1 + inner.length;
    if (end >= this.#line.length) return this.#readOpenQuote(name, from);
    const value = unescape(inner);
    const stray = this.#match(/(?:,?"[^"]*"|[^\s,])+/y, end + 1);
    const next = end + 1 + stray.length;
    if (stray) {
      const joined = value + stray.replaceAll('"', "");
      this.#report({ fault: "stray-quote", write: pair(name, joined) }, from, next);
      return { value: joined, start: from, end: next, next };
    }
    return { value, start: from + 1, end, next };
  }

  /** Reads a value whose closing quote is missing. It ends where the next pair starts. */
  #readOpenQuote(name: string, from: number): ReadValue {
    const rest = this.#line.slice(from + 1);
    const inner = rest.slice(0, /(?<!\s)\s+[\p{ID_Start}$_][\p{ID_Continue}$]*=|$/u.exec(rest)!.index);
    const end = from + 1 + inner.length;
    const value = unescape(inner);
    this.#report({ fault: "open-quote", write: `${name}="${value.replace(/[\\"]/g, "\\$&")}"` }, from, end);
    return { value, start: from + 1, end, next: end };
  }

  #readWrongQuoted(name: string, from: number): ReadValue {
    const close = this.#line.slice(from + 1).search(/["'`“”‘’]/) + from + 1;
    const isOpen = close === from;
    const end = isOpen ? from + this.#match(/\S+/y, from).length : close;
    const value = this.#line.slice(from + 1, end);
    const next = isOpen ? end : close + 1;
    this.#report({ fault: "wrong-quote", write: pair(name, value) }, from, next);
    return { value, start: from + 1, end, next };
  }

  #readBrackets(name: string, from: number): ReadValue {
    const close = this.#match(/[^\])}]*[\])}]/y, from).length;
    const end = from + (close || this.#match(/\S+/y, from).length);
    const value = this.#line.slice(from, end).replace(/[[\](){}\s"'`]/g, "");
    this.#report({ fault: "brackets", write: pair(name, value) }, from, end);
    return { value, start: from, end, next: end };
  }

  /** Reads a value without quotes; undefined if there are only commas. */
  #readBare(name: string, from: number): ReadValue | undefined {
    const list = takesList(name) ? this.#readSpacedList(name, from) : undefined;
    if (list) return list;
    const token = this.#match(/\S+/y, from);
    const length = SEPARATOR.exec(token)?.index ?? token.length;
    const value = token.slice(0, length);
    const end = from + length;
    if (value === "") return undefined;
    if (value.includes('"')) {
      this.#report({ fault: "stray-quote", write: pair(name, value.replaceAll('"', "")) }, from, end);
    }
    return { value, start: from, end, next: end };
  }

  /** Reads a list with spaces, as in `key=id, locale`. A word after a comma that is not a pair is an item. */
  #readSpacedList(name: string, from: number): ReadValue | undefined {
    const text = this.#match(/[^\s=",]+(?:\s*,\s*[^\s=",]+(?![^\s,])(?!\s*=))+/y, from);
    const value = text.replace(/\s+/g, "");
    if (text === value) return undefined;
    const end = from + text.length;
    this.#report({ fault: "list-spaces", write: pair(name, value) }, from, end);
    return { value, start: from, end, next: end };
  }

  /** Reads a word that is not part of a pair, and all such words after it. */
  #readWords(word: string): void {
    const start = this.#at;
    const [, name, rest] = /^([\p{ID_Start}$_][\p{ID_Continue}$]*):(?!\/\/)(.*)$/u.exec(word) ?? [];
    if (name !== undefined) {
      return this.#readColon(name, rest ? start + name.length + 1 : this.#skip(start + word.length));
    }
    let end = start + word.length;
    for (let next = this.#skip(end); next < this.#line.length; next = this.#skip(end)) {
      if (this.#startsPair(next)) break;
      end = next + this.#match(/\S+/y, next).length;
    }
    const text = this.#line.slice(start, end);
    if ((OPTION_NAMES as readonly string[]).includes(text)) return this.#reportMissingValue(text, start, end);
    this.#at = end;
    const pairs = /^[({]/.test(text) ? asPairs(text) : "";
    const write = pairs || (parseDuration(text) === undefined ? undefined : `ttl=${text}`);
    this.#report({ fault: "words", text, write }, start, end);
  }

  #readColon(name: string, from: number): void {
    const start = this.#at;
    const colon = start + name.length + 1;
    const read =
      from < this.#line.length && !this.#startsPair(from) ? this.#readValue(name, from) : undefined;
    if (read === undefined) return this.#reportMissingValue(name, start, colon);
    this.#add(name, start, read);
    this.#report({ fault: "colon", write: pair(name, read.value) }, start, read.next);
  }

  #reportMissingName(start: number): void {
    this.#at = start + this.#match(/\S+/y, start).length;
    this.#report({ fault: "no-name", text: this.#line.slice(start, this.#at) }, start, this.#at);
  }

  /** Reports an option without a value. The option still counts as given. */
  #reportMissingValue(name: string, start: number, end: number): void {
    this.#at = end;
    this.#report({ fault: "no-value", option: name }, start, end);
    const nameSpan = this.#span(start, start + name.length);
    const valueSpan = this.#span(end, end);
    this.options.push({ name, nameSpan, value: { kind: "missing" }, valueSpan });
  }

  /** Reports a separator between options. Several of them on a line are one problem. */
  #reportSeparator(start: number): void {
    const signs = this.#match(/[,;]+/y, start);
    this.#at = start + signs.length;
    if (this.#hasSeparator) return;
    this.#hasSeparator = true;
    const text = this.#line.slice(this.#start).trim();
    const write = text.replace(new RegExp(SEPARATOR, "gu"), " ").trim();
    const sign = signs.startsWith(",") ? "comma" : "semicolon";
    this.#report({ fault: "separator", sign, write }, start, this.#at);
  }

  #add(name: string, start: number, read: ReadValue): void {
    this.options.push({
      name,
      nameSpan: this.#span(start, start + name.length),
      value: { kind: "literal", value: read.value },
      valueSpan: this.#span(read.start, read.end),
    });
    this.#at = read.next;
  }

  #report(fault: SyntaxFault, start: number, end: number): void {
    this.problems.push(problem("pragma-syntax", this.#span(start, end), fault));
  }

  #startsPair(at: number): boolean {
    return this.#match(/[\p{ID_Start}$_][\p{ID_Continue}$-]*\s*=/uy, at) !== "";
  }

  #skip(at: number): number {
    return at + this.#match(/\s*/y, at).length;
  }

  #match(sticky: RegExp, at: number): string {
    sticky.lastIndex = at;
    return sticky.exec(this.#line)?.[0] ?? "";
  }

  #span(start: number, end: number): Span {
    return { start: this.#offset + start, end: this.#offset + end };
  }
}

const unescape = (text: string): string => text.replace(/\\(["\\])/g, "$1");
