import type { Call } from "../call/call.ts";
import { Flight } from "../call/flight.ts";
import { keepsOwnSignal } from "../call/signals.ts";

/** What was true when a run was wanted. */
export interface Start {
  /** When its caller began to wait, by `performance.now()`. */
  readonly began: number;
  /** How often the whole cache had been cleared. */
  readonly cleared: number;
}

/** A run of a cold key, whose result goes to a store outside of this process. */
export class RemoteFlight extends Flight {
  readonly began: number;
  readonly cleared: number;

  constructor(it: Call, { began, cleared }: Start) {
    const { cachedFn } = it;
    super(it.place, cachedFn.tier, isAlone(it) ? cachedFn.drops : undefined);
    this.began = began;
    this.cleared = cleared;
  }
}

/** Whether nobody joins the run of a call. */
export const isAlone = (it: Call): boolean => it.cachedFn.options.lock === "none" || keepsOwnSignal(it);
