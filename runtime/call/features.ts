/** The optional parts of the runtime, which emitted code enables where a function needs them. */
import type { SpecOptions } from "../contract/spec.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { Call } from "./slow-path.ts";
import type { Flight } from "./flight.ts";
import type { Store } from "./store.ts";

/** Runs that their callers can abort. */
export interface SignalFeature {
  /** Waits for a run in flight. If the caller's signal is aborted, only this caller leaves. */
  joinFlight(call: Call, flight: Flight): Promise<unknown>;
  /** The call with a signal that is aborted only when all callers of the flight have left. */
  withGroupSignal(call: Call, flight: Flight, onEmpty: () => void): Call;
  /** Whether the run keeps its caller's own signal, so that no other caller may join it. */
  keepsOwnSignal(call: Call): boolean;
  /** The call with a signal that is never aborted. */
  withoutSignal(call: Call): Call;
}

/** Answers from expired entries. */
export interface StaleFeature {
  /** Returns the stale value that `swr` allows, and starts a refresh in the background. */
  answerStale(call: Call, entry: number): unknown;
  /** Returns the stale value that `sie` allows instead of the error; throws the error if there is none. */
  answerFailedRun(call: Call, error: unknown): unknown;
}

/**
 * Features that only some functions need.
 *
 * Emitted code enables those that its functions need, `cached()` and `cacheOf()` enable all, and `configure()` enables
 * its own. So a bundle contains only the features that its functions use. A feature that is not enabled has no effect.
 */
export interface Features {
  signals: SignalFeature;
  stale: StaleFeature;
  /** Whether the option `skip` excludes a result from being stored. */
  isSkipped: (call: Call, value: unknown) => boolean;
  /** Returns what is stored instead of a value, so that a caller that changes its result changes no other caller's. */
  protect: (value: unknown, copy: SpecOptions["copy"]) => unknown;
  /** The store of a function: its own backend, else the configured default; `undefined` without either. */
  storeFor: (cachedFn: CachedFunction) => Store | undefined;
}

export const features: Partial<Features> = {};
