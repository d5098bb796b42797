import { dropFlight } from "../call/slow-path.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { eventInfo, type CallTarget } from "../call/store-result.ts";
import type { RemoteClient } from "./client.ts";
import { addChecksum } from "./key-checksum.ts";
import { storedKeyOf } from "./keys.ts";
import type { RemoteRefreshes } from "./refreshes.ts";
import type { RemoteRuns } from "./runs.ts";

/** The operations of `cacheOf(fn)` on results in a store outside the process. */
export class RemoteHandles {
  readonly #runs: RemoteRuns;
  readonly #refreshes: RemoteRefreshes;
  readonly #client: RemoteClient;

  constructor(runs: RemoteRuns, refreshes: RemoteRefreshes) {
    this.#runs = runs;
    this.#refreshes = refreshes;
    this.#client = runs.client;
  }

  async peek(target: CallTarget): Promise<unknown> {
    const found = await this.#runs.find(target);
    return found && found.age < (target.cachedFn.options.swr ?? 0) ? found.value : undefined;
  }

  async state(target: CallTarget): Promise<"fresh" | "stale" | "absent"> {
    const found = await this.#runs.find(target);
    if (!found) return "absent";
    if (found.age < 0) return "fresh";
    const { swr = 0, sie = 0 } = target.cachedFn.options;
    return found.age < Math.max(swr, sie) ? "stale" : "absent";
  }

  async invalidate(target: CallTarget): Promise<boolean> {
    const wasInFlight = this.#drop(target);
    const key = storedKeyOf(this.#client, target);
    // Without an `await` if the key is known, so that the next call already sends a new read.
    const wasStored = await this.#invalidate(typeof key === "string" ? key : await key);
    return wasStored || wasInFlight;
  }

  async #invalidate(key: string): Promise<boolean> {
    this.#client.dropRead(key);
    // Calls no longer see a pending write. The store refuses it, because its run began before the invalidation.
    const wasPending = this.#runs.writes.drop(key);
    const { driver } = this.#client;
    const wasStored = await this.#client.request("invalidate", () => driver.invalidate(key));
    // Reads that began meanwhile may have found the old entry.
    this.#client.forgetReads(key);
    return wasStored || wasPending;
  }

  #drop(target: CallTarget): boolean {
    const isRefreshing = this.#refreshes.drop(target);
    return dropFlight(target.cachedFn, target.place) || isRefreshing;
  }

  async prime(target: CallTarget, value: unknown): Promise<void> {
    this.#drop(target);
    // The value comes from the caller, so an error of its encoding rejects and is not an event.
    const item = await this.#runs.encode(target, value);
    // The result of a run in another process, which began earlier, must not replace the primed value.
    await this.#invalidate(item.key);
    const { driver } = this.#client;
    const stored = { ...item, data: addChecksum(item.key, item.data) };
    await this.#client.request("set", () => driver.set([stored]));
    this.#client.forgetReads(item.key);
    target.cachedFn.counters.sets++;
    this.#client.events.emit("set", () => eventInfo(target));
  }

  async clear(cachedFn: CachedFunction): Promise<void> {
    cachedFn.clear();
    this.#refreshes.dropAll(cachedFn.head);
    this.#client.forgetReads();
    await this.#runs.writes.settled();
    const marker = await this.#client.clearMarkerKey(cachedFn.head);
    await this.#runs.clearMarkers.leave(marker);
    await this.#client.clearPrefix(await this.#client.functionPrefix(cachedFn.head));
    this.#client.forgetReads();
  }
}
