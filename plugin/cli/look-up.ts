/** Which function a line belongs to. */
import { positionAt, type Reference, type Site } from "../../src/index.ts";
import type { Finding } from "./finding.ts";

/** So far from a function a line may be: in the comment above it, in what is written around it. */
const NEAR = 10;

interface Lines {
  readonly first: number;
  readonly last: number;
}

export interface LookedUp {
  readonly sites: readonly (Site | Reference)[];
  /** What is wrong with them; what is wrong at the line, where an error keeps a function from being one. */
  readonly findings: readonly Finding[];
}

/** Finds the innermost function around a line, else the nearest one; without a line, all functions. */
export function lookUp(
  sites: readonly (Site | Reference)[],
  findings: readonly Finding[],
  { text, line }: { readonly text: string; readonly line: number | undefined },
): LookedUp {
  if (line === undefined) return { sites, findings };
  const near = sites
    .map((site) => ({ site, lines: linesOf(site, text) }))
    .sort((one, other) => order(one.lines, other.lines, line))[0];
  const problem = findings
    .map((finding) => ({ first: finding.line, last: finding.endLine }))
    .sort((one, other) => order(one, other, line))[0];
  const distance = near ? distanceTo(near.lines, line) : Infinity;
  if (near && distance <= NEAR && !(problem && distanceTo(problem, line) < distance)) {
    const own = findings.filter((each) => each.line <= near.lines.last && each.endLine >= near.lines.first);
    return { sites: [near.site], findings: own };
  }
  if (!problem || distanceTo(problem, line) > NEAR) return { sites: [], findings: [] };
  const least = distanceTo(problem, line);
  return {
    sites: [],
    findings: findings.filter((each) => distanceTo({ first: each.line, last: each.endLine }, line) === least),
  };
}

/** From the comment above it to its last line. */
function linesOf(site: Site | Reference, text: string): Lines {
  const [start, end] =
    "form" in site
      ? [Math.min(site.span.start, site.decorator?.span.start ?? Infinity), site.text.body.end]
      : [site.span.start, site.argument.end];
  const above = text.slice(0, start).split(LINE_BREAK).slice(0, -1);
  const leading = above.reverse().findIndex((line) => !LEADS.test(line));
  const first = above.length + 1 - (leading < 0 ? above.length : leading);
  return { first, last: positionAt(text, end).line };
}

/** Line endings as TypeScript counts them. */
const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/;

/** A line of a comment, a decorator, or nothing. */
const LEADS = /^\s*(?:$|\/\/|\/?\*|@)/;

/** The nearer one first; of two around the line the inner one; of two at the sides the one that follows. */
function order(one: Lines, other: Lines, line: number): number {
  return (
    distanceTo(one, line) - distanceTo(other, line) ||
    Number(one.last < line) - Number(other.last < line) ||
    one.last - one.first - (other.last - other.first)
  );
}

const distanceTo = ({ first, last }: Lines, line: number): number => Math.max(first - line, line - last, 0);
