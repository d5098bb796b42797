/**
 * The options of a pragma: `name=value` pairs behind `@cached`, up to the end of the line. Reads on behind what
 * is wrong and guesses what was meant, so that one slip is one problem.
 */
import { parseDuration } from "../../runtime/contract/duration.ts";
import { OPTION_NAMES } from "../../runtime/contract/options.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { SyntaxFault } from "../diagnostics/pragma-syntax.ts";
import { asPairs, pair } from "./write.ts";
import type { Span } from "../site.ts";

/**
 * What an option was given: a literal; in a call an expression that only the run time knows; or nothing that
 * can be read, which is a problem of its own and no reason for further ones.
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
  /** The value; of a quoted one in a pragma what stands between the quotes. */
  readonly valueSpan: Span;
  /** The items of an array literal in a call, if known; a pragma's `a,b` needs none. */
  readonly itemSpans?: readonly Span[];
}

/** A piece of the line: its text as a value, where it stands, and where reading goes on. */
interface Piece {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Between options: a comma or semicolon in front of `name=`, or at the end of the line. */
const SEPARATOR = /(?<![\s,;])\s*[,;][\s,;]*(?=[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=|$)/u;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$-]*$/u;

/** The options that take several items, between which white space is a likely slip. */
const LISTS: readonly string[] = ["key", "ignore", "this", "allow"];

/** Reads what stands behind `@cached` on its line. */
export class OptionReader {
  readonly options: WrittenOption[] = [];
  readonly problems: Problem[] = [];
  readonly #line: string;
  readonly #first: number;
  readonly #offset: number;
  #at: number;
  #separated = false;

  /** Reads `line` from `at`; `offset` is where the line starts in the file. */
  constructor(line: string, at: number, offset: number) {
    this.#line = line;
    this.#offset = offset;
    this.#first = at;
    for (this.#at = this.#skip(at); this.#at < line.length; this.#at = this.#skip(this.#at))
      this.#readOption();
  }

  #readOption(): void {
    const start = this.#at;
    const word = this.#match(/[^\s=]*/y, start);
    const behind = start + word.length;
    if (/^[,;]/.test(word)) return this.#refuseSeparator(start);
    const equals = this.#skip(behind);
    if (this.#line[equals] !== "=") return this.#readWords(word);
    if (word === "") return this.#refuseNameless(start);
    if (!NAME.test(word)) return this.#readWords(word);
    const from = this.#skip(equals + 1);
    const spaced = equals > behind || from > equals + 1;
    if (from === this.#line.length || (spaced && this.#startsPair(from))) {
      return this.#refuseMissing(word, start, equals + 1);
    }
    const known = this.problems.length;
    const piece = this.#readValue(word, from);
    if (piece === undefined)
      return this.#refuseMissing(word, start, from + this.#match(/[,;]+/y, from).length);
    this.#add(word, start, piece);
    if (spaced && this.problems.length === known)
      this.#refuse({ fault: "spaces", write: pair(word, piece.value) }, start, piece.end);
  }

  #readValue(name: string, from: number): Piece | undefined {
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
        return LISTS.includes(name) ? this.#readBrackets(name, from) : this.#readBare(name, from);
      default:
        return this.#readBare(name, from);
    }
  }

  #readQuoted(name: string, from: number): Piece {
    const inner = this.#match(/(?:[^"\\]|\\[\s\S]|\\$)*/y, from + 1);
    const end = from + 1 + inner.length;
    if (end >= this.#line.length) return this.#readOpenQuote(name, from);
    const value = unescape(inner);
    const stray = this.#match(/(?:,?"[^"]*"|[^\s,])+/y, end + 1);
    const next = end + 1 + stray.length;
    if (stray) {
      const joined = value + stray.replaceAll('"', "");
      this.#refuse({ fault: "stray-quote", write: pair(name, joined) }, from, next);
      return { value: joined, start: from, end: next, next };
    }
    return { value, start: from + 1, end, next };
  }

