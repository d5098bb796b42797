/** `aotcache/otel` with the SDK of OpenTelemetry. */
import { readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheOf, configure } from "aotcache";
import { keyv } from "aotcache/keyv";
import { otel } from "aotcache/otel";
import { metrics } from "aotcache/prometheus";
import { installed, makeRequirable } from "../../support/installed.ts";
import { thrown } from "../../support/caught.ts";

interface ReadSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly { readonly name: string }[];
  readonly links: readonly { readonly context: { readonly spanId: string } }[];
  readonly parentSpanContext?: { readonly spanId: string };
  spanContext(): { readonly spanId: string };
}
interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

type Recursive = typeof import("../../support/recursive.ts");

let missing: unknown;
let api: any;
let spans: { getFinishedSpans(): readonly ReadSpan[]; reset(): void };
let reader: any;
let serializer: any;
let stop: () => void;
beforeAll(async () => {
  missing = thrown(() => otel());
  const names = ["sdk-metrics", "sdk-trace-base", "context-async-hooks"];
  const exporter = "@opentelemetry/exporter-prometheus@0";
  const packages = ["@opentelemetry/api@1", exporter, ...names.map((name) => `@opentelemetry/${name}@2`)];
  const { folder, require } = await installed("opentelemetry", packages);
  makeRequirable(folder);
  api = require("@opentelemetry/api");
  const trace = require("@opentelemetry/sdk-trace-base");
  const sdk = require("@opentelemetry/sdk-metrics");
  const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
  spans = new trace.InMemorySpanExporter();
  const spanProcessors = [new trace.SimpleSpanProcessor(spans)];
  api.trace.setGlobalTracerProvider(new trace.BasicTracerProvider({ spanProcessors }));
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  serializer = new (require("@opentelemetry/exporter-prometheus").PrometheusSerializer)();
  reader = new (class extends sdk.MetricReader {
    async onForceFlush(): Promise<void> {}
    async onShutdown(): Promise<void> {}
  })();
  api.metrics.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [reader] }));
});
beforeEach(() => {
  stop = otel();
  spans.reset();
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

/** Runs something as a span of a caller; returns its id. */
async function asCaller(run: () => unknown): Promise<string> {
  const tracer = api.trace.getTracer("test");
  return tracer.startActiveSpan("caller", async (span: any) => {
    await run();
    span.end();
    return span.spanContext().spanId;
  });
}
const named = (name: string): readonly ReadSpan[] =>
  spans.getFinishedSpans().filter((span) => span.name === name);

async function pointOf(metric: string, name: string): Promise<unknown> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope: any) => scope.metrics)
    .find(({ descriptor }: any) => descriptor.name === metric)
    ?.dataPoints.find(({ attributes }: Point) => attributes["function"] === name)?.value;
}

it("says what to install where the API is missing", () => {
  expect(missing).toMatchObject({
    code: "peer-missing",
    message: "aotcache/otel needs @opentelemetry/api; install it with `npm install @opentelemetry/api`.",
  });
});

it("refuses an unknown option", () => {
  expect(() => otel({ trace: true } as object)).toThrow("it takes metrics and spans");
});

describe("metrics", () => {
  it("have the counters of each function, and the durations of its runs", async () => {
    const load = cached(async (n: number) => n, { name: "counted", namespace: "shop" });
    for (const n of [1, 1, 2]) await load(n);
    expect(await pointOf("aotcache.hits", "counted")).toBe(1);
    expect(await pointOf("aotcache.misses", "counted")).toBe(2);
    expect(await pointOf("aotcache.entries", "counted")).toBe(2);
    expect(await pointOf("aotcache.run.seconds", "counted")).toMatchObject({
      count: 2,
      buckets: { boundaries: expect.arrayContaining([0.0001, 10]) },
    });
  });

  it("end when they are stopped", async () => {
    const load = cached(async (n: number) => n, { name: "stopped" });
    for (const n of [1, 1]) await load(n);
    expect(await pointOf("aotcache.hits", "stopped")).toBe(1);
    stop();
    for (const n of [1, 2]) await load(n);
    expect(await pointOf("aotcache.hits", "stopped")).toBe(1);
    expect(await pointOf("aotcache.run.seconds", "stopped")).toMatchObject({ count: 1 });
  });
});

