import { concatBytes, toUtf8 } from "../codec/bytes.ts";
import type { Data } from "../contract/driver.ts";

/**
 * Marks what is stored with the key that it is stored under. Protocols that answer in order say not to which
 * question: after a line has lost one answer, each caller would be given the next one's value.
 *
 * Integers stay bare digits, so that stores can count with them.
 */
export function addChecksum(key: string, data: Data): Data {
  if (isDigits(data)) return data;
  const sign = checksumOf(key);
  return typeof data === "string" ? sign + data : concatBytes(toUtf8(sign), data);
}

/**
 * Where what was marked begins; -1 if that was done for another key. What has no mark at all begins at 0.
 *
 * Compares numbers: every value that is read comes by here, and a text would have to be made of each mark.
 */
export function checksumEnd(key: string, data: Data): number {
  const isText = typeof data === "string";
  if (data.length < LENGTH || (isText ? data.charCodeAt(0) : data[0]) !== SIGN) return 0;
  let sign = 0;
  for (let i = 1; i < LENGTH - 1; i++) {
    const code = isText ? data.charCodeAt(i) : data[i]!;
    const isDigit = code >= 48 && code <= 57;
    if (!isDigit && !(code >= 97 && code <= 102)) return 0;
    sign = (sign << 4) | (isDigit ? code - 48 : code - 87);
  }
  if ((isText ? data.charCodeAt(LENGTH - 1) : data[LENGTH - 1]) !== SPACE) return 0;
  return sign === checksumHash(key) ? LENGTH : -1;
}

/** `=`, eight digits, a space. */
const SIGN = 61;
const SPACE = 32;
const LENGTH = 10;
/** `(` */
const OPEN = 40;

/** What the last key started with, up to its arguments, and the hash so far. */
let start = "";
let startHash = 0;

/**
 * FNV-1a (Fowler, Noll, Vo), over code units: against mishaps, not against anybody who means harm.
 *
 * Goes on from the last key's hash where both are of one function: measured, the whole of a key of 60 characters
 * takes a tenth of what a hit on Redis takes in all.
 */
function checksumHash(key: string): number {
  let hash = 0x811c9dc5 | 0;
  let from = 0;
  if (start !== "" && key.startsWith(start)) {
    hash = startHash;
    from = start.length;
  }
  for (let i = from; i < key.length; i++) {
    const code = key.charCodeAt(i);
    hash = Math.imul(hash ^ code, 0x01000193);
    if (code === OPEN && from === 0) {
      from = i + 1;
      start = key.slice(0, from);
      startHash = hash;
    }
  }
  return hash;
}

const checksumOf = (key: string): string => `=${(checksumHash(key) >>> 0).toString(16).padStart(8, "0")} `;

const isDigits = (data: Data): boolean =>
  typeof data === "string" && data.length <= 17 && /^-?\d+$/.test(data);
