/** Source maps for coverage. istanbul gives code without a mapping the next one of the line, so that it counts it there. */
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import type { Rewritten } from "../core/maps.ts";

/**
 * Returns the file with a map in which every inserted character has a segment without a source. A block that was
 * inserted around an expression has the place of the expression, as the body of the arrow function has without it.
 */
export function withCountedMap(file: Rewritten): Rewritten {
  const decoded = decode(file.mappings);
  const lines = file.code.split("\n").map((line, row) => {
    const segments = decoded[row] ?? [];
    const [first] = segments;
    // Lines behind the last one of the original have no segments.
    const starts: readonly SourceMapSegment[] = first?.[0] === 0 ? segments : [[0], ...segments];
    return starts.flatMap((segment, index) => {
      if (segment.length > 1) return [segment];
      const [column] = segment;
      const next = starts[index + 1];
      const inserted = line.slice(column, next?.[0]);
      const dense = Array.from(inserted, (_, at): SourceMapSegment => [column + at]);
      const place = (at: number, segment: SourceMapSegment | undefined): void => {
        if (segment && segment.length > 1) dense[at] = [column + at, segment[1]!, segment[2]!, segment[3]!];
      };
      if (BLOCK_START.test(inserted)) place(0, next);
      const end = BLOCK_END.exec(inserted);
      if (end) place(end[0].length - 1, starts[index - 1]);
      return dense;
    });
  });
  return { ...file, mappings: encode(lines) };
}

/** `{ const $aot_hit = …`, before an expression. */
const BLOCK_START = /^\{ (?:const|let) \$aot/;
/** ` }); }`, behind an expression. */
const BLOCK_END = /^ \}[^}]*\}/;
