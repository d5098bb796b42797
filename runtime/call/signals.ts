import { AbortGroup, signalOf, untilAborted, withSignal } from "./abort.ts";
import type { Call } from "./slow-path.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";

/** Lets callers leave a run by an `AbortSignal`. */
export function enableSignals(): void {
  features.signals = { waitFor, withGroupSignal, keepsOwnSignal, withoutSignal, followOwner };
}

/** See `SignalFeature`. */
export function waitFor(
  { inputs }: Call,
  { abortGroup }: Flight,
  answer: Promise<unknown>,
): Promise<unknown> {
  const signal = signalOf(inputs);
  if (abortGroup) return abortGroup.join(answer, signal);
  return signal ? untilAborted(answer, signal) : answer;
}

/** See `SignalFeature`. */
export function withGroupSignal(call: Call, flight: Flight, onEmpty: () => void): Call {
  // A run that may be sync ends before a caller could leave, so it gets its arguments unchanged.
  const signal = call.cachedFn.givesPromises ? signalOf(call.inputs) : undefined;
  // The function itself handles a signal that is already aborted.
  if (!signal || signal.aborted) return call;
  flight.abortGroup = new AbortGroup(onEmpty, signal);
  return call.with(withSignal(call.inputs, flight.abortGroup.signal));
}

/** True where {@link withGroupSignal} leaves the caller's own signal in place. */
export function keepsOwnSignal({ cachedFn, inputs }: Call): boolean {
  if (cachedFn.spec.mode === "sync" || cachedFn.root.promises === false) return false;
  const signal = signalOf(inputs);
  return signal !== undefined && (signal.aborted || !cachedFn.givesPromises);
}

/** See `SignalFeature`. */
export function followOwner({ abortGroup }: Flight): void {
  abortGroup?.followOwner();
}

/** See `SignalFeature`. */
export function withoutSignal(call: Call): Call {
  return call.with(withSignal(call.inputs, new AbortController().signal));
}
