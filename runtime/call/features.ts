import type { Call } from "./call.ts";
import type { Flight } from "./flight.ts";
import type { SpecOptions } from "../contract/spec.ts";
import type { CachedFunction } from "./cached-function.ts";
import type { Store } from "./store.ts";

/** What a run that its callers can abort needs. */
export interface SignalFeature {
  /** Waits for a run in flight; a caller who can be aborted leaves alone. */
  joinFlight(call: Call, flight: Flight): Promise<unknown>;
  /** The call with a signal that is aborted only when all have left who wait for it. */
  withGroupSignal(call: Call, flight: Flight, abandon: () => void): Call;
  /** Whether a run is not to be joined, since it keeps its caller's own signal. */
  keepsOwnSignal(call: Call): boolean;
  /** The same call for nobody in particular. */
  withoutSignal(call: Call): Call;
}

/** What older values need. */
export interface StaleFeature {
  /** Gives a value that `swr` still gives, and has it run anew. */
  answerStale(call: Call, entry: number): unknown;
  /** Gives a value that `sie` still gives in place of an error, which it throws if there is none. */
  answerFailedRun(call: Call, error: unknown): unknown;
}

/**
 * What only some functions need.
 *
 * Who needs one puts it in place: emitted code by what the compiler knows of a function, `cached()` and `cacheOf()`
 * all of them, `configure()` its own. So a bundle has what its functions use, and no more. Without one, what it would
 * do is not done: a value that no type has announced has no key, and its call runs.
 */
export interface Features {
  signals: SignalFeature;
  stale: StaleFeature;
  /** Whether the option `skip` is against keeping a result. */
  isSkipped: (call: Call, value: unknown) => boolean;
  /** What is kept in place of a value, so that a caller who changes what it was given changes nobody else's. */
  protect: (value: unknown, copy: SpecOptions["copy"]) => unknown;
  /** The store of a function: its own backend, else the configured default; undefined without either. */
  storeFor: (cachedFn: CachedFunction) => Store | undefined;
}

export const features: Partial<Features> = {};
