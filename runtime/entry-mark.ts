import { concatBytes, toUtf8 } from "./codec-bytes.ts";
import type { Data } from "./driver.ts";

/**
 * Marks what is stored with the key that it is stored under. Protocols that answer in order say not to which
 * question: after a line has lost one answer, each caller would be given the next one's value.
 *
 * Integers stay bare digits, so that stores can count with them.
 */
export function mark(key: string, data: Data): Data {
  if (isDigits(data)) return data;
  const sign = signOf(key);
  return typeof data === "string" ? sign + data : concatBytes(toUtf8(sign), data);
}

/** What was marked; `undefined` if that was done for another key. What has no mark at all is given as it is. */
export function unmark(key: string, data: Data): Data | undefined {
  const first = typeof data === "string" ? data.charCodeAt(0) : data[0];
  if (first !== SIGN || !FORM.test(headOf(data))) return data;
  const sign = signOf(key);
  if (typeof data === "string") return data.startsWith(sign) ? data.slice(LENGTH) : undefined;
  for (let i = 1; i < LENGTH; i++) if (data[i] !== sign.charCodeAt(i)) return undefined;
  return data.subarray(LENGTH);
}

/** `=`, eight digits, a space. */
const SIGN = 61;
const LENGTH = 10;
const FORM = /^=[0-9a-f]{8} /;

const headOf = (data: Data): string =>
  typeof data === "string" ? data.slice(0, LENGTH) : String.fromCharCode(...data.subarray(0, LENGTH));

/** FNV-1a (Fowler, Noll, Vo), over code units: against mishaps, not against anybody who means harm. */
function signOf(key: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return `=${(hash >>> 0).toString(16).padStart(8, "0")} `;
}

const isDigits = (data: Data): boolean =>
  typeof data === "string" && data.length <= 17 && /^-?\d+$/.test(data);
