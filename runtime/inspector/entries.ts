/** The entries of functions. */
import { headOf, idOf, keyTextAt } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { hashOf, keyPlaceOfText } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import type { LoadedFunction } from "./describe.ts";
import { mask } from "./mask.ts";
import { recorder } from "./record.ts";
import type { EntryInfo } from "./types.ts";

const MAX_ENTRIES = 200;
/** Entries that are read from a store. */
const MAX_READ = 20;

/** The entries of the functions of one id, at most {@link MAX_ENTRIES}, the last ones first. */
export async function entriesOf(functions: readonly LoadedFunction[], values: boolean): Promise<EntryInfo[]> {
  const all = functions.map(async ({ cachedFn }) => {
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
    return cachedFn.store?.remote ? [...found, ...(await storedElsewhere(cachedFn, found))] : found;
  });
  return (await Promise.all(all)).flat();
}

/** The last entries on a store outside of memory that this process has stored, but for those with a copy in memory. */
async function storedElsewhere(cachedFn: CachedFunction, copies: readonly EntryInfo[]): Promise<EntryInfo[]> {
  const known = new Set(copies.map(({ key }) => key));
  const now = memoryTime();
  const kept = [...recorder.keptBy(idOf(cachedFn))].reverse();
  const last = kept.filter(([key, expires]) => expires > now && !known.has(key)).slice(0, MAX_READ);
  const found = last.map(async ([key, expires]): Promise<EntryInfo[]> => {
    const place = keyPlaceOfText(key.slice(headOf(cachedFn).length, -1));
    // Others may have removed it.
    const state = await cachedFn.store!.remote!.state({ cachedFn, place });
    const ttl = expires === Infinity ? null : (expires - now) / 1000;
    return state === "absent"
      ? []
      : [{ key, state, ttl, value: undefined, args: argumentsIn(cachedFn, key) }];
  });
  // A store that is down answers nothing.
  return (await Promise.all(found).catch(() => [])).flat();
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
    keyTextAt(cachedFn, place) ?? (hash === undefined ? undefined : recorder.keyOfHash(idOf(cachedFn), hash))
  );
}

/** The arguments of a call, read from its key; `undefined` if the key does not hold all of them, or not as JSON. */
function argumentsIn(cachedFn: CachedFunction, key: string): readonly unknown[] | undefined {
  const { spec } = cachedFn;
  const hasAll = spec.parts.every(({ as, fields }) => !as && !fields) && !spec.omitted?.length && !spec.multi;
  if (!hasAll) return undefined;
  try {
    return JSON.parse(`[${key.slice(headOf(cachedFn).length, -1)}]`) as unknown[];
  } catch {
    return undefined;
  }
}
