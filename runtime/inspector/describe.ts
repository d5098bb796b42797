/** The cached functions that are known, with their counters. */
import { idOf } from "../call/key-text.ts";
import { nameOfCacheFor } from "../cache/configure.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { pragmaOptions } from "../contract/pragma-options.ts";
import { cacheOf, type AnyFunction, type FunctionStats } from "../functions/handle.ts";
import { cachedFunctionOf } from "../functions/link.ts";
import { rememberedFunctions } from "../functions/registry.ts";
import { memoryTime } from "../platform/clock.ts";
import { storeWords, type StoreInWords } from "../contract/words.ts";
import { withInstances } from "./entries.ts";
import type { ExtraInfo, FunctionInfo, InspectedStats } from "./types.ts";

/** A function of a manifest, as `aotcache list --json` and the option `manifest` of the plugins write it. */
export interface ManifestFunction {
  readonly id: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly key: string;
  readonly options: Readonly<Record<string, string | number | undefined>>;
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  readonly extras?: readonly ExtraInfo[];
  readonly store: StoreInWords;
}

/** A function of this process. There are several of one id if its module was evaluated again. */
export interface LoadedFunction {
  readonly fn: AnyFunction;
  readonly cachedFn: CachedFunction;
}

/** The functions of this process by their id, the newest last. */
export function loadedFunctions(): ReadonlyMap<string, readonly LoadedFunction[]> {
  const byId = new Map<string, LoadedFunction[]>();
  const seen = new Set<CachedFunction>();
  for (const fn of rememberedFunctions()) {
    const cachedFn = cachedFunctionOf(fn);
    // Functions with the option `one` share that of their batch function.
    if (!cachedFn || seen.has(cachedFn)) continue;
    seen.add(cachedFn);
    byId.set(idOf(cachedFn), [...(byId.get(idOf(cachedFn)) ?? []), { fn, cachedFn }]);
  }
  return byId;
}

/** All functions: those of this process, and those that only the manifest has. */
export function describeAll(manifest: readonly ManifestFunction[]): FunctionInfo[] {
  const loaded = loadedFunctions();
  const listed = new Map(manifest.map((each) => [each.id, each]));
  const names = new Set(manifest.map(({ id }) => withoutVersion(id)));
  return [
    ...[...loaded]
      // An earlier version of a function that was edited since.
      .filter(([id]) => listed.has(id) || !names.has(withoutVersion(id)))
      .map(([id, functions]) => describeLoaded(functions, listed.get(id))),
    ...[...listed.values()].filter(({ id }) => !loaded.has(id)).map(describeListed),
  ].sort((one, other) => compare(one.file ?? "", other.file ?? "") || (one.line ?? 0) - (other.line ?? 0));
}

const withoutVersion = (id: string): string => id.slice(0, id.lastIndexOf("@"));

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Describes the functions of one id. */
export function describeLoaded(
  functions: readonly LoadedFunction[],
  listed: ManifestFunction | undefined,
): FunctionInfo {
  const { cachedFn } = functions.at(-1)!;
  const { spec, options } = cachedFn;
  const id = idOf(cachedFn);
  const [, file = spec.at, line] = /^(.*):(\d+)$/.exec(spec.at ?? "") ?? [];
  const { copy, backend: _, serializer, ahead = 0, ...others } = options;
  const { ttl, swr } = options;
  return {
    id,
    name: spec.id[1],
    file: listed?.file ?? file,
    line: listed?.line ?? (line === undefined ? undefined : Number(line)),
    options: pragmaOptions({
      ...others,
      // `refresh` became a shorter ttl and a longer swr when the function was bound.
      ...(ahead > 0 && typeof ttl === "number" && { ttl: ttl + ahead, refresh: ttl / (ttl + ahead) }),
      ...(ahead > 0 && { swr: swr! > ahead ? swr! - ahead : undefined }),
      // Otherwise it is what fits the environment.
      ...(spec.options?.copy && { copy }),
      ...(serializer !== undefined && { serializer: serializerName(serializer) }),
    }),
    key: `${id}(${keyInWords(cachedFn)})`,
    extras: listed?.extras ?? extrasOf(cachedFn),
    omitted: (spec.omitted ?? []).map(([name, why]) => ({ name, why })),
    backend: spec.perInstance ? storeWords({ kind: "instance" }) : nameOfCacheFor(cachedFn),
    loaded: true,
    stats: statsOf(functions),
  };
}