describe("the dashboard for Grafana", () => {
  const { panels, templating } = JSON.parse(
    readFileSync(new URL("../../../runtime/telemetry/grafana.json", import.meta.url), "utf8"),
  ) as { panels: unknown; templating: unknown };
  const queried = [...new Set(JSON.stringify([panels, templating]).match(/\baotcache_\w+/g))];
  const namesIn = (text: string): string[] => text.match(/^aotcache_\w+(?=\{)/gm) ?? [];

  it("queries only what Prometheus and OpenTelemetry have", async () => {
    await cached(async (n: number) => n, { name: "shown" })(1);
    const { resourceMetrics } = await reader.collect();
    const exported = namesIn(serializer.serialize(resourceMetrics));
    expect(queried.length).toBeGreaterThan(10);
    expect(queried.filter((name) => !exported.includes(name))).toEqual([]);
    expect(queried.filter((name) => !namesIn(metrics()).includes(name))).toEqual([]);
    expect([...new Set(namesIn(metrics()))].sort()).toEqual([...new Set(exported)].sort());
  });
});

describe("a run", () => {
  it("is a child of the caller's span and the parent of what it does; a hit has no span", async () => {
    const tracer = api.trace.getTracer("test");
    const load = cached(
      async (n: number) => {
        await turn();
        tracer.startSpan("inner").end();
        return n;
      },
      { name: "load", namespace: "shop" },
    );
    const caller = await asCaller(() => load(1));
    await asCaller(() => load(1));
    const [run, ...others] = named("run load");
    expect(others).toEqual([]);
    expect(run!.parentSpanContext?.spanId).toBe(caller);
    expect(named("inner")[0]!.parentSpanContext?.spanId).toBe(run!.spanContext().spanId);
    expect(run!.attributes).toEqual({
      "aotcache.namespace": "shop",
      "aotcache.function": "load",
      "aotcache.cache": "memory",
      "aotcache.reason": "miss",
      "code.function.name": "load",
    });
  });

  it("records its error", async () => {
    const fail = cached(async (_: number) => Promise.reject(new Error("down")), { name: "fail" });
    await expect(fail(1)).rejects.toThrow("down");
    const sync = cached(
      (_: number) => {
        throw new RangeError("far");
      },
      { name: "sync" },
    );
    expect(() => sync(1)).toThrow("far");
    for (const [name, message] of [
      ["run fail", "down"],
      ["run sync", "far"],
    ] as const) {
      const [run] = named(name);
      expect(run!.status).toEqual({ code: 2, message });
      expect(run!.events.map((event) => event.name)).toEqual(["exception"]);
    }
  });

  it("that refreshes an old value is a root, with a link to the caller's span", async () => {
    vi.useFakeTimers({ now: 0, toFake: ["Date", "performance"] });
    const load = cached(async (n: number) => n, { name: "old", ttl: 1, swr: 60 });
    await load(1);
    vi.setSystemTime(2000);
    spans.reset();
    const caller = await asCaller(() => load(1));
    await vi.waitFor(() => expect(named("run old")).toHaveLength(1));
    const [run] = named("run old");
    expect(run!.parentSpanContext).toBeUndefined();
    expect(run!.links.map(({ context }) => context.spanId)).toEqual([caller]);
    expect(run!.attributes["aotcache.reason"]).toBe("refresh");
  });

  it("is one span for all callers that wait for it", async () => {
    const load = cached(async (n: number) => turn(n), { name: "shared" });
    await Promise.all([load(1), load(1)]);
    expect(named("run shared")).toHaveLength(1);
  });

  it("of a batch is one span, whatever ids are missing", async () => {
    const load = cached(async (ids: number[]) => ids.map((id) => id * 2), { name: "batch", multi: "ids" });
    await load([1, 2, 3]);
    spans.reset();
    await load([1, 2, 3, 4, 5]);
    expect(named("run batch")).toHaveLength(1);
  });

  it("on a store is a span, also without a key", async () => {
    const far = keyv(new Map());
    configure({ backends: { far } });
    const load = cached(async (_: unknown) => 1, { name: "far", backend: "far" });
    const caller = await asCaller(async () => load(1));
    await load(() => 1);
    expect(named("run far").map(({ attributes }) => attributes["aotcache.reason"])).toEqual([
      "miss",
      "bypass",
    ]);
    expect(named("run far")[0]!.parentSpanContext?.spanId).toBe(caller);
    expect(named("run far")[0]!.attributes["aotcache.cache"]).toBe("far");
    configure({ backends: {} });
  });

  it("of a compiled sync function is a span, within its caller", async () => {
    const { declared } = (await import("../../support/recursive.ts?compiled" as string)) as Recursive;
    const caller = await asCaller(() => declared(2, 1));
    const runs = named("run declared");
    expect(runs).toHaveLength(3);
    expect(runs.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([caller, caller, caller]);
    expect(runs[0]!.attributes).toMatchObject({
      "code.file.path": "test/support/recursive.ts",
      "code.line.number": 4,
    });
  });

  it("has no span once it is stopped, or while caching is off", async () => {
    vi.stubEnv("AOTCACHE_DISABLE", "1");
    configure({});
    const load = cached(async (n: number) => n, { name: "off" });
    await load(1);
    vi.unstubAllEnvs();
    configure({});
    stop();
    await load(1);
    expect(named("run off")).toEqual([]);
    expect(cacheOf(load).stats().runs).toBe(1);
  });
});
