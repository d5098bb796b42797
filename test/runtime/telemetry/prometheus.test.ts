/** `aotcache/prometheus`, read by a parser of the text format. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { cached, cacheOf, configure, memory } from "aotcache";
import { keyv } from "aotcache/keyv";
import { metrics } from "aotcache/prometheus";
import { collectGarbage } from "../../support/garbage.ts";
import { installed } from "../../support/installed.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: string;
}
let parse: (text: string) => readonly { readonly name: string; readonly metrics: readonly Sample[] }[];
beforeAll(async () => {
  const { require } = await installed("prometheus", ["parse-prometheus-text-format@1"]);
  parse = require("parse-prometheus-text-format") as typeof parse;
});

/** The samples of a metric. Without their types, the parser leaves the parts of a histogram as they are. */
const samplesOf = (metric: string): readonly Sample[] =>
  parse(metrics().replace(/^# TYPE .* histogram$/gm, "")).flatMap(({ name, metrics: samples }) =>
    name === metric ? samples : [],
  );
const sample = (metric: string, name: string): Sample | undefined =>
  samplesOf(metric).find(({ labels }) => labels?.["function"] === name);
const valueOf = (metric: string, name: string): number => Number(sample(metric, name)?.value);

describe("metrics()", () => {
  it("has the counters of each function, by function, namespace and cache", async () => {
    const far = keyv(new Map());
    configure({ backends: { far } });
    const load = cached(async (n: number) => n, { name: "load", namespace: "shop", backend: "far" });
    await load(1);
    await load(1);
    expect(sample("aotcache_hits_total", "load")).toEqual({
      labels: { function: "load", namespace: "shop", cache: "far" },
      value: "1",
    });
    expect(valueOf("aotcache_misses_total", "load")).toBe(1);
    configure({ backends: {} });
  });

  it("has zeros for a function without a call", () => {
    cached((n: number) => n, { name: "never" });
    expect(valueOf("aotcache_hits_total", "never")).toBe(0);
    expect(valueOf("aotcache_run_seconds_count", "never")).toBe(0);
  });

  it("has a histogram of runs", () => {
    let time = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => time);
    const slow = cached((n: number) => void (time += n), { name: "slow" });
    for (const ms of [3, 30, 30_000, 3]) slow(ms);
    now.mockRestore();
    const buckets = samplesOf("aotcache_run_seconds_bucket").flatMap(({ labels, value }) =>
      labels?.["function"] === "slow" ? [[labels["le"], Number(value)]] : [],
    );
    expect(Object.fromEntries(buckets)).toMatchObject({ 0.001: 0, 0.005: 1, 0.05: 2, 10: 2, "+Inf": 3 });
    expect(valueOf("aotcache_run_seconds_count", "slow")).toBe(3);
    expect(valueOf("aotcache_run_seconds_sum", "slow")).toBeCloseTo(30.033);
  });

  it("has the keys of caches, and entries", async () => {
    const own = memory({ namespace: "own" });
    configure({ backends: { own } });
    const fn = cached((n: number) => n, { name: "onOwn", backend: own });
    fn(1);
    await own.set("key", 1);
    await own.get("key");
    const onOwn = (metric: string) =>
      samplesOf(metric).flatMap(({ labels, value }) =>
        labels?.["cache"] === "own" ? [[labels["namespace"], labels["function"], value]] : [],
      );
    expect(onOwn("aotcache_hits_total")).toContainEqual(["own", "", "1"]);
    expect(onOwn("aotcache_entries")).toEqual([
      ["uncompiled", "onOwn", "1"],
      ["own", "", "1"],
    ]);
    configure({ backends: {} });
  });

  it("escapes labels", () => {
    const namespace = 'a\\b"c\nd\u{1f600}';
    cached((n: number) => n, { name: "odd", namespace })(1);
    expect(metrics()).toContain(
      'aotcache_misses_total{function="odd",namespace="a\\\\b\\"c\\nd\u{1f600}",cache="memory"} 1\n',
    );
    expect(sample("aotcache_misses_total", "odd")?.labels?.["namespace"]).toBe(namespace);
  });

  it("is one series for functions of one name, and never goes back when one of them is gone", async () => {
    const call = (): void => {
      cached((n: number) => n, { name: "again" })(1);
    };
    call();
    call();
    expect(valueOf("aotcache_misses_total", "again")).toBe(2);
    const before = valueOf("aotcache_run_seconds_count", "again");
    await collectGarbage();
    call();
    expect(valueOf("aotcache_misses_total", "again")).toBe(3);
    expect(valueOf("aotcache_run_seconds_count", "again")).toBe(before + 1);
    expect(metrics().match(/aotcache_misses_total\{function="again"/g)).toHaveLength(1);
  });

  it("tells what a function saves", () => {
    const fn = cached((n: number) => n, { name: "saves" });
    for (let n = 0; n < 200; n++) fn(1);
    const { saved, averageHit } = cacheOf(fn).stats();
    expect(valueOf("aotcache_saved_seconds", "saves")).toBe(saved);
    expect(valueOf("aotcache_hit_seconds", "saves")).toBe(averageHit);
  });

  it("is bounded, whatever functions a program makes", () => {
    for (let n = 0; n < 1100; n++) cached((x: number) => x, { name: `made${String(n)}` })(1);
    expect(samplesOf("aotcache_misses_total").length).toBeLessThan(1010);
    expect(valueOf("aotcache_misses_total", "(others)")).toBeGreaterThanOrEqual(100);
  });
});
