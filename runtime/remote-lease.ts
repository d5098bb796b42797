import type { RemoteStore } from "./remote-store.ts";

/** Milliseconds between two looks of one who waits for another process: more each time, up to the second one. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 50;

/** Parts of a lease after which it is renewed. */
const RENEWALS = 3;

/** What waiting for a lease came to: the lease, another process's result, or nothing, if the store fails. */
export type Taken<T> = { readonly lease: Lease } | { readonly found: T } | undefined;

/** The right of this process to run a key, renewed as long as it is held. */
export class Lease {
  readonly #store: RemoteStore;
  readonly #key: string;
  readonly #token: string;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(store: RemoteStore, key: string, token: string) {
    this.#store = store;
    this.#key = key;
    this.#token = token;
    const { lease } = store.options;
    this.#timer = setInterval(() => void this.#renew(), Math.min(lease / RENEWALS, 2 ** 31 - 1));
  }

  /** Lets the next one run; what fails here ends with the lease. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const release = (): Promise<void> => this.#store.driver.release(this.#key, this.#token);
    await this.#store.ask("release", release, { closing: true }).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { driver, options } = this.#store;
    const renew = (): Promise<boolean> => driver.renew(this.#key, this.#token, options.lease);
    // A store that does not answer now may do so next time, while the lease lasts.
    const mine = await this.#store.ask("renew", renew, { closing: true }).catch(() => true);
    if (!mine) clearInterval(this.#timer);
  }
}

/**
 * Waits until this process may run a key, or until another one that did has stored the result.
 *
 * As long as the holder renews, its run is waited for as one in this process is. A holder that died is
 * succeeded when its lease ends, by one of those who wait.
 *
 * @param look - what is stored now; `undefined` if nothing; rejects if the store fails
 * @param timeout - milliseconds for the first answer of the store
 */
export async function takeLease<T>(
  store: RemoteStore,
  key: string,
  { look, timeout }: { readonly look: () => Promise<T | undefined>; readonly timeout: number },
): Promise<Taken<T>> {
  const { driver, options } = store;
  const token = crypto.randomUUID();
  const acquire = (): Promise<boolean> => driver.acquire(key, token, options.lease);
  let left = timeout;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const mine = await store.ask("lock", acquire, { timeout: left }).catch((error: unknown) => {
      // It may have been taken all the same, and the answer be late.
      void store.ask("release", () => driver.release(key, token)).catch(() => undefined);
      throw error;
    });
    left = options.timeout;
    const lease = mine ? new Lease(store, key, token) : undefined;
    try {
      // Also with the lease: another process may have stored its result between the look and the lease.
      const found = await look();
      if (found !== undefined) void lease?.release();
      if (found !== undefined) return { found };
    } catch (error) {
      void lease?.release();
      throw error;
    }
    if (lease) return { lease };
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
