/** The entries of functions in memory. */
import type { CachedFunction } from "../call/cached-function.ts";
import { hashOf } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import type { LoadedFunction } from "./describe.ts";
import { mask } from "./mask.ts";
import { recorder } from "./record.ts";
import type { EntryInfo } from "./types.ts";

const MAX_ENTRIES = 200;

/** The entries of the functions of one id, at most {@link MAX_ENTRIES}, the last ones first. */
export function entriesOf(functions: readonly LoadedFunction[], values: boolean): EntryInfo[] {
  return functions.flatMap(({ cachedFn }) => {
    const found: EntryInfo[] = [];
    const { tier, options } = cachedFn;
    const now = memoryTime();
    const grace = Math.max(options.swr ?? 0, options.sie ?? 0);
    for (const entry of entryNumbers(cachedFn)) {
      if (found.length === MAX_ENTRIES) break;
      const left = tier.expires[entry]! - now;
      if (left + grace <= 0) continue;
      const key = keyAt(cachedFn, entry);
      found.push({
        key,
        state: left > 0 ? "fresh" : "stale",
        ttl: left === Infinity ? null : left / 1000,
        args: key === undefined ? undefined : argumentsIn(cachedFn, key),
        value: mask(tier.valueAt(entry), values),
      });
    }
    return found;
  });
}

/** The numbers of the entries of a function, the last ones first. */
export function* entryNumbers({ tier }: CachedFunction): Generator<number> {
  for (let entry = tier.expires.length - 1; entry > 0; entry--)
    // A free number is found by no key.
    if (tier.size > 0 && tier.find(tier.placeAt(entry)) === entry) yield entry;
}

/** The key of an entry; `undefined` if memory has only its hash. */
export function keyAt(cachedFn: CachedFunction, entry: number): string | undefined {
  const place = cachedFn.tier.placeAt(entry);
  const hash = hashOf(place);
  return (
    cachedFn.keyTextAt(place) ?? (hash === undefined ? undefined : recorder.keyOfHash(cachedFn.id, hash))
  );
}

/** The arguments of a call, read from its key; `undefined` if the key does not hold all of them, or not as JSON. */
function argumentsIn({ spec, head }: CachedFunction, key: string): readonly unknown[] | undefined {
  const hasAll = spec.parts.every(({ as, fields }) => !as && !fields) && !spec.omitted?.length && !spec.multi;
  if (!hasAll) return undefined;
  try {
    return JSON.parse(`[${key.slice(head.length, -1)}]`) as unknown[];
  } catch {
    return undefined;
  }
}
