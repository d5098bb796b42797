/** Tells from a regular expression what a test with it costs. */
import { REPETITION_COST, TEST_COST } from "./built-ins.ts";

/** An escape, a class, the start of a group or a quantifier as a whole; else one character. */
const TOKEN = /\\(?:[pP]\{[^}]*\}|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?::|<\w+>))?|\{(\d+)(?:,(\d*))?\}|[^]/g;
/** References backwards, lookarounds. */
const UNUSUAL = /\\[1-9k]|\(\?(?:<?[=!])/;
/** A part that repeats more often counts as one without a bound. */
const MAX_BOUNDED_REPEATS = 32;

interface Quantifier {
  readonly min: number;
  readonly max: number;
}

/**
 * Returns the cost of a test with a pattern in the notation of the source text, `/^a+$/i`; infinite if the time may
 * grow faster than the text. That needs two parts that compete for the same characters: at most one part may repeat
 * without a bound, and only where the match has to start.
 */
export function testCost(literal: string): number {
  const end = literal.lastIndexOf("/");
  const source = literal.slice(1, end);
  if (UNUSUAL.test(source)) return Infinity;
  let unbounded = 0;
  let alternatives = false;
  /** For each open group, whether the length of what it matches varies. */
  const groups = [false];
  /** The same for the group that ends before the token. */
  let closed = false;
  for (const token of source.matchAll(TOKEN)) {
    const [text] = token;
    const quantifier = quantifierOf(token);
    if (text.startsWith("(")) groups.push(false);
    else if (text === ")") {
      closed = groups.pop()!;
      continue;
    } else if (quantifier) {
      const { min, max } = quantifier;
      if (closed && max > 1) return Infinity;
      if (max > MAX_BOUNDED_REPEATS) unbounded++;
      if (min !== max) groups.fill(true);
    } else if (text === "|") {
      alternatives ||= groups.length === 1;
      groups.fill(true);
    }
    closed = false;
  }
  const anchored = source.startsWith("^") && !alternatives && !literal.includes("m", end);
  return unbounded > (anchored ? 1 : 0) ? Infinity : TEST_COST + unbounded * REPETITION_COST;
}

function quantifierOf([text, low, high]: RegExpExecArray): Quantifier | undefined {
  if (text === "*") return { min: 0, max: Infinity };
  if (text === "+") return { min: 1, max: Infinity };
  if (text === "?") return { min: 0, max: 1 };
  if (low === undefined) return undefined;
  const min = Number(low);
  return { min, max: high === undefined ? min : high === "" ? Infinity : Number(high) };
}