const extrasOf = ({ spec }: CachedFunction): ExtraInfo[] =>
  spec.parts.flatMap(({ name, type, as }) =>
    as === "extra" ? [{ name, type, from: name.startsWith("this.") ? "this" : "capture" }] : [],
  );

const serializerName = (serializer: unknown): string =>
  typeof serializer === "string" ? serializer : (serializer as { name: string }).name;

function keyInWords({ spec, root }: CachedFunction): string {
  const names = spec.parts.flatMap(({ name, type, as }) => {
    if (name === "...") return root.parameterNames?.().map((each) => each || "{…}") ?? ["…"];
    return `${as === "extra" ? "; " : ""}${name}${type === undefined ? "" : `: ${type}`}`;
  });
  return names.join(", ").replaceAll(", ;", ";");
}

function describeListed({
  id,
  name,
  file,
  line,
  key,
  options,
  extras = [],
  omitted,
  store,
}: ManifestFunction): FunctionInfo {
  const known = Object.entries(options).filter(
    (each): each is [string, string | number] => each[1] !== undefined,
  );
  return {
    ...{ id, name, file, line, key, extras, omitted },
    options: Object.fromEntries(known),
    backend: store.alias ?? storeWords(store),
    loaded: false,
    stats: NO_STATS,
  };
}

const NO_STATS: InspectedStats = {
  ...{ hits: 0, nearHits: 0, misses: 0, stale: 0, errors: 0, bypassed: 0, evictions: 0, sets: 0, runs: 0 },
  ...{
    inFlight: 0,
    entries: 0,
    hitRatio: 0,
    averageRun: 0,
    averageHit: 0,
    averageKey: 0,
    saved: 0,
    bytes: 0,
  },
};

/** The counters of the functions of one id, together. */
export function statsOf(functions: readonly LoadedFunction[]): InspectedStats {
  const all = functions.map(({ fn }) => cacheOf(fn).stats());
  const tiers = withInstances(functions).map(({ cachedFn }) => cachedFn);
  const ages = tiers.map(oldest).filter((age) => age !== undefined);
  return {
    ...(all.length === 1 ? all[0]! : all.reduce(sum)),
    entries: tiers.reduce((entries, { tier }) => entries + tier.size, 0),
    bytes: tiers.reduce((bytes, { tier }) => bytes + (tier.account?.bytes ?? 0), 0),
    ...(ages.length > 0 && { age: Math.max(...ages) }),
  };
}

function sum(one: FunctionStats, other: FunctionStats): FunctionStats {
  const total = Object.fromEntries(
    Object.entries(one).map(([name, value]) => [
      name,
      (value as number) + other[name as keyof FunctionStats],
    ]),
  ) as unknown as FunctionStats;
  const answered = total.hits + total.stale;
  const mean = (name: "averageRun" | "averageHit" | "averageKey", weight: "runs" | "hits"): number =>
    total[weight] === 0 ? 0 : (one[name] * one[weight] + other[name] * other[weight]) / total[weight];
  return {
    ...total,
    hitRatio: answered / (answered + total.misses || 1),
    averageRun: mean("averageRun", "runs"),
    averageHit: mean("averageHit", "hits"),
    averageKey: mean("averageKey", "hits"),
  };
}

/** The most entries that are looked at. */
const MAX_AGED = 1000;

/** The age of the oldest entry in seconds; `undefined` if the ttl does not tell when an entry was stored. */
function oldest({ options, tier, store }: CachedFunction): number | undefined {
  const ttl = options.ttl ?? store?.ttlMs;
  if (typeof ttl !== "number" || ttl === Infinity || options.jitter || tier.size === 0) return undefined;
  let soonest = Infinity;
  for (let entry = 1; entry < Math.min(tier.expires.length, MAX_AGED); entry++)
    if (tier.expires[entry]! > 0) soonest = Math.min(soonest, tier.expires[entry]!);
  return soonest === Infinity ? undefined : Math.max(0, ttl - (soonest - memoryTime())) / 1000;
}
