import { Party, signalOf, untilAborted, withSignal } from "./abort.ts";
import type { Call } from "./call.ts";
import { features } from "./features.ts";
import type { Flight } from "./flight.ts";

/** Lets callers leave by an `AbortSignal`. */
export function signals(): void {
  features.signals = { join, gather, isItsCallers, unaborted };
}

/** Waits for a run in flight; a caller who can be aborted leaves alone. */
export function join({ inputs }: Call, { promise, party }: Flight): Promise<unknown> {
  const signal = signalOf(inputs);
  if (party) return party.join(promise!, signal);
  return signal ? untilAborted(promise!, signal) : promise!;
}

/** The call with a signal that is aborted only when all have left who wait for it. */
export function gather(it: Call, flight: Flight, abandon: () => void): Call {
  // What may be sync is over before anybody can leave, and gets its arguments as they are.
  const signal = it.site.givesPromises ? signalOf(it.inputs) : undefined;
  // One that is aborted already is for the function to see.
  if (!signal || signal.aborted) return it;
  flight.party = new Party(abandon);
  return it.with(withSignal(it.inputs, flight.party.signal));
}

/** Whether a run is not to be joined, since {@link gather} leaves it its caller's own signal. */
export function isItsCallers({ site, inputs }: Call): boolean {
  if (site.spec.mode === "sync" || site.root.promises === false) return false;
  const signal = signalOf(inputs);
  return signal !== undefined && (signal.aborted || !site.givesPromises);
}

/** The same call for nobody in particular: no caller can abort it. */
export function unaborted(it: Call): Call {
  return it.with(withSignal(it.inputs, new AbortController().signal));
}
