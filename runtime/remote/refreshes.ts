import { withoutSignal } from "../call/signals.ts";
import type { Call } from "../call/call.ts";
import { runInBackground } from "../cache/configure.ts";
import type { CallTarget } from "../call/store-result.ts";
import { RemoteFlight } from "./flight.ts";
import type { Lease } from "./lease.ts";
import type { RemoteRuns } from "./runs.ts";

/** Runs behind the callers of stale values. */
export class RemoteRefreshes {
  readonly #runs: RemoteRuns;
  readonly #flights = new Map<string, RemoteFlight>();

  constructor(runs: RemoteRuns) {
    this.#runs = runs;
  }

  /** Runs once behind all callers; with a distributed lock, once among all processes. */
  start(it: Call): void {
    const key = it.cachedFn.keyTextAt(it.place);
    if (this.#flights.has(key)) return;
    const runs = this.#runs;
    const flight = new RemoteFlight(it, { began: performance.now(), cleared: runs.generation });
    this.#flights.set(key, flight);
    // A macrotask: what of the function is not async would otherwise run before the caller gets on.
    setTimeout(() => {
      const run = this.#run(withoutSignal(it), flight)
        .catch((error: unknown) => runs.report(it, error, "a refresh behind a stale value failed"))
        .finally(() => this.#flights.delete(key));
      runInBackground(run);
    }, 0);
  }

  async #run(it: Call, flight: RemoteFlight): Promise<void> {
    let lease: Lease | undefined;
    if (it.cachedFn.options.lock === "distributed") {
      // Without the lock every process would run it, and nobody waits: the old value stays.
      const taken = await this.#runs.takeLease(it, flight);
      if (taken && "found" in taken) return;
      lease = taken?.lease;
    }
    try {
      const began = performance.now();
      const result = Promise.resolve(it.run());
      await this.#runs.settle(it, { flight, result, began, lease });
    } catch (error) {
      it.cachedFn.counters.errors++;
      void lease?.release();
      throw error;
    }
  }

  /** Lets the result of a key's refresh not be kept; true if there is one. */
  drop({ cachedFn, place }: CallTarget): boolean {
    const flight = this.#flights.get(cachedFn.keyTextAt(place));
    if (flight) flight.dropped = true;
    return flight !== undefined;
  }

  /** The same for all of a function. */
  dropAll(head: string): void {
    for (const [key, flight] of this.#flights) if (key.startsWith(head)) flight.dropped = true;
  }
}
