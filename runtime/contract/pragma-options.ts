import { formatDuration } from "./duration.ts";
import type { RunOptions, SpecOptions } from "./spec.ts";

/** Returns options in the notation of a pragma, like `10s` and `10%`, sorted by name. Functions are called `function`. */
export function pragmaOptions(options: { readonly [name in keyof RunOptions]: unknown }): Record<
  string,
  string | number
> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, asWritten(name, value)] as const).sort());
}

function asWritten(name: string, value: unknown): string | number {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value !== "number") return typeof value === "function" ? "function" : String(value);
  if (DURATIONS.includes(name)) return formatDuration(value);
  // Multiplying a fraction by 100 adds rounding errors: 0.07 becomes 7.000000000000001.
  return PERCENTAGES.includes(name) ? `${Number((value * 100).toPrecision(12))}%` : value;
}

const PERCENTAGES: readonly string[] = ["jitter", "refresh"] satisfies (keyof SpecOptions)[];

const DURATIONS: readonly string[] = [
  "ttl",
  "swr",
  "sie",
  "retry",
  "deadline",
  "timeout",
  "near",
] satisfies (keyof SpecOptions)[];
