import { headOf } from "../call/key-text.ts";
import { dropFlight } from "../call/slow-path.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { stateAt } from "../call/stale.ts";
import type { CallTarget } from "../call/store-result.ts";
import { prependText } from "../codec/bytes.ts";
import type { RemoteClient } from "./client.ts";
import { newStart } from "./key-checksum.ts";
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
    return found ? stateAt(target.cachedFn.options, found.age) : "absent";
  }

  async invalidate(target: CallTarget): Promise<boolean> {
    const wasInFlight = this.#drop(target);
    const key = await storedKeyOf(this.#client, target);
    const { driver } = this.#client;
    // True also if another process runs the function: then there was a placeholder.
    const [wasStored] = await this.#client.request("invalidate", () => driver.delete([key]));
    return wasStored === true || wasInFlight;
  }

  #drop(target: CallTarget): boolean {
    const isRefreshing = this.#refreshes.drop(target);
    return dropFlight(target.cachedFn, target.place) || isRefreshing;
  }

  async prime(target: CallTarget, value: unknown, fresh: number): Promise<void> {
    this.#drop(target);
    // The value comes from the caller, so an error of its encoding rejects and is not an event.
    const tags = target.tags && (await this.#runs.tags.forRun(target, await this.#runs.read(target)));
    const { key, content, ttl } = await this.#runs.encode(target, value, fresh, tags);
    const item = { key, data: prependText(newStart(key), content), ttl };
    await this.#client.request("set", () => this.#client.driver.set([item]));
    target.cachedFn.counters.sets++;
    this.#client.emitCall("set", target);
  }

  async clear(cachedFn: CachedFunction): Promise<void> {
    cachedFn.clear();
    this.#refreshes.dropAll(headOf(cachedFn));
    await this.#client.clearPrefix(await this.#client.functionPrefix(headOf(cachedFn)));
  }
}
