/** A length of time above zero: a number of seconds, or `500ms`, `10s`, `5m`, `2h`, `7d`, or `forever`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}` | `${number}` | "forever";

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns a duration in milliseconds: `Infinity` for `forever`, `undefined` for an invalid duration
 * (zero, negative, `NaN`, an unknown unit).
 *
 * @example
 * parseDuration(10);      // 10_000: a bare number is seconds
 * parseDuration("500ms"); // 500
 * parseDuration("1.5h");  // 5_400_000
 * parseDuration("10 s");  // undefined
 */
export function parseDuration(value: unknown): number | undefined {
  if (value === "forever" || value === Infinity) return Infinity;
  let ms = NaN;
  if (typeof value === "number") ms = value * 1000;
  else if (typeof value === "string") {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value);
    if (match) ms = Number(match[1]) * UNIT_MS[match[2] ?? "s"]!;
  }
  return ms > 0 && ms < Infinity ? ms : undefined;
}

/** Formats milliseconds in the largest unit that divides them: `500ms`, `10s`, `5m`, `2h`, `7d`, `forever`. */
export function formatDuration(ms: number): string {
  if (ms === Infinity) return "forever";
  for (const unit of ["d", "h", "m", "s"]) {
    if (ms >= UNIT_MS[unit]! && ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`;
  }
  return `${ms}ms`;
}
