/**
 * JSON, written one character behind the other into a slab that every value uses in its turn, and read from it as
 * one text. What writes gets the place to write at and gives the place behind.
 *
 * Measured, for a value of 1 kB: texts put together with `+` and flattened at the end take twice as long, since
 * each of a hundred parts is an object; and a walk that makes a twin for JSON.stringify takes twice as long too.
 * A slab that is a constant: with one of two that `let` holds, everything takes a fifth more.
 */
import { buffers } from "./bytes.ts";

/** From here on what is there is moved out before the next value. */
const FULL = 32_768;
/** Longer texts the engine writes in less time. */
const LONG = 500;
/** Between two looks there are a text, the ends of a thousand lists and a name; a character takes six: `\u0000`. */
const SIZE: number = buffers ? FULL + 8192 : 0;

/** The first place: the one before is for the mark. */
export const START = 1;

/** Characters of Latin-1, and what stands where others have to be put in, and those. */
const slab = new Uint8Array(SIZE);
const widePlaces = new Uint16Array(SIZE);
const wideCodes = new Uint16Array(SIZE);
let wideCount = 0;
/** What was moved out. */
let text = "";

const latin1 = buffers?.from(slab.buffer);
const wide = new Uint16Array(SIZE);
const utf16 = buffers?.from(wide.buffer);

/** Whether there is a slab: not without `Buffer`, nor where the other byte of a character comes first. */
export const hasSlab: boolean = SIZE > 0 && new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Begins a new text. */
export function clear(): void {
  wideCount = 0;
  text = "";
}

/** Returns all that was written, with a character in front if one is given. */
export function textTo(at: number, mark: number | undefined): string {
  if (mark === undefined) return text + read(START, at);
  if (text !== "") return `${String.fromCharCode(mark)}${text}${read(START, at)}`;
  slab[0] = mark;
  return read(0, at);
}

function read(start: number, end: number): string {
  if (wideCount === 0) return latin1!.toString("latin1", start, end);
  wide.set(slab.subarray(start, end), start);
  for (let i = 0; i < wideCount; i++) wide[widePlaces[i]!] = wideCodes[i]!;
  return utf16!.toString("utf16le", 2 * start, 2 * end);
}

/** Makes room for the next value; to be called before each. */
export const withRoom = (at: number): number => (at < FULL ? at : moveOut(at));

function moveOut(at: number): number {
  text += read(START, at);
  wideCount = 0;
  return START;
}

export function writeByte(byte: number, at: number): number {
  slab[at] = byte;
  return at + 1;
}

/** Writes a short text of Latin-1 as it stands. */
export function writeRaw(raw: string, at: number): number {
  for (let i = 0; i < raw.length; i++) slab[at++] = raw.charCodeAt(i);
  return at;
}

const QUOTE = 34;
const BACKSLASH = 92;
const LINE_FEED = 10;
const LETTER_N = 110;

/** Writes a text as JSON. */
export function writeText(value: string, start: number): number {
  const { length } = value;
  if (length > LONG) {
    const at = moveOut(start);
    text += JSON.stringify(value);
    return at;
  }
  let at = start;
  slab[at++] = QUOTE;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code < 32 || code > 255 || code === QUOTE || code === BACKSLASH) return writeOddText(value, start);
    slab[at++] = code;
  }
  slab[at++] = QUOTE;
  return at;
}

function writeOddText(value: string, start: number): number {
  const wideBefore = wideCount;
  let at = writeByte(QUOTE, start);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 255) {
      // Half of a pair may lack the other half.
      if (isHalf(code) && !isPairAt(value, i)) return writeByEngine(value, start, wideBefore);
      at = writeWide(code, at);
      if (isHalf(code)) at = writeWide(value.charCodeAt(++i), at);
      continue;
    }
    if (code === QUOTE || code === BACKSLASH || code === LINE_FEED) at = writeByte(BACKSLASH, at);
    else if (code < 32) return writeByEngine(value, start, wideBefore);
    at = writeByte(code === LINE_FEED ? LETTER_N : code, at);
  }
  return writeByte(QUOTE, at);
}

function writeWide(code: number, at: number): number {
  widePlaces[wideCount] = at;
  wideCodes[wideCount++] = code;
  return at + 1;
}

const isHalf = (code: number): boolean => (code & 0xf800) === 0xd800;

const isPairAt = (value: string, at: number): boolean =>
  (value.charCodeAt(at) & 0xfc00) === 0xd800 && (value.charCodeAt(at + 1) & 0xfc00) === 0xdc00;

/** What JSON has to write in other characters than it is made of. */
function writeByEngine(value: string, start: number, wideBefore: number): number {
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
  // Prices, and what else has two places at most: a number of so few digits is the shortest text of its own value.
  const hundredths = Math.round(value * 100);
  if (hundredths / 100 !== value || hundredths > 1e9 || hundredths < -1e9) return writeRaw(String(value), at);
  if (value < 0) slab[at++] = MINUS;
  const digits = Math.abs(hundredths) | 0;
  const whole = (digits / 100) | 0;
  at = writeDigits(whole, at);
  const places = digits - whole * 100;
  const tenths = (places / 10) | 0;
  slab[at++] = POINT;
  slab[at++] = ZERO + tenths;
  if (places !== tenths * 10) slab[at++] = ZERO + places - tenths * 10;
  return at;
}

/** Writes an integer as JSON. */
export function writeInteger(value: number, at: number): number {
  if (value > 1e15 || value < -1e15) return writeRaw(String(value), at);
  if (value < 0) {
    slab[at++] = MINUS;
    value = -value;
  }
  if (value < 1e9) return writeDigits(value, at);
  // In two parts, since the engine is quick with integers of 31 bits.
  const high = Math.floor(value / 1e7);
  if (high >= 1e9) return writeRaw(String(value), at);
  at = writeDigits(high, at);
  let low = (value - high * 1e7) | 0;
  for (let i = at + 6; i >= at; i--) {
    const rest = (low / 10) | 0;
    slab[i] = ZERO + low - rest * 10;
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
    slab[--i] = ZERO + left - rest * 10;
    left = rest;
  } while (left > 0);
  return end;
}
