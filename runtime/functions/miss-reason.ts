/** Why a call finds no entry. */
import type { CachedFunction } from "../call/cached-function.ts";
import { features } from "../call/features.ts";
import { formatDuration } from "../contract/duration.ts";
import type { KeyPlace } from "../memory/trie.ts";
import { memoryTime } from "../platform/clock.ts";
import { valuesAt } from "./invalidate-where.ts";
import { type ComparableTexts, comparableTexts } from "./key-parts.ts";
import { cachedFunctionOf } from "./link.ts";
import { rememberedFunctions } from "./registry.ts";

/** A part of a key, or a property of one, that is another one in the nearest entry. */
export interface Difference {
  /** `filter.city` for a property. */
  readonly name: string;
  readonly text: string;
  readonly nearest: string;
}

/** Why a call found no entry that could answer it. */
export interface MissReason {
  /**
   * - `expired`, `evicted`, `invalidated`: what became of the entry of this key. The last two are known only while an
   *   inspector records.
   * - `not-kept`: a run of this key stored nothing: it failed, `skip` excludes its result, or it has not ended.
   * - `version`: there is an entry of the same arguments under another version of the function.
   * - `different`: the function has entries, of other keys.
   * - `first`: no entry of the function is known.
   */
  readonly why: "expired" | "evicted" | "invalidated" | "not-kept" | "version" | "different" | "first";
  /** The reason in a sentence. */
  readonly text: string;
  /** For `different`: the parts of the key, and properties of them, that are other ones in the nearest entry. */
  readonly differs?: readonly Difference[];
}

/** The most entries among which the nearest is looked for. */
const MAX_COMPARED = 200;

/** A key without an entry. */
export interface MissingKey {
  readonly place: KeyPlace | undefined;
  readonly text: string | undefined;
  readonly parts: ComparableTexts;
}

/** What became of the entry of a key; `undefined` if none is known. */
export function fateOf(cachedFn: CachedFunction, { place, text }: MissingKey): MissReason | undefined {
  const { tier, store } = cachedFn;
  const entry = place ? tier.find(place) : -1;
  const known = entry < 0 && text !== undefined ? features.history?.find(cachedFn, text) : undefined;
  const expires = entry < 0 ? known?.expires : tier.expires[entry];
  if (expires !== undefined && expires <= memoryTime())
    return { why: "expired", text: `its entry expired ${ago(memoryTime() - expires)} ago` };
  if (!known) return undefined;
  if (known.evicted) return { why: "evicted", text: "its entry was evicted" };
  if (expires === undefined)
    return {
      why: "not-kept",
      text: "its run stored nothing: it failed, was skipped, or is running",
    };
  return {
    why: "invalidated",
    text: `its entry was invalidated${store?.remote ? `, or removed by ${store.remote.name}` : ""}`,
  };
}

/** Why a call with this key finds nothing. */
export function missReason(cachedFn: CachedFunction, key: MissingKey): MissReason {
  return fateOf(cachedFn, key) ?? missOfUnknown(cachedFn, key);
}

/** Why a call finds nothing whose key had no entry that is known. */
export function missOfUnknown(
  cachedFn: CachedFunction,
  { place, parts }: MissingKey,
  keys: readonly ComparableTexts[] = knownKeys(cachedFn),
): MissReason {
  const version = otherVersion(cachedFn, place);
  if (version !== undefined)
    return {
      why: "version",
      text: `the entry of these arguments has version ${version}: the function or a type changed`,
    };
  const differs = nearest(parts, keys);
  if (!differs) return { why: "first", text: "no entry of the function is known" };
  const texts = differs.map(({ name, text, nearest: other }) => `\`${name}\`, ${text} instead of ${other}`);
  return { why: "different", text: `the nearest entry differs in ${texts.join(", and in ")}`, differs };
}

/** The other version of a function that has an entry at a place. */
function otherVersion(cachedFn: CachedFunction, place: KeyPlace | undefined): string | undefined {
  const [namespace, name, version] = cachedFn.spec.id;
  if (!place) return undefined;
  for (const fn of rememberedFunctions()) {
    const other = cachedFunctionOf(fn);
    if (!other || other.depth !== cachedFn.depth) continue;
    const { id } = other.spec;
    if (id[0] === namespace && id[1] === name && id[2] !== version && other.tier.find(place) >= 0)
      return id[2];
  }
  return undefined;
}

/** How the nearest key differs: the first one with the fewest other properties. */
function nearest(parts: ComparableTexts, keys: readonly ComparableTexts[]): MissReason["differs"] {
  return keys
    .map((others) =>
      Object.keys({ ...parts, ...others })
        .map((name) => ({ name, text: parts[name] ?? "nothing", nearest: others[name] ?? "nothing" }))
        .filter(({ text, nearest }) => text !== nearest),
    )
    .sort((a, b) => a.length - b.length)
    .find(([first]) => first);
}

/**
 * The parts of keys that have an entry in memory, and of those that were recorded.
 *
 * @param order the number of an event: leaves out entries that were stored later
 */
export function knownKeys(cachedFn: CachedFunction, order?: number): ComparableTexts[] {
  const { tier } = cachedFn;
  const keys = [...(features.history?.keptKeys(cachedFn, order) ?? [])];
  for (let entry = 1; entry < tier.expires.length && keys.length < MAX_COMPARED; entry++) {
    const place = tier.placeAt(entry);
    const values = tier.find(place) === entry ? valuesAt(cachedFn, place) : undefined;
    if (values && !features.history?.isLater(cachedFn, place, order))
      keys.push(comparableTexts(cachedFn, values));
  }
  return keys;
}

/** A length of time in one unit, rounded. */
function ago(ms: number): string {
  const unit = [86_400_000, 3_600_000, 60_000, 1000].find((each) => ms >= each) ?? 1;
  return formatDuration(Math.max(1, Math.round(ms / unit)) * unit);
}
