/** Source maps: maps that tsc made for rewritten text lead back to the original text. */
import { basename } from "node:path";
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import type { Compilation } from "../../src/index.ts";

/** A file whose text was rewritten on its own lines. */
export interface Rewritten {
  /** Absolute, with `/`. */
  readonly path: string;
  /** The original text. */
  readonly text: string;
  /** The rewritten text. */
  readonly code: string;
  /** The compiler's map from `code` to `text`, in VLQ. */
  readonly mappings: string;
}

/** Returns `undefined` if nothing was rewritten. */
export const rewrittenOf = (path: string, text: string, { code, map }: Compilation): Rewritten | undefined =>
  code === undefined || !map ? undefined : { path, text, code, mappings: map.mappings };

/** Appends a map to the code that it belongs to, as a comment. */
export const withInlineMap = (code: string, map: object): string =>
  `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;

/** Returns the rewritten text with the compiler's map. */
export const withCompilerMap = ({ path, text, code, mappings }: Rewritten): string =>
  withInlineMap(code, { version: 3, sources: [basename(path)], sourcesContent: [text], names: [], mappings });

interface RawMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings: string;
}

/** Finds the rewritten file for a source of a map; `undefined` for a file that was not rewritten. */
export type RewrittenLookup = (source: string) => Rewritten | undefined;

/**
 * How inserted code is mapped: to the character before it, so that a debugger stays on the line, or not at all, so that
 * coverage does not count it. Code after the last original line has no mapping.
 */
export type InsertedCode = "mapped" | "unmapped";

/** Converts a source map of rewritten text to one of the original text. */
export function toOriginal(map: string, lookup: RewrittenLookup, inserted: InsertedCode = "mapped"): string {
  const raw = JSON.parse(map) as RawMap;
  const files = raw.sources.map(lookup);
  if (files.every((file) => file === undefined)) return map;
  const tracers = files.map((file) => file && createTracer(file, inserted));
  const lines = decode(raw.mappings).map((line) => {
    const traced: SourceMapSegment[] = [];
    for (const segment of line) {
      const next = trace(segment, tracers);
      // Of consecutive segments without a source, one is enough, except where each one keeps coverage from counting.
      if (next.length > 1 || traced.at(-1)?.length !== 1 || inserted === "unmapped") traced.push(next);
    }
    return traced[0]?.length === 1 && inserted === "mapped" ? traced.slice(1) : traced;
  });
  const contents = raw.sourcesContent?.map((content, index) => files[index]?.text ?? content);
  return JSON.stringify({ ...raw, ...(contents && { sourcesContent: contents }), mappings: encode(lines) });
}

type MapPosition = readonly [line: number, column: number];
type Tracer = (line: number, column: number) => MapPosition | undefined;

function trace(segment: SourceMapSegment, tracers: readonly (Tracer | undefined)[]): SourceMapSegment {
  if (segment.length === 1) return segment;
  const [at, source, line, column] = segment;
  const tracer = tracers[source];
  if (!tracer) return segment;
  const original = tracer(line, column);
  return original ? [at, source, ...original] : [at];
}

/** Creates a function from positions in rewritten text to original ones. The two maps count different line endings. */
function createTracer({ text, code, mappings }: Rewritten, inserted: InsertedCode): Tracer {
  const decoded = decode(mappings);
  const [rewritten, original] = [lineStartsOf(code), lineStartsOf(text)];
  return (line, column) => {
    const offset = rewritten.typescript[line]! + column;
    const [row, at] = positionOfOffset(offset, rewritten.newline);
    const all = decoded[row] ?? [];
    const segments = inserted === "unmapped" ? all : all.filter((segment) => segment.length > 1);
    const [first] = segments;
    const before = segments.findLast((segment) => segment[0] <= at) ?? first;
    if (!before || before.length === 1) return undefined;
    const start = original.newline[before[2]]! + before[3];
    if (at < before[0]) return positionOfOffset(start, original.typescript);
    // The compiler's map has one segment for each word and one for each other character.
    const length = /^\w+/.exec(code.slice(offset - at + before[0], offset + 1))?.[0].length ?? 1;
    return positionOfOffset(start + Math.min(at - before[0], length), original.typescript);
  };
}

interface LineStarts {
  /** Offsets of line starts, with the line endings that TypeScript counts. */
  readonly typescript: readonly number[];
  /** Offsets of line starts, with `\n` as the only line ending. */
  readonly newline: readonly number[];
}

function lineStartsOf(text: string): LineStarts {
  const starts = (ending: RegExp): number[] => [
    0,
    ...Array.from(text.matchAll(ending), ({ index, 0: found }) => index + found.length),
  ];
  return { typescript: starts(/\r\n|[\r\n\u2028\u2029]/g), newline: starts(/\n/g) };
}

/** Returns the 0-based position of an offset, by binary search. */
function positionOfOffset(offset: number, starts: readonly number[]): MapPosition {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return [low, offset - starts[low]!];
}

/** Converts a map inside JavaScript, as `inlineSourceMap` writes it. */
export function inlineToOriginal(js: string, lookup: RewrittenLookup, inserted?: InsertedCode): string {
  return js.replace(INLINE_MAP, (_whole, head: string, data: string) => {
    const map = toOriginal(Buffer.from(data, "base64").toString("utf8"), lookup, inserted);
    return head + Buffer.from(map, "utf8").toString("base64");
  });
}

const INLINE_MAP =
  /(\/\/# sourceMappingURL=data:application\/json;(?:charset=utf-8;)?base64,)([A-Za-z0-9+/=]+)(?=\s*$)/;
