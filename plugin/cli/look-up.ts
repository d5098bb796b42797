/** Finds the function that a line belongs to. */
import { positionAt, type Reference, type Site } from "../../src/index.ts";
import type { Finding } from "./finding.ts";

/** How far a line may be from a function. */
const MAX_DISTANCE_LINES = 10;

/** 1-based, both inclusive. */
interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** The result of {@link lookUp}. */
export interface LookUpResult {
  readonly sites: readonly (Site | Reference)[];
  /** Their problems; without a function, the problems at the line. */
  readonly findings: readonly Finding[];
}

/** Finds the innermost function around a line, else the nearest one; without a line, all functions. */
export function lookUp(
  sites: readonly (Site | Reference)[],
  findings: readonly Finding[],
  { text, line }: { readonly text: string; readonly line: number | undefined },
): LookUpResult {
  if (line === undefined) return { sites, findings };
  const near = sites
    .map((site) => ({ site, lines: lineRangeOf(site, text) }))
    .sort((one, other) => compareByDistance(one.lines, other.lines, line))[0];
  const problem = findings
    .map((finding) => ({ first: finding.line, last: finding.endLine }))
    .sort((one, other) => compareByDistance(one, other, line))[0];
  const distance = near ? distanceTo(near.lines, line) : Infinity;
  if (near && distance <= MAX_DISTANCE_LINES && !(problem && distanceTo(problem, line) < distance)) {
    const ownFindings = findings.filter(
      (each) => each.line <= near.lines.last && each.endLine >= near.lines.first,
    );
    return { sites: [near.site], findings: ownFindings };
  }
  if (!problem || distanceTo(problem, line) > MAX_DISTANCE_LINES) return { sites: [], findings: [] };
  const least = distanceTo(problem, line);
  return {
    sites: [],
    findings: findings.filter((each) => distanceTo({ first: each.line, last: each.endLine }, line) === least),
  };
}

/** Returns the lines of a function, from the comment above it on. */
function lineRangeOf(site: Site | Reference, text: string): LineRange {
  const [start, end] =
    "form" in site
      ? [Math.min(site.span.start, site.decorator?.span.start ?? Infinity), site.text.body.end]
      : [site.span.start, site.argument.end];
  const above = text.slice(0, start).split(LINE_BREAK).slice(0, -1);
  const leading = above.reverse().findIndex((line) => !LEADING_LINE.test(line));
  const first = above.length + 1 - (leading < 0 ? above.length : leading);
  return { first, last: positionAt(text, end).line };
}

/** Line endings as TypeScript counts them. */
const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/;

/** A comment, a decorator or an empty line. */
const LEADING_LINE = /^\s*(?:$|\/\/|\/?\*|@)/;

/** Sorts by distance. Of two ranges around the line, the inner one comes first; at equal distance, the one after it. */
function compareByDistance(one: LineRange, other: LineRange, line: number): number {
  return (
    distanceTo(one, line) - distanceTo(other, line) ||
    Number(one.last < line) - Number(other.last < line) ||
    one.last - one.first - (other.last - other.first)
  );
}

const distanceTo = ({ first, last }: LineRange, line: number): number =>
  Math.max(first - line, line - last, 0);
