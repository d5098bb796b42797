import { noteRun } from "../batch/running.ts";
import { nameOfCacheFor } from "../cache/configure.ts";
import { features } from "../call/features.ts";
import type { Call } from "../call/slow-path.ts";
import { ERROR_STATUS, type Attributes, type OtelApi, type Span } from "./api.ts";

/** Makes a span of each run of a function; returns a function that ends it. */
export function registerSpans(api: OtelApi): () => void {
  const tracer = api.trace.getTracer("aotcache");

  const start = (call: Call): Span => {
    const parent = api.context.active();
    const caller = api.trace.getSpan(parent);
    // A run behind its caller may outlast the caller's span.
    const options = call.background
      ? { root: true, links: caller ? [{ context: caller.spanContext() }] : [] }
      : {};
    return tracer.startSpan(
      `run ${call.cachedFn.spec.id[1]}`,
      { attributes: attributesOf(call), ...options },
      parent,
    );
  };

  features.noteRun = (call) => {
    if (call.isPart || call.cachedFn.disabled) return noteRun(call);
    const span = start(call);
    let result: unknown;
    try {
      result = api.context.with(api.trace.setSpan(api.context.active(), span), () => noteRun(call));
    } catch (error) {
      end(span, { error });
      throw error;
    }
    if (result instanceof Promise)
      return result.then(
        (value: unknown) => {
          end(span);
          return value;
        },
        (error: unknown) => {
          end(span, { error });
          throw error;
        },
      );
    end(span);
    return result;
  };

  features.beginInlineRun = (call) => {
    const span = start(call);
    return (failure) => end(span, failure);
  };

  return () => {
    features.noteRun = noteRun;
    delete features.beginInlineRun;
  };
}

function end(span: Span, failure?: { readonly error: unknown }): void {
  if (failure) {
    const { error } = failure;
    const message = error instanceof Error ? error.message : String(error);
    span.recordException(error instanceof Error ? error : message);
    span.setStatus({ code: ERROR_STATUS, message });
  }
  span.end();
}

function attributesOf({ cachedFn, background, uncached }: Call): Attributes {
  const { at, id } = cachedFn.spec;
  const [, file, line] = /^(.*):(\d+)$/.exec(at ?? "") ?? [];
  return {
    "aotcache.namespace": id[0],
    "aotcache.function": id[1],
    "aotcache.cache": nameOfCacheFor(cachedFn),
    "aotcache.reason": background ?? (uncached ? "bypass" : "miss"),
    "code.function.name": id[1],
    ...(file !== undefined && { "code.file.path": file, "code.line.number": Number(line) }),
  };
}
