import type { RemoteClient } from "./client.ts";
import { asMicrotask, performance } from "../platform/real-timers.ts";

/**
 * Milliseconds for which a check stores an empty entry under the marker's key. Nothing reads it: only whether the
 * driver accepts it matters.
 */
const MARKER_TTL_MS = 1;

interface PendingCheck {
  /** When the run began, by `performance.now()`. */
  readonly began: number;
  readonly resolve: (isCurrent: boolean | Promise<boolean>) => void;
}

/**
 * Tells writers whether their function was cleared while it ran. `clear()` leaves a marker for them: an invalidation
 * of a key that belongs to the function.
 *
 * Concurrent checks of one function share a request, which asks for the oldest run.
 */
export class ClearMarkers {
  readonly #client: RemoteClient;
  /** By the key of the marker. */
  readonly #pending = new Map<string, PendingCheck[]>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /** Whether a function was not cleared since a run began. Rejects if the store fails. */
  isCurrent(key: string, began: number): Promise<boolean> {
    return new Promise((resolve) => {
      const check: PendingCheck = { began, resolve };
      const others = this.#pending.get(key);
      if (others) others.push(check);
      else {
        this.#pending.set(key, [check]);
        asMicrotask(() => void this.#checkAll(key));
      }
    });
  }

  /** Leaves the marker of a clear. */
  async leave(key: string): Promise<void> {
    await this.#client.request("clear", () => this.#client.driver.invalidate(key));
  }

  /** Sends one check after the other until none is pending. */
  async #checkAll(key: string): Promise<void> {
    for (let checks = this.#take(key); checks.length > 0; checks = this.#take(key)) {
      const oldest = this.#check(key, Math.min(...checks.map(({ began }) => began)));
      // If the oldest run was cleared, younger ones may not have been.
      const isShared = checks.length === 1 || (await oldest.catch(() => true));
      for (const { began, resolve } of checks) resolve(isShared ? oldest : this.#check(key, began));
      await oldest.catch(() => undefined);
    }
    this.#pending.delete(key);
  }

  #take(key: string): PendingCheck[] {
    const checks = this.#pending.get(key) ?? [];
    this.#pending.set(key, []);
    return checks;
  }

  #check(key: string, began: number): Promise<boolean> {
    const marker = { key, data: "", ttl: MARKER_TTL_MS };
    const age = (): number => performance.now() - began;
    const send = (): Promise<boolean> => this.#client.driver.setIfCurrent(marker, age());
    return this.#client.request("set", send, { closing: true });
  }
}
