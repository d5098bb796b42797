import { BUCKETS } from "../call/histogram.ts";
import { features } from "../call/features.ts";
import { METRICS, RUN_METRIC } from "../telemetry/metrics.ts";
import { labelsFor, readSeries } from "../telemetry/series.ts";
import type { Meter, OtelApi } from "./api.ts";

/** Shows the counters as metrics; returns a function that ends it. */
export function registerMetrics(api: OtelApi): () => void {
  const meter: Meter = api.metrics.getMeter("aotcache");
  const shown = METRICS.map((metric) => {
    const { name, type, help, unit } = metric;
    const options = { description: help, ...(unit && { unit }) };
    const observable =
      type === "counter"
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options);
    return { ...metric, observable };
  });
  const observables = shown.map(({ observable }) => observable);
  const observe: Parameters<Meter["addBatchObservableCallback"]>[0] = (result) => {
    for (const series of readSeries())
      for (const { observable, read } of shown)
        result.observe(observable, read(series), { ...series.labels });
  };
  meter.addBatchObservableCallback(observe, observables);
  const histogram = meter.createHistogram(RUN_METRIC.name, {
    description: RUN_METRIC.help,
    unit: RUN_METRIC.unit,
    advice: { explicitBucketBoundaries: [...BUCKETS] },
  });
  features.ran = (cachedFn, seconds) => histogram.record(seconds, { ...labelsFor(cachedFn) });
  return () => {
    meter.removeBatchObservableCallback(observe, observables);
    delete features.ran;
  };
}
