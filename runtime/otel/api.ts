import { createRequire } from "node:module";
import { loadOptionalPeer } from "../platform/optional-peer.ts";

/** The used part of `@opentelemetry/api`, so that users of other entries need no types of it. */
export interface OtelApi {
  readonly context: {
    active(): Context;
    with<T>(context: Context, run: () => T): T;
  };
  readonly trace: {
    getTracer(name: string): Tracer;
    getSpan(context: Context): Span | undefined;
    setSpan(context: Context, span: Span): Context;
  };
  readonly metrics: { getMeter(name: string): Meter };
}

/** Passed on as it is. */
interface Context {
  getValue(key: symbol): unknown;
}

export type Attributes = Readonly<Record<string, string | number>>;

export interface Span {
  spanContext(): object;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(error: Error | string): void;
  end(): void;
}

interface SpanOptions {
  readonly attributes: Attributes;
  readonly root?: boolean;
  readonly links?: readonly { readonly context: object }[];
}

export interface Tracer {
  startSpan(name: string, options: SpanOptions, context: Context): Span;
}

interface MetricOptions {
  readonly description: string;
  readonly unit?: string;
  readonly advice?: { readonly explicitBucketBoundaries: readonly number[] };
}

/** Passed on as it is. */
type Observable = object;

interface ObservableResult {
  observe(metric: Observable, value: number, attributes: Attributes): void;
}

type ObservableCallback = (result: ObservableResult) => void;

export interface Meter {
  createObservableCounter(name: string, options: MetricOptions): Observable;
  createObservableGauge(name: string, options: MetricOptions): Observable;
  createHistogram(
    name: string,
    options: MetricOptions,
  ): { record(value: number, attributes: Attributes): void };
  addBatchObservableCallback(callback: ObservableCallback, metrics: readonly Observable[]): void;
  removeBatchObservableCallback(callback: ObservableCallback, metrics: readonly Observable[]): void;
}

/** `SpanStatusCode.ERROR`. */
export const ERROR_STATUS = 2;

/** @throws {CacheError} `peer-missing` */
export function loadApi(): OtelApi {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an `import` would be needed by every user
    return require("@opentelemetry/api") as OtelApi;
  } catch (cause) {
    const peer = { entry: "aotcache/otel", name: "@opentelemetry/api" };
    return loadOptionalPeer(
      peer,
      cause,
      () => createRequire(import.meta.url)("@opentelemetry/api") as OtelApi,
    );
  }
}
