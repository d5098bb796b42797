import type { AbortSignalLike } from "../call/abort.ts";
import { within } from "../platform/deadline.ts";
import type { RemoteClient } from "./client.ts";

/** Milliseconds between two looks of one who waits for another process: more each time, up to the second one. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 50;

/** Parts of a lease after which it is renewed. */
const RENEWALS = 3;

/** What waiting for a lease came to: the lease, or another process's result. */
export type Taken<T> = { readonly lease: Lease } | { readonly found: T };

/** How a lease is waited for. */
interface LeaseWait<T> {
  /** What is stored now; `undefined` if nothing; rejects if the store fails. */
  readonly look: () => Promise<T | undefined>;
  /** Milliseconds for what is asked of the store at a time. */
  readonly timeout: number;
  /** Milliseconds of that which are left for the first time. */
  readonly left: number;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The leases of this process on one store. */
export class Leases {
  readonly #client: RemoteClient;
  /** By its token, what may be in the store though nobody holds it, since the store did not answer; until when. */
  readonly #orphans = new Map<string, { readonly key: string; readonly until: number }>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /**
   * Waits until this process may run a key, or until another one that did has stored the result.
   *
   * As long as the holder renews, its run is waited for as one in this process is. A holder that died is
   * succeeded when its lease ends, by one of those who wait. Rejects if the store fails; gives nothing when
   * nobody waits any more.
   */
  async take<T>(key: string, { look, timeout, left, signal }: LeaseWait<T>): Promise<Taken<T> | undefined> {
    const { driver, options } = this.#client;
    const token = crypto.randomUUID();
    let end = performance.now() + left;
    const inTime = <A>(ask: (timeout: number) => Promise<A>): Promise<A> => {
      const rest = Math.max(end - performance.now(), 1);
      return within(rest, driver.name, ask(rest));
    };
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      const acquire = (): Promise<boolean> => driver.acquire(key, token, options.lease);
      const mine = await inTime((rest) => this.#client.request("lock", acquire, { timeout: rest })).catch(
        (error: unknown) => {
          // It may have been taken all the same, and the answer be late.
          void this.release(key, token);
          throw error;
        },
      );
      const lease = mine
        ? new Lease(this.#client, () => this.release(key, token), { key, token })
        : undefined;
      try {
        // Also with the lease: another process may have stored its result between the look and the lease.
        const found = await inTime(look);
        if (found !== undefined) void lease?.release();
        if (found !== undefined) return { found };
      } catch (error) {
        void lease?.release();
        throw error;
      }
      if (lease) return { lease };
      if (signal?.aborted) return undefined;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (signal?.aborted) return undefined;
      end = performance.now() + timeout;
    }
  }

  /** Lets the next one run. What fails here is tried once more when the store is well, or ends with the lease. */
  async release(key: string, token: string): Promise<void> {
    const until = performance.now() + this.#client.options.lease;
    await this.#sendRelease(key, token).catch(() => this.#orphans.set(token, { key, until }));
  }

  /** Gives back what could not be given back while the store failed. */
  releaseOrphans(): void {
    if (this.#orphans.size === 0) return;
    const orphans = [...this.#orphans];
    this.#orphans.clear();
    for (const [token, { key, until }] of orphans) {
      if (performance.now() < until) void this.#sendRelease(key, token).catch(() => undefined);
    }
  }

  #sendRelease(key: string, token: string): Promise<void> {
    const release = (): Promise<void> => this.#client.driver.release(key, token);
    return this.#client.request("release", release, { closing: true });
  }
}

/** The right of this process to run a key, renewed as long as it is held. */
export class Lease {
  readonly #client: RemoteClient;
  readonly #giveBack: () => Promise<void>;
  readonly #key: string;
  readonly #token: string;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    client: RemoteClient,
    giveBack: () => Promise<void>,
    { key, token }: { readonly key: string; readonly token: string },
  ) {
    this.#client = client;
    this.#giveBack = giveBack;
    this.#key = key;
    this.#token = token;
    const { lease } = client.options;
    this.#timer = setInterval(() => void this.#renew(), lease / RENEWALS);
    // A function that never ends is no reason for the process not to.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Lets the next one run. */
  release(): Promise<void> {
    clearInterval(this.#timer);
    return this.#giveBack();
  }

  async #renew(): Promise<void> {
    const { driver, options } = this.#client;
    const renew = (): Promise<boolean> => driver.renew(this.#key, this.#token, options.lease);
    // A store that does not answer now may do so next time, while the lease lasts.
    const mine = await this.#client.request("renew", renew, { closing: true }).catch(() => true);
    if (!mine) clearInterval(this.#timer);
  }
}
