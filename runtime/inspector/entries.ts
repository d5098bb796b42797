/** The entries of functions. */
import { headOf, idOf, keyTextAt } from "../call/key-text.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { templatesOf } from "../call/tags.ts";
import { valuesAt } from "../functions/invalidate-where.ts";
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
  const all = withInstances(functions).map(async ({ cachedFn, instance }) => {
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
        ...(instance !== undefined && { instance }),
        ...tagsAt(cachedFn, entry, key),
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

/** A function, or an instance with entries of its own. */
interface Holder {
  readonly cachedFn: CachedFunction;
  readonly instance?: number;
}

/** Functions, each with those of its instances that were called while somebody looked. */
export const withInstances = (functions: readonly LoadedFunction[]): readonly Holder[] =>
  functions.flatMap(({ cachedFn }) => [
    { cachedFn },
    ...[...recorder.instancesOf(idOf(cachedFn))].flatMap(([instance, each]) =>
      each.root === cachedFn ? [{ cachedFn: each, instance }] : [],
    ),
  ]);

/** The tags of an entry, as far as its key tells them, or its call was recorded. */
function tagsAt(
  cachedFn: CachedFunction,
  entry: number,
  key: string | undefined,
): Pick<EntryInfo, "tags"> | undefined {
  const { options, tier } = cachedFn;
  const recorded = key === undefined ? undefined : recorder.keyOf(cachedFn, key)?.tags;
  const values =
    recorded || !Array.isArray(options.tags) ? undefined : valuesAt(cachedFn, tier.placeAt(entry));
  const tags = recorded ?? (values && templatesOf(cachedFn)(values));
  return tags && { tags: tags };
}

/** The last entries on a store outside of memory that this process has stored, but for those with a copy in memory. */
async function storedElsewhere(cachedFn: CachedFunction, copies: readonly EntryInfo[]): Promise<EntryInfo[]> {
  const known = new Set(copies.map(({ key }) => key));
  const now = memoryTime();
  const kept = [...recorder.keysOf(cachedFn)].reverse();
  const last = kept.flatMap(([key, { expires = 0, evicted, tags }]) =>
    expires > now && !evicted && !known.has(key) ? [{ key, expires, tags }] : [],
  );
  const found = last.slice(0, MAX_READ).map(async ({ key, expires, tags }): Promise<EntryInfo[]> => {
    const place = keyPlaceOfText(key.slice(headOf(cachedFn).length, -1));
    // Others may have removed it.
    const state = await cachedFn.store!.remote!.state({ cachedFn, place, tags });
    const ttl = expires === Infinity ? null : (expires - now) / 1000;
    return state === "absent"
      ? []
      : [{ key, state, ttl, ...(tags && { tags }), value: undefined, args: argumentsIn(cachedFn, key) }];
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
  const isWhole = spec.parts.every(({ as, fields }) => !as && !fields) && !spec.omitted?.length;
  const hasAll = isWhole && !spec.multi && !spec.perInstance;
  if (!hasAll) return undefined;
  try {
    return JSON.parse(`[${key.slice(headOf(cachedFn).length, -1)}]`) as unknown[];
  } catch {
    return undefined;
  }
}
