import { dropFlight } from "../call/call.ts";
import { addChecksum } from "./key-checksum.ts";
import { eventInfo, type CallTarget } from "../call/store-result.ts";
import { storedKeyOf } from "./keys.ts";
import type { RemoteRefreshes } from "./refreshes.ts";
import type { RemoteRuns } from "./runs.ts";
import type { RemoteClient } from "./client.ts";
import type { CachedFunction } from "../call/cached-function.ts";

/** What the handles of functions do with the entries that these have in a store outside of this process. */
export class RemoteHandles {
  readonly #runs: RemoteRuns;
  readonly #refreshes: RemoteRefreshes;
  readonly #client: RemoteClient;

  constructor(runs: RemoteRuns, refreshes: RemoteRefreshes) {
    this.#runs = runs;
    this.#refreshes = refreshes;
    this.#client = runs.client;
  }

  async peek(it: CallTarget): Promise<unknown> {
    const found = await this.#runs.find(it);
    return found && found.age < (it.cachedFn.options.swr ?? 0) ? found.value : undefined;
  }

  async state(it: CallTarget): Promise<"fresh" | "stale" | "absent"> {
    const found = await this.#runs.find(it);
    if (!found) return "absent";
    if (found.age < 0) return "fresh";
    const { swr = 0, sie = 0 } = it.cachedFn.options;
    return found.age < Math.max(swr, sie) ? "stale" : "absent";
  }

  async invalidate(it: CallTarget): Promise<boolean> {
    const inFlight = this.#drop(it);
    const key = storedKeyOf(this.#client, it);
    // At once if it can be, so that who calls next looks anew.
    const was = await this.#invalidate(typeof key === "string" ? key : await key);
    return was || inFlight;
  }

  async #invalidate(key: string): Promise<boolean> {
    this.#client.dropRead(key);
    // Unseen from now on. A write that is on its way is refused, since its run began before.
    const onItsWay = this.#runs.writes.drop(key);
    const { driver } = this.#client;
    const was = await this.#client.request("invalidate", () => driver.invalidate(key));
    // What was looked for meanwhile may have been there still.
    this.#client.forgetReads(key);
    return was || onItsWay;
  }

  #drop(it: CallTarget): boolean {
    const isRefreshing = this.#refreshes.drop(it);
    return dropFlight(it.cachedFn, it.place) || isRefreshing;
  }

  async prime(it: CallTarget, value: unknown): Promise<void> {
    this.#drop(it);
    // Here the value is the caller's own, so what is wrong with it is the caller's to know.
    const item = await this.#runs.write(it, value);
    // What runs in another process began before, and is not to replace what is primed.
    await this.#invalidate(item.key);
    const { driver } = this.#client;
    const marked = { ...item, data: addChecksum(item.key, item.data) };
    await this.#client.request("set", () => driver.set([marked]));
    this.#client.forgetReads(item.key);
    it.cachedFn.counters.sets++;
    this.#client.events.emit("set", () => eventInfo(it));
  }

  async clear(cachedFn: CachedFunction): Promise<void> {
    cachedFn.clear();
    this.#refreshes.dropAll(cachedFn.head);
    this.#client.forgetReads();
    await this.#runs.writes.settled();
    const note = await this.#client.clearedKey(cachedFn.head);
    await this.#runs.clears.leave(note);
    await this.#client.clearPrefix(await this.#client.functionHead(cachedFn.head));
    this.#client.forgetReads();
  }
}
