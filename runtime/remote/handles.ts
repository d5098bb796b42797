import { forget } from "../call/call.ts";
import { mark } from "./key-checksum.ts";
import { about } from "../call/store-result.ts";
import type { Where } from "./flight.ts";
import { keyOf } from "./keys.ts";
import type { RemoteRefreshes } from "./refreshes.ts";
import type { RemoteRuns } from "./runs.ts";
import type { RemoteClient } from "./client.ts";
import type { Site } from "../call/cached-function.ts";

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

  async peek(it: Where): Promise<unknown> {
    const found = await this.#runs.find(it);
    return found && found.age < (it.site.options.swr ?? 0) ? found.value : undefined;
  }

  async state(it: Where): Promise<"fresh" | "stale" | "absent"> {
    const found = await this.#runs.find(it);
    if (!found) return "absent";
    if (found.age < 0) return "fresh";
    const { swr = 0, sie = 0 } = it.site.options;
    return found.age < Math.max(swr, sie) ? "stale" : "absent";
  }

  async invalidate(it: Where): Promise<boolean> {
    const inFlight = this.#drop(it);
    const key = keyOf(this.#client, it);
    // At once if it can be, so that who calls next looks anew.
    const was = await this.#invalidate(typeof key === "string" ? key : await key);
    return was || inFlight;
  }

  async #invalidate(key: string): Promise<boolean> {
    this.#client.dropLook(key);
    // Unseen from now on. A write that is on its way is refused, since its run began before.
    const onItsWay = this.#runs.writes.drop(key);
    const { driver } = this.#client;
    const was = await this.#client.ask("invalidate", () => driver.invalidate(key));
    // What was looked for meanwhile may have been there still.
    this.#client.lookAgain(key);
    return was || onItsWay;
  }

  #drop(it: Where): boolean {
    const isRefreshing = this.#refreshes.drop(it);
    return forget(it.site, it.place) || isRefreshing;
  }

  async prime(it: Where, value: unknown): Promise<void> {
    this.#drop(it);
    // Here the value is the caller's own, so what is wrong with it is the caller's to know.
    const item = await this.#runs.write(it, value);
    // What runs in another process began before, and is not to replace what is primed.
    await this.#invalidate(item.key);
    const { driver } = this.#client;
    const marked = { ...item, data: mark(item.key, item.data) };
    await this.#client.ask("set", () => driver.set([marked]));
    this.#client.lookAgain(item.key);
    it.site.counters.sets++;
    this.#client.events.emit("set", () => about(it));
  }

  async clear(site: Site): Promise<void> {
    site.clear();
    this.#refreshes.dropAll(site.head);
    this.#client.lookAgain();
    await this.#runs.writes.settled();
    const note = await this.#client.clearedKey(site.head);
    await this.#runs.clears.leave(note);
    await this.#client.clearPrefix(await this.#client.functionHead(site.head));
    this.#client.lookAgain();
  }
}