  /** Without its other end, the value ends where the next pair starts. */
  #readOpenQuote(name: string, from: number): Piece {
    const rest = this.#line.slice(from + 1);
    const inner = rest.slice(0, /(?<!\s)\s+[\p{ID_Start}$_][\p{ID_Continue}$]*=|$/u.exec(rest)!.index);
    const end = from + 1 + inner.length;
    const value = unescape(inner);
    this.#refuse({ fault: "open-quote", write: `${name}="${value.replace(/[\\"]/g, "\\$&")}"` }, from, end);
    return { value, start: from + 1, end, next: end };
  }

  #readWrongQuoted(name: string, from: number): Piece {
    const close = this.#line.slice(from + 1).search(/["'`“”‘’]/) + from + 1;
    const isOpen = close === from;
    const end = isOpen ? from + this.#match(/\S+/y, from).length : close;
    const value = this.#line.slice(from + 1, end);
    const next = isOpen ? end : close + 1;
    this.#refuse({ fault: "wrong-quote", write: pair(name, value) }, from, next);
    return { value, start: from + 1, end, next };
  }

  #readBrackets(name: string, from: number): Piece {
    const close = this.#match(/[^\])}]*[\])}]/y, from).length;
    const end = from + (close || this.#match(/\S+/y, from).length);
    const value = this.#line.slice(from, end).replace(/[[\](){}\s"'`]/g, "");
    this.#refuse({ fault: "brackets", write: pair(name, value) }, from, end);
    return { value, start: from, end, next: end };
  }

  /** Undefined where only commas stand. */
  #readBare(name: string, from: number): Piece | undefined {
    const list = LISTS.includes(name) ? this.#readSpacedList(name, from) : undefined;
    if (list) return list;
    const token = this.#match(/\S+/y, from);
    const length = SEPARATOR.exec(token)?.index ?? token.length;
    const value = token.slice(0, length);
    const end = from + length;
    if (value === "") return undefined;
    if (value.includes('"')) {
      this.#refuse({ fault: "stray-quote", write: pair(name, value.replaceAll('"', "")) }, from, end);
    }
    return { value, start: from, end, next: end };
  }

  /** `key=id, locale`: what follows a comma and is no pair is an item. */
  #readSpacedList(name: string, from: number): Piece | undefined {
    const text = this.#match(/[^\s=",]+(?:\s*,\s*[^\s=",]+(?![^\s,])(?!\s*=))+/y, from);
    const value = text.replace(/\s+/g, "");
    if (text === value) return undefined;
    const end = from + text.length;
    this.#refuse({ fault: "list-spaces", write: pair(name, value) }, from, end);
    return { value, start: from, end, next: end };
  }

  /** A word with nothing of a pair about it, and all such words behind it. */
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
    if ((OPTION_NAMES as readonly string[]).includes(text)) return this.#refuseMissing(text, start, end);
    this.#at = end;
    const pairs = /^[({]/.test(text) ? asPairs(text) : "";
    const write = pairs || (parseDuration(text) === undefined ? undefined : `ttl=${text}`);
    this.#refuse({ fault: "words", text, write }, start, end);
  }

  #readColon(name: string, from: number): void {
    const start = this.#at;
    const colon = start + name.length + 1;
    const piece =
      from < this.#line.length && !this.#startsPair(from) ? this.#readValue(name, from) : undefined;
    if (piece === undefined) return this.#refuseMissing(name, start, colon);
    this.#add(name, start, piece);
    this.#refuse({ fault: "colon", write: pair(name, piece.value) }, start, piece.next);
  }

  #refuseNameless(start: number): void {
    this.#at = start + this.#match(/\S+/y, start).length;
    this.#refuse({ fault: "no-name", text: this.#line.slice(start, this.#at) }, start, this.#at);
  }

  /** The option is given, if only by name. */
  #refuseMissing(name: string, start: number, end: number): void {
    this.#at = end;
    this.#refuse({ fault: "no-value", option: name }, start, end);
    const nameSpan = this.#span(start, start + name.length);
    const valueSpan = this.#span(end, end);
    this.options.push({ name, nameSpan, value: { kind: "missing" }, valueSpan });
  }

  /** Separators between all options are one slip. */
  #refuseSeparator(start: number): void {
    const signs = this.#match(/[,;]+/y, start);
    this.#at = start + signs.length;
    if (this.#separated) return;
    this.#separated = true;
    const text = this.#line.slice(this.#first).trim();
    const write = text.replace(new RegExp(SEPARATOR, "gu"), " ").trim();
    const sign = signs.startsWith(",") ? "comma" : "semicolon";
    this.#refuse({ fault: "separator", sign, write }, start, this.#at);
  }

  #add(name: string, start: number, piece: Piece): void {
    this.options.push({
      name,
      nameSpan: this.#span(start, start + name.length),
      value: { kind: "literal", value: piece.value },
      valueSpan: this.#span(piece.start, piece.end),
    });
    this.#at = piece.next;
  }

  #refuse(fault: SyntaxFault, start: number, end: number): void {
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
