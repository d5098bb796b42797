/**
 * Writes JSON, character by character, into one buffer that all values share, and reads it from there as one text. Each
 * function takes the position to write at, and returns the position after what it wrote.
 *
 * Measured, for a value of 1 kB: concatenating texts with `+` and flattening them at the end takes twice as long, because
 * each of a hundred parts is an object. Building a JSON form for JSON.stringify takes twice as long, too. The buffer is a
 * constant: choosing one of two with `let` makes everything take 20% longer.
 */
import { buffers } from "./bytes.ts";

/** If the buffer is filled up to here, it is flushed before the next value. */
const FLUSH_AT = 32_768;
/** For longer texts, JSON.stringify is faster. */
const MAX_COPIED_LENGTH = 500;
/**
 * Between two checks of the position, there can be one text, one name and the ends of a thousand lists. A character takes
 * up to six bytes: `\u0000`.
 */
const BUFFER_SIZE: number = buffers ? FLUSH_AT + 8192 : 0;

/** The first position of a text. The position before is for the prefix of the generic form. */
export const START = 1;

/** Latin-1 characters, and the positions and codes of all other characters. */
const buffer = new Uint8Array(BUFFER_SIZE);
const widePositions = new Uint16Array(BUFFER_SIZE);
const wideCodes = new Uint16Array(BUFFER_SIZE);
let wideCount = 0;
/** The text that was flushed from the buffer. */
let flushed = "";

const latin1 = buffers?.from(buffer.buffer);
const wide = new Uint16Array(BUFFER_SIZE);
const utf16 = buffers?.from(wide.buffer);

/** False on platforms without `Buffer`, and on big-endian ones. */
export const isSupported: boolean = BUFFER_SIZE > 0 && new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

export function startText(): void {
  wideCount = 0;
  flushed = "";
}

/** Returns the whole text, after the character `prefix` if there is one. */
export function finishText(at: number, prefix: number | undefined): string {
  if (prefix === undefined) return flushed + readBuffer(START, at);
  if (flushed !== "") return `${String.fromCharCode(prefix)}${flushed}${readBuffer(START, at)}`;
  buffer[0] = prefix;
  return readBuffer(0, at);
}

function readBuffer(start: number, end: number): string {
  if (wideCount === 0) return latin1!.toString("latin1", start, end);
  wide.set(buffer.subarray(start, end), start);
  for (let i = 0; i < wideCount; i++) wide[widePositions[i]!] = wideCodes[i]!;
  return utf16!.toString("utf16le", 2 * start, 2 * end);
}

/** Must be called before each value. */
export const flushIfFull = (at: number): number => (at < FLUSH_AT ? at : flush(at));

function flush(at: number): number {
  flushed += readBuffer(START, at);
  wideCount = 0;
  return START;
}

export function writeByte(byte: number, at: number): number {
  buffer[at] = byte;
  return at + 1;
}

/** Writes a short Latin-1 text without quotes or escapes. */
export function writeRaw(raw: string, at: number): number {
  for (let i = 0; i < raw.length; i++) buffer[at++] = raw.charCodeAt(i);
  return at;
}

const QUOTE = 34;
const BACKSLASH = 92;
const LINE_FEED = 10;
const LETTER_N = 110;

/** Writes a text as a JSON string. */
export function writeText(value: string, start: number): number {
  const { length } = value;
  if (length > MAX_COPIED_LENGTH) {
    const at = flush(start);
    flushed += JSON.stringify(value);
    return at;
  }
  let at = start;
  buffer[at++] = QUOTE;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code < 32 || code > 255 || code === QUOTE || code === BACKSLASH)
      return writeEscapedText(value, start);
    buffer[at++] = code;
  }
  buffer[at++] = QUOTE;
  return at;
}

function writeEscapedText(value: string, start: number): number {
  const wideBefore = wideCount;
  let at = writeByte(QUOTE, start);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 255) {
      // A lone surrogate needs an escape.
      if (isSurrogate(code) && !isPairAt(value, i)) return writeStringified(value, start, wideBefore);
      at = writeWide(code, at);
      if (isSurrogate(code)) at = writeWide(value.charCodeAt(++i), at);
      continue;
    }
    if (code === QUOTE || code === BACKSLASH || code === LINE_FEED) at = writeByte(BACKSLASH, at);
    else if (code < 32) return writeStringified(value, start, wideBefore);
    at = writeByte(code === LINE_FEED ? LETTER_N : code, at);
  }
  return writeByte(QUOTE, at);
}

function writeWide(code: number, at: number): number {
  widePositions[wideCount] = at;
  wideCodes[wideCount++] = code;
  return at + 1;
}

const isSurrogate = (code: number): boolean => (code & 0xf800) === 0xd800;

const isPairAt = (value: string, at: number): boolean =>
  (value.charCodeAt(at) & 0xfc00) === 0xd800 && (value.charCodeAt(at + 1) & 0xfc00) === 0xdc00;

/** Writes a text with characters that need an escape other than `\"`, `\\` and `\n`. */
function writeStringified(value: string, start: number, wideBefore: number): number {
  wideCount = wideBefore;
  const json = JSON.stringify(value);
  let at = start;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    at = code > 255 ? writeWide(code, at) : writeByte(code, at);
  }
  return at;
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** Writes a finite number as JSON. */
export function writeNumber(value: number, at: number): number {
  if (value === Math.floor(value)) return writeInteger(value, at);
  // Prices and other numbers with at most two decimals: with so few digits, this is also the shortest text of the number.
  const hundredths = Math.round(value * 100);
  if (hundredths / 100 !== value || hundredths > 1e9 || hundredths < -1e9) return writeRaw(String(value), at);
  if (value < 0) buffer[at++] = MINUS;
  const digits = Math.abs(hundredths) | 0;
  const whole = (digits / 100) | 0;
  at = writeDigits(whole, at);
  const decimals = digits - whole * 100;
  const tenths = (decimals / 10) | 0;
  buffer[at++] = POINT;
  buffer[at++] = ZERO + tenths;
  if (decimals !== tenths * 10) buffer[at++] = ZERO + decimals - tenths * 10;
  return at;
}

/** Writes an integer as JSON. */
export function writeInteger(value: number, at: number): number {
  if (value > 1e15 || value < -1e15) return writeRaw(String(value), at);
  if (value < 0) {
    buffer[at++] = MINUS;
    value = -value;
  }
  if (value < 1e9) return writeDigits(value, at);
  // In two parts, because the engine is fast with integers of up to 31 bits.
  const high = Math.floor(value / 1e7);
  if (high >= 1e9) return writeRaw(String(value), at);
  at = writeDigits(high, at);
  let low = (value - high * 1e7) | 0;
  for (let i = at + 6; i >= at; i--) {
    const rest = (low / 10) | 0;
    buffer[i] = ZERO + low - rest * 10;
    low = rest;
  }
  return at + 7;
}

/** Writes an integer from 0 to 1e9 - 1. */
function writeDigits(value: number, at: number): number {
  let left = value | 0;
  let end = at + 1;
  for (let power = 10; power <= left; power *= 10) end++;
  let i = end;
  do {
    const rest = (left / 10) | 0;
    buffer[--i] = ZERO + left - rest * 10;
    left = rest;
  } while (left > 0);
  return end;
}
