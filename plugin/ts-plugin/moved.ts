import type { Span } from "../../src/index.ts";

/** Moves a span to a text that was edited in one place. Returns undefined if the edit touches the span. */
export function moved({ start, end }: Span, from: string, to: string): Span | undefined {
  if (from === to) return { start, end };
  const shorter = Math.min(from.length, to.length);
  let before = 0;
  while (before < shorter && from[before] === to[before]) before++;
  if (end <= before) return { start, end };
  let after = 0;
  while (after < shorter - before && from[from.length - 1 - after] === to[to.length - 1 - after]) after++;
  const shift = to.length - from.length;
  return start >= from.length - after ? { start: start + shift, end: end + shift } : undefined;
}
