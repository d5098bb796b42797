import { AbortGroup, signalOf, untilAborted, withSignal } from "./abort.ts";
import type { Call } from "./call.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";

/** Lets callers leave by an `AbortSignal`. */
export function enableSignals(): void {
  features.signals = { joinFlight, withGroupSignal, keepsOwnSignal, withoutSignal };
}

/** Waits for a run in flight; a caller who can be aborted leaves alone. */
export function joinFlight({ inputs }: Call, { promise, abortGroup }: Flight): Promise<unknown> {
  const signal = signalOf(inputs);
  if (abortGroup) return abortGroup.join(promise!, signal);
  return signal ? untilAborted(promise!, signal) : promise!;
}

/** The call with a signal that is aborted only when all have left who wait for it. */
export function withGroupSignal(call: Call, flight: Flight, abandon: () => void): Call {
  // What may be sync is over before anybody can leave, and gets its arguments as they are.
  const signal = call.cachedFn.givesPromises ? signalOf(call.inputs) : undefined;
  // One that is aborted already is for the function to see.
  if (!signal || signal.aborted) return call;
  flight.abortGroup = new AbortGroup(abandon);
  return call.with(withSignal(call.inputs, flight.abortGroup.signal));
}

/** Whether a run is not to be joined, since {@link withGroupSignal} leaves it its caller's own signal. */
export function keepsOwnSignal({ cachedFn, inputs }: Call): boolean {
  if (cachedFn.spec.mode === "sync" || cachedFn.root.promises === false) return false;
  const signal = signalOf(inputs);
  return signal !== undefined && (signal.aborted || !cachedFn.givesPromises);
}

/** The same call for nobody in particular: no caller can abort it. */
export function withoutSignal(call: Call): Call {
  return call.with(withSignal(call.inputs, new AbortController().signal));
}
