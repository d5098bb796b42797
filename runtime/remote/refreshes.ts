import { keyTextAt } from "../call/key-text.ts";
import { runInBackground } from "../cache/configure.ts";
import type { Call } from "../call/slow-path.ts";
import { isLost, replaceLost } from "../call/refresh.ts";
import { areRetriesPaused, pauseRetries } from "../call/retry.ts";
import { withoutSignal } from "../call/signals.ts";
import type { CallTarget } from "../call/store-result.ts";
import { RemoteFlight } from "./flight.ts";
import type { Read } from "./read-batch.ts";
import type { RemoteRuns } from "./runs.ts";
import { inLaterTurn } from "../platform/real-timers.ts";

/** Runs that refresh stale values in the background. */
export class RemoteRefreshes {
  readonly #runs: RemoteRuns;
  readonly #flights = new Map<string, RemoteFlight>();

  constructor(runs: RemoteRuns) {
    this.#runs = runs;
  }

  /** Starts the refresh of a key unless one is running: in this process or, with a lease, in any. */
  start(call: Call, read: Read): void {
    const key = keyTextAt(call.cachedFn, call.place)!;
    const earlier = this.#flights.get(key);
    if ((earlier && !isLost(earlier)) || areRetriesPaused(call)) return;
    const runs = this.#runs;
    const flight = new RemoteFlight(call, false);
    if (earlier) replaceLost(earlier, flight);
    const { ahead, lock } = call.cachedFn.options;
    // No caller waits for the lease. Where a store has none, each process refreshes its own.
    if (ahead !== undefined && lock !== "none") flight.isLeased = runs.client.isAtomic;
    this.#flights.set(key, flight);
    const run = new Promise<void>((resolve) => {
      // As a macrotask, so that the synchronous part of the function does not delay the caller.
      const run = withoutSignal(call);
      run.background = "refresh";
      inLaterTurn(() => {
        const running = this.#run(run, flight, read);
        flight.promise = running;
        resolve(running);
      });
    })
      .catch((error: unknown) => {
        pauseRetries(call);
        runs.report(call, error, "the refresh of a stale value failed");
      })
      .finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      });
    // At once: a platform may forget the timer as soon as the caller has its answer.
    runInBackground(run);
  }

  async #run(call: Call, flight: RemoteFlight, read: Read): Promise<void> {
    // If the store fails, nothing runs: no caller waits, and without a lock every process would run the function.
    const begun = await this.#runs.begin(call, flight, read);
    if (!begun || "found" in begun) return;
    try {
      await this.#runs.settle(call, flight, this.#runs.start(call, flight, begun), begun);
    } catch (error) {
      call.cachedFn.counters.errors++;
      this.#runs.end(begun, flight);
      throw error;
    }
  }

  /** The result of a key's running refresh is not stored; true if there is one. */
  drop({ cachedFn, place }: CallTarget): boolean {
    const flight = this.#flights.get(keyTextAt(cachedFn, place)!);
    if (flight) flight.dropped = true;
    return flight !== undefined;
  }

  /** Like {@link drop}, for all keys of a function. */
  dropAll(head: string): void {
    for (const [key, flight] of this.#flights) if (key.startsWith(head)) flight.dropped = true;
  }
}
