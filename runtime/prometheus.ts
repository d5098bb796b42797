/** `aotcache/prometheus`: the counters of all functions and caches for Prometheus. */
import { BUCKETS } from "./call/histogram.ts";
import { enableMeter } from "./call/meter.ts";
import { METRICS, RUN_METRIC } from "./telemetry/metrics.ts";
import { readSeries, type Labels, type Series } from "./telemetry/series.ts";

// From here on, runs are measured.
enableMeter();

/** The content type of {@link metrics}. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Returns the counters of all cached functions and caches of the process, in Prometheus's text format.
 *
 * Runs are measured from the import of this module on. Functions without a call have zeros. At most 1,000 functions have
 * series of their own, with the labels `function`, `namespace` and `cache`; the others are counted together, as
 * `(others)`. An empty `function` has the keys of a cache's own.
 *
 * @example
 * const respond = () => new Response(metrics(), { headers: { "content-type": contentType } });
 */
export function metrics(): string {
  const all = readSeries().map((series) => ({ series, labels: labelText(series.labels) }));
  const blocks = METRICS.map(({ name, type, help, read }) =>
    block(type === "counter" ? `${name}_total` : name, type, help, (metric) =>
      all.map(({ series, labels }) => `${metric}{${labels}} ${read(series)}`),
    ),
  );
  const runs = block(RUN_METRIC.name, "histogram", RUN_METRIC.help, (metric) =>
    all.flatMap(({ series, labels }) => histogramLines(metric, labels, series)),
  );
  return [...blocks, runs].join("");
}

function block(name: string, type: string, help: string, lines: (metric: string) => string[]): string {
  const metric = name.replaceAll(".", "_");
  return [`# HELP ${metric} ${help}`, `# TYPE ${metric} ${type}`, ...lines(metric), ""].join("\n");
}

function histogramLines(metric: string, labels: string, { runs }: Series): string[] {
  let sum = 0;
  const buckets = BUCKETS.map((bound, index) => [bound, (sum += runs.counts[index]!)] as const);
  return [
    ...buckets.map(([bound, count]) => `${metric}_bucket{${labels},le="${bound}"} ${count}`),
    `${metric}_bucket{${labels},le="+Inf"} ${runs.count}`,
    `${metric}_sum{${labels}} ${runs.sum}`,
    `${metric}_count{${labels}} ${runs.count}`,
  ];
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value as string)}"`)
    .join(",");

const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

const escape = (text: string): string => text.replace(/[\\"\n]/g, (char) => ESCAPED[char]!);
