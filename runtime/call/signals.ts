import { AbortGroup, signalOf, untilAborted, withSignal } from "./abort.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";
import { Call, settleFlight } from "./slow-path.ts";

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
export function withGroupSignal(call: Call, flight: Flight): Call {
  // A run that may be sync ends before a caller could leave, so it gets its arguments unchanged.
  const signal = call.cachedFn.givesPromises ? signalOf(call.inputs) : undefined;
  // The function itself handles a signal that is already aborted.
  if (!signal || signal.aborted) return call;
  const onEmpty = (): void => {
    flight.dropped = true;
    settleFlight(call, flight);
  };
  flight.abortGroup = new AbortGroup(onEmpty, signal);
  return withInputs(call, withSignal(call.inputs, flight.abortGroup.signal));
}

function withInputs(
  { cachedFn, fn, self, args, place, slots, tags, background, isPart }: Call,
  inputs: readonly unknown[],
): Call {
  const call = new Call(cachedFn, { fn, self, inputs, args });
  return Object.assign(call, { place, slots, tags, background, isPart });
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
  return withInputs(call, withSignal(call.inputs, new AbortController().signal));
}
