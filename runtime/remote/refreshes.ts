import { runInBackground } from "../cache/configure.ts";
import type { Call } from "../call/slow-path.ts";
import { withoutSignal } from "../call/signals.ts";
import { runFlight } from "../call/single-flight.ts";
import type { CallTarget } from "../call/store-result.ts";
import { RemoteFlight } from "./flight.ts";
import type { Lease } from "./lease.ts";
import type { RemoteRuns } from "./runs.ts";
import { inLaterTurn, performance } from "../platform/real-timers.ts";

/** Runs that refresh stale values in the background. */
export class RemoteRefreshes {
  readonly #runs: RemoteRuns;
  readonly #flights = new Map<string, RemoteFlight>();

  constructor(runs: RemoteRuns) {
    this.#runs = runs;
  }

  /** Starts the refresh of a key unless one is running: in this process or, with a distributed lock, in any. */
  start(call: Call): void {
    const key = call.cachedFn.keyTextAt(call.place);
    if (this.#flights.has(key)) return;
    const runs = this.#runs;
    const flight = new RemoteFlight(call, { began: performance.now(), cleared: runs.generation });
    this.#flights.set(key, flight);
    // As a macrotask, so that the synchronous part of the function does not delay the caller.
    inLaterTurn(() => {
      const run = this.#run(withoutSignal(call), flight)
        .catch((error: unknown) => runs.report(call, error, "the refresh of a stale value failed"))
        .finally(() => this.#flights.delete(key));
      runInBackground(run);
    });
  }

  async #run(call: Call, flight: RemoteFlight): Promise<void> {
    let lease: Lease | undefined;
    if (call.cachedFn.options.lock === "distributed") {
      // If the lock fails, nothing runs: no caller waits, and without a lock every process would run the function.
      const taken = await this.#runs.takeLease(call, flight);
      if (taken && "found" in taken) return;
      lease = taken?.lease;
    }
    try {
      const began = performance.now();
      const result = runFlight(call, flight);
      await this.#runs.settle(call, { flight, result, began, lease });
    } catch (error) {
      call.cachedFn.counters.errors++;
      void lease?.release();
      throw error;
    }
  }

  /** The result of a key's running refresh is not stored; true if there is one. */
  drop({ cachedFn, place }: CallTarget): boolean {
    const flight = this.#flights.get(cachedFn.keyTextAt(place));
    if (flight) flight.dropped = true;
    return flight !== undefined;
  }

  /** Like {@link drop}, for all keys of a function. */
  dropAll(head: string): void {
    for (const [key, flight] of this.#flights) if (key.startsWith(head)) flight.dropped = true;
  }
}
