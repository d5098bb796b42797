/** A length of time: a number of seconds, or `500ms`, `10s`, `5m`, `2h`, `7d`, or `forever`. Above zero. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}` | `${number}` | "forever";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns a duration in milliseconds: `Infinity` for `forever`, `undefined` for what is no duration
 * (zero, negative, `NaN`, another unit).
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
    if (match) ms = Number(match[1]) * UNITS[match[2] ?? "s"]!;
  }
  return ms > 0 && ms < Infinity ? ms : undefined;
}

/** Writes milliseconds the way a person would: `500ms`, `10s`, `5m`, `2h`, `7d`, `forever`. */
export function formatDuration(ms: number): string {
  if (ms === Infinity) return "forever";
  for (const unit of ["d", "h", "m", "s"]) {
    if (ms >= UNITS[unit]! && ms % UNITS[unit]! === 0) return `${ms / UNITS[unit]!}${unit}`;
  }
  return `${ms}ms`;
}
