/** Source maps that tsc made from rewritten text, put back to what the user wrote. */
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

/** A file whose text was rewritten on its own lines. */
export interface Rewritten {
  /** Absolute, with `/`. */
  readonly path: string;
  /** What the user wrote. */
  readonly text: string;
  readonly code: string;
  /** The map from `code` to `text`, as the compiler gives it: VLQ. */
  readonly mappings: string;
}

interface RawMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly mappings: string;
}

/** Finds the rewritten file that a map means; undefined for a file that tsc read as it is. */
export type Lookup = (source: string) => Rewritten | undefined;

/**
 * Leads a map through to the original text. What was inserted is told from the character in front of it, so
 * that a debugger stays on the line; what stands behind the last line has no original.
 */
export function toOriginal(map: string, lookup: Lookup): string {
  const raw = JSON.parse(map) as RawMap;
  const files = raw.sources.map(lookup);
  if (files.every((file) => file === undefined)) return map;
  const tracers = files.map((file) => file && tracer(file));
  const lines = decode(raw.mappings).map((line) => {
    const traced: SourceMapSegment[] = [];
    for (const segment of line) {
      const next = trace(segment, tracers);
      // A second segment that leads nowhere says nothing new.
      if (next.length > 1 || traced.at(-1)?.length !== 1) traced.push(next);
    }
    return traced[0]?.length === 1 ? traced.slice(1) : traced;
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

/** Gives the original place of one in rewritten text. The two maps do not count the same ends of lines. */
function tracer({ text, code, mappings }: Rewritten): Tracer {
  const decoded = decode(mappings);
  const [rewritten, original] = [linesOf(code), linesOf(text)];
  return (line, column) => {
    const offset = rewritten.typescript[line]! + column;
    const [row, at] = positionOfOffset(offset, rewritten.newline);
    const segments = (decoded[row] ?? []).filter((segment) => segment.length > 1);
    const [first] = segments;
    const before = segments.findLast((segment) => segment[0] <= at) ?? first;
    if (!before || before.length === 1) return undefined;
    const start = original.newline[before[2]]! + before[3];
    if (at < before[0]) return positionOfOffset(start, original.typescript);
    // The map has a segment for each word and for each other character.
    const length = /^\w+/.exec(code.slice(offset - at + before[0], offset + 1))?.[0].length ?? 1;
    return positionOfOffset(start + Math.min(at - before[0], length), original.typescript);
  };
}

interface Lines {
  /** Where lines start that end as TypeScript sees it. */
  readonly typescript: readonly number[];
  readonly newline: readonly number[];
}

function linesOf(text: string): Lines {
  const starts = (ending: RegExp): number[] => [
    0,
    ...Array.from(text.matchAll(ending), ({ index, 0: found }) => index + found.length),
  ];
  return { typescript: starts(/\r\n|[\r\n\u2028\u2029]/g), newline: starts(/\n/g) };
}

/** The last line that starts at or before an offset. */
function positionOfOffset(offset: number, starts: readonly number[]): MapPosition {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return [low, offset - starts[low]!];
}

/** The same for a map that stands inside of the JavaScript, as `inlineSourceMap` asks. */
export function inlineToOriginal(js: string, lookup: Lookup): string {
  return js.replace(INLINE, (_whole, head: string, data: string) => {
    const map = toOriginal(Buffer.from(data, "base64").toString("utf8"), lookup);
    return head + Buffer.from(map, "utf8").toString("base64");
  });
}

const INLINE = /(\/\/# sourceMappingURL=data:application\/json;base64,)([A-Za-z0-9+/=]+)(?=\s*$)/;
