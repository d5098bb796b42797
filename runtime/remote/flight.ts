import type { Call } from "../call/slow-path.ts";
import { Flight } from "../call/flight.ts";
import { keepsOwnSignal } from "../call/signals.ts";
import { memoryTime } from "../platform/clock.ts";
import type { Read } from "./read-batch.ts";
import { tagRevisions } from "./tag-revisions.ts";

/** A run of a missing key, whose result goes to a store outside the process. */
export class RemoteFlight extends Flight {
  /** The start of the entry that the result replaces; `undefined` until it is known, and if the store failed. */
  start: string | undefined = undefined;
  /** The revisions of its tags when the run began. */
  revisions: string | undefined = undefined;
  /** When the run began, in the order of `RemoteClient.nextOrder`. */
  order: number = Infinity;
  /** The first run of a function of unknown type, which was started without a read. Calls of its key join it. */
  isFirst = false;
  /** When the run began, in the time of memory. */
  began = 0;
  /** When the read was sent that found the result of another process in place of a run, in the same order. */
  foundOrder: number = Infinity;
  /** Whether the run needs a lease, so that no other process runs the key at the same time. */
  isLeased: boolean;
  /** Resolves when the result is stored, once the run has ended. Rejects if the store fails. */
  written: Promise<void> | undefined = undefined;

  constructor({ cachedFn, place }: Pick<Call, "cachedFn" | "place">, isAlone: boolean) {
    super(place, cachedFn.tier, isAlone ? cachedFn.drops : undefined);
    this.isLeased = cachedFn.options.lock === "distributed";
  }

  /**
   * Whether a call may join the run: its key was not removed since the run began, in no process. That is so if the run
   * began after the call's read was sent, or if the store still has the entry that the result replaces.
   *
   * @param lag how long ago the run may have begun if the store does not answer, in milliseconds
   */
  isCurrentFor(read: Read, lag: number | undefined): boolean {
    if (this.order > read.batch.order) return true;
    if (read.error !== undefined) return this.beganWithin(lag);
    if (this.start === undefined || this.start !== read.entryStart) return false;
    return (
      this.revisions === undefined || (read.tags !== undefined && this.revisions === tagRevisions(read.tags))
    );
  }

  /** Whether the run began at most so many milliseconds ago. */
  beganWithin(lag: number = Infinity): boolean {
    return memoryTime() - this.began <= lag;
  }
}

/** Whether other calls cannot join the run of this one. */
export const isAlone = (call: Call): boolean => call.cachedFn.options.lock === "none" || keepsOwnSignal(call);
