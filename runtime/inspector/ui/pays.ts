/** Whether caches pay, in sentences. */
import type { FunctionInfo, InspectedStats } from "../types.ts";
import { h } from "./dom.ts";
import { count, seconds } from "./format.ts";

/** Calls without a hit after which a cache is a loss. */
const MANY_MISSES = 100;

const hasNoHit = ({ hits, stale, misses }: InspectedStats): boolean =>
  hits + stale === 0 && misses >= MANY_MISSES;

/** Whether a function is slower with its cache. */
export const isLoss = (stats: InspectedStats): boolean =>
  hasNoHit(stats) || (stats.saved < 0 && stats.averageHit > 0);

/** Whether the cache of a function makes it faster, in a sentence. */
export function doesItPay(stats: InspectedStats): string {
  const { runs, hits, stale, misses, averageRun, averageHit, averageKey, saved } = stats;
  if (runs === 0) return "Not known: the function has not run.";
  const run = `A run takes ${seconds(averageRun)}`;
  if (hasNoHit(stats)) return `No: none of ${count(misses)} calls was a hit. ${run}.`;
  if (hits + stale === 0) return `Not yet: no call was a hit. ${run}.`;
  if (averageHit === 0) return `Not known yet: no hit was measured. ${run}.`;
  const key = averageKey > 0 ? `, ${seconds(averageKey)} of it for the key` : "";
  const both = `${run}, a hit ${seconds(averageHit)}${key}`;
  return saved < 0
    ? `No: it has cost ${seconds(-saved)}. ${both}.`
    : `Yes: it has saved ${seconds(saved)}. ${both}.`;
}

/** What all caches have saved, and the functions that are slower with theirs. */
export function summaryOf(functions: readonly FunctionInfo[]): Node[] {
  const saved = functions.reduce((sum, { stats }) => sum + stats.saved, 0);
  const losses = functions.filter(({ stats }) => isLoss(stats));
  const total =
    saved < 0
      ? `All caches together have cost ${seconds(-saved)}.`
      : `All caches together have saved ${seconds(saved)}.`;
  const links = losses.flatMap(({ id, name }, index) => [
    index > 0 ? ", " : " ",
    h("a", { href: `#/f/${encodeURIComponent(id)}` }, name),
  ]);
  return [
    h("span", {}, total),
    losses.length > 0
      ? h("span", { class: "loss" }, " Slower with the cache:", ...links, ".")
      : h("span", {}, " No function is known to be slower with its cache."),
  ];
}
