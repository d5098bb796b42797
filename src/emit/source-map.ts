/** Makes the source map of emitted code. */
import { SourceMap, type default as MagicString } from "magic-string";
import type { SourceMapObject } from "../compilation.ts";

/** What gets a segment of its own: a word, or any other character. */
const TOKEN = /\w+|[^]/y;

/**
 * Returns the map of an edited file. Original text maps to its place. Inserted text maps to no place: by default it
 * would belong to the text before it, and coverage would count its branches at the user's line. Text at the end of an
 * expression body does belong to that body: coverage needs the end of the function.
 *
 * @param source the file, relative to the map
 * @param bodyEnds offsets of the ends of expression bodies
 */
export function sourceMapOf(
  out: MagicString,
  source: string,
  bodyEnds: ReadonlySet<number>,
): SourceMapObject {
  const map = out.generateDecodedMap({ hires: "boundary", source, includeContent: true });
  const [originals, lines] = [out.original, out.toString()].map((text) => text.split("\n")) as [
    string[],
    string[],
  ];
  const lineStarts = [0];
  for (const { length } of originals) lineStarts.push(lineStarts.at(-1)! + length + 1);
  const mappings = map.mappings.map((segments, row) =>
    segments.flatMap((segment, index) => {
      const [start, , line, column] = segment as [number, number, number, number];
      TOKEN.lastIndex = column;
      const token = TOKEN.exec(originals[line]!)?.[0] ?? "";
      if (!lines[row]!.startsWith(token, start)) return [[start] as [number]];
      const end = start + token.length;
      const next = segments[index + 1]?.[0] ?? lines[row]!.length;
      const isBodyEnd = bodyEnds.has(lineStarts[line]! + column + token.length);
      return end < next && !isBodyEnd ? [segment, [end] as [number]] : [segment];
    }),
  );
  const { version, sources, sourcesContent, names, mappings: text } = new SourceMap({ ...map, mappings });
  return { version, sources, sourcesContent, names, mappings: text };
}
