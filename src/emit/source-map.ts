/** Makes the source map of emitted code. */
import { SourceMap, type default as MagicString } from "magic-string";

/** What gets a segment of its own: a word, or any other character. */
const TOKEN = /\w+|[^]/y;

/**
 * Returns the map of an edited file. Original text maps to its place. Inserted text maps to no place: by default it
 * would belong to the text before it, and coverage would count its branches at the user's line.
 *
 * @param source the file, relative to the map
 */
export function sourceMapOf(out: MagicString, source: string): SourceMap {
  const map = out.generateDecodedMap({ hires: "boundary", source, includeContent: true });
  const [originals, lines] = [out.original, out.toString()].map((text) => text.split("\n")) as [
    string[],
    string[],
  ];
  const mappings = map.mappings.map((segments, row) =>
    segments.flatMap((segment, index) => {
      const [start, , line, column] = segment as [number, number, number, number];
      TOKEN.lastIndex = column;
      const token = TOKEN.exec(originals[line]!)?.[0] ?? "";
      if (!lines[row]!.startsWith(token, start)) return [[start] as [number]];
      const end = start + token.length;
      const next = segments[index + 1]?.[0] ?? lines[row]!.length;
      return end < next ? [segment, [end] as [number]] : [segment];
    }),
  );
  return new SourceMap({ ...map, mappings });
}
