/**
 * Returns the known word nearest to a misspelt one, or `undefined` if none is near enough: the distance is at most a
 * third of the word's length, and at least 1 is allowed. An edit inserts, drops or changes a letter or swaps two
 * neighbours (Damerau-Levenshtein distance, optimal string alignment). Ignores case.
 *
 * @example
 * suggest("tll", ["ttl", "swr"]);           // "ttl"
 * suggest("Nmaespace", ["ttl", "namespace"]); // "namespace"
 * suggest("colour", ["ttl", "swr"]);        // undefined
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [nearest, least] = [candidate, edits];
  }
  return nearest;
}

/** Returns the number of edits that turn one word into the other. See {@link suggest} for the edits. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        edits = Math.min(edits, beforeLast[column - 2]! + 1);
      }
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length]!;
}
