import type { Call } from "../call/slow-path.ts";
import { Flight } from "../call/flight.ts";
import { keepsOwnSignal } from "../call/signals.ts";

/** The state when a call wanted a run. */
export interface FlightStart {
  /** When the caller began to wait, by `performance.now()`. */
  readonly began: number;
  /** How often the whole cache had been cleared. */
  readonly cleared: number;
}

/** A run of a missing key, whose result goes to a store outside the process. */
export class RemoteFlight extends Flight {
  readonly began: number;
  readonly cleared: number;

  constructor(call: Call, { began, cleared }: FlightStart) {
    const { cachedFn } = call;
    super(call.place, cachedFn.tier, isAlone(call) ? cachedFn.drops : undefined);
    this.began = began;
    this.cleared = cleared;
  }
}

/** Whether other calls cannot join the run of this one. */
export const isAlone = (call: Call): boolean => call.cachedFn.options.lock === "none" || keepsOwnSignal(call);
