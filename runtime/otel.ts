/** `aotcache/otel`: metrics, and spans of runs, through OpenTelemetry. */
import { enableMeter } from "./call/meter.ts";
import { CacheError } from "./contract/errors.ts";
import { loadApi } from "./otel/api.ts";
import { registerMetrics } from "./otel/meters.ts";
import { registerSpans } from "./otel/spans.ts";
import { shared } from "./platform/shared.ts";

/** Options of {@link otel}. */
export interface OtelOptions {
  /** Whether to show counters, gauges and the durations of runs. Default: `true`. */
  metrics?: boolean;
  /** Whether to make a span of each run. Default: `true`. */
  spans?: boolean;
}

const current = /* @__PURE__ */ shared("otel", (): { stop?: () => void } => ({}));

/**
 * Shows the counters of all cached functions and caches as metrics, and makes a span of each run of a function: a child
 * of the caller's span or, for runs behind the caller, a root with a link to it. A hit makes no span.
 *
 * Call it once, after the SDK has started. Another call replaces the first.
 *
 * @returns a function that ends it
 * @throws {CacheError} `peer-missing` without `@opentelemetry/api`; `option-unknown`.
 * @example
 * sdk.start();
 * otel();
 */
export function otel(options: OtelOptions = {}): () => void {
  for (const name of Object.keys(options)) {
    if (name === "metrics" || name === "spans") continue;
    throw new CacheError("option-unknown", `otel() has no option \`${name}\`; it takes metrics and spans.`);
  }
  const { metrics = true, spans = true } = options;
  const api = loadApi();
  current.stop?.();
  enableMeter();
  const stops = [...(metrics ? [registerMetrics(api)] : []), ...(spans ? [registerSpans(api)] : [])];
  const stop = (): void => {
    if (current.stop !== stop) return;
    delete current.stop;
    for (const each of stops) each();
  };
  return (current.stop = stop);
}
