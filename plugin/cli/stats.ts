import { InputError, type ManifestSite } from "../../src/index.ts";
import { count } from "./io.ts";

/** What a running program has counted for one function, over its caches. */
export interface LiveStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly runs: number;
  /** Averages, in seconds. */
  readonly averageRun: number;
  readonly averageHit: number;
  readonly averageKey: number;
  /** Seconds. Negative if the cache is a loss. */
  readonly saved: number;
}

/** Metrics by their name without `aotcache_`. */
type Sums = Record<string, number>;

/**
 * Reads the figures of a running program from an address that serves `metrics()` of `aotcache/prometheus`.
 *
 * @returns the figures of a function; `undefined` if the program has not loaded it
 */
export async function readStats(
  address: string,
): Promise<(site: Pick<ManifestSite, "namespace" | "name">) => LiveStats | undefined> {
  const functions = new Map<string, Sums>();
  for (const [, metric, labels, value] of (await read(address)).matchAll(
    /^aotcache_(\w+)\{(.*)\} (\S+)$/gm,
  )) {
    if (metric!.endsWith("_bucket")) continue;
    const { function: name = "", namespace = "" } = labelsIn(labels!);
    const id = `${namespace}:${name}`;
    const sums = functions.get(id) ?? {};
    functions.set(id, sums);
    const earlier = sums[metric!] ?? 0;
    // A median cannot be added up.
    const isMedian = metric === "hit_seconds" || metric === "key_seconds";
    sums[metric!] = isMedian ? Math.max(earlier, Number(value)) : earlier + Number(value);
  }
  return ({ namespace, name }) => {
    const sums = functions.get(`${namespace}:${name}`);
    if (!sums) return undefined;
    const of = (metric: string): number => sums[metric] ?? 0;
    return {
      hits: of("hits_total"),
      misses: of("misses_total"),
      stale: of("stale_total"),
      runs: of("run_seconds_count"),
      averageRun: of("run_seconds_sum") / (of("run_seconds_count") || 1),
      averageHit: of("hit_seconds"),
      averageKey: of("key_seconds"),
      saved: of("saved_seconds"),
    };
  };
}

async function read(address: string): Promise<string> {
  let problem: string;
  try {
    const response = await fetch(address);
    const text = await response.text();
    if (response.ok && text.includes("aotcache_hits_total")) return text;
    problem = response.ok ? "it has no metrics of aotcache" : `it answered ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    problem = cause instanceof Error && cause.message !== "" ? cause.message : message;
  }
  throw new InputError(
    `no figures at ${address}: ${problem}. Serve metrics() of aotcache/prometheus there, and pass its address.`,
  );
}

const ESCAPED: Readonly<Record<string, string>> = { "\\\\": "\\", '\\"': '"', "\\n": "\n" };

function labelsIn(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries<string>(
    pairs.map(([, name, value]) => [name!, value!.replace(/\\./g, (pair) => ESCAPED[pair] ?? pair)]),
  );
}

/** `100 calls, 90 % hits; a run 3.1 ms, a hit 210 ns, its key 0 ns; saved 0.28 s`. */
export function formatStats(stats: LiveStats | undefined): string {
  if (!stats) return "the program has not loaded it";
  const { hits, misses, stale, averageRun, averageHit, averageKey, saved } = stats;
  const calls = hits + stale + misses;
  if (calls === 0) return "no calls";
  const old = stale > 0 ? ` (${stale} stale)` : "";
  const ratio = Math.round((100 * (hits + stale)) / calls);
  const times = `a run ${shownTime(averageRun)}, a hit ${shownTime(averageHit)}, its key ${shownTime(averageKey)}`;
  const result = saved < 0 ? `lost ${shownTime(-saved)}` : `saved ${shownTime(saved)}`;
  return `${count(calls, "call")}, ${ratio} % hits${old}; ${times}; ${result}`;
}

const UNITS = [
  ["ns", 1e9],
  ["µs", 1e6],
  ["ms", 1e3],
  ["s", 1],
] as const;

/** Seconds as a text with two digits. */
function shownTime(seconds: number): string {
  const [unit, factor] = UNITS.find(([, size]) => seconds * size < 1000) ?? UNITS[3];
  return `${Number((seconds * factor).toPrecision(2))} ${unit}`;
}
