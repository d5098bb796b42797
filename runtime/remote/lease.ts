import type { AbortSignalLike } from "../call/abort.ts";
import { within } from "../platform/deadline.ts";
import { randomId } from "../platform/random.ts";
import type { RemoteClient } from "./client.ts";
import type { Read } from "./read-batch.ts";
import { clearInterval, performance, setInterval, setTimeout } from "../platform/real-timers.ts";
import { unref } from "../platform/timer.ts";

/** Pause between two polls of a process that waits for another one. It grows by half each time, up to the maximum. */
const FIRST_POLL_PAUSE_MS = 4;
const MAX_POLL_PAUSE_MS = 50;

/** A lease is renewed after each third of its length. */
const RENEWALS_PER_LEASE = 3;

/** The requests of one poll share a timeout. Each has at least this part of it: a busy process may use up the rest. */
const MIN_PARTS = 8;

/** How many leases' time a call waits for the run of another process, which renews its lease. */
const MAX_WAIT_LEASES = 5;

/**
 * The outcome of waiting for a lease: the result that another process stored, or the lease and the last read. Without
 * a lease, the run of another process takes too long.
 */
export type Taken<T> = { readonly read: Read } & (
  { readonly lease: Lease | undefined } | { readonly found: T }
);

/** How to wait for a lease. */
interface LeaseWait<T> {
  /** Reads the store. Rejects if it fails. */
  readonly read: () => Promise<Read>;
  /** The fresh result in a read; `undefined` if there is none. */
  readonly find: (read: Read) => Promise<T | undefined>;
  /** Milliseconds for the requests of one poll together. */
  readonly timeout: number;
  /** Milliseconds of the timeout that are left for the first poll. */
  readonly left: number;
  /** Called when the run of another process is waited for. */
  readonly onWait?: (() => void) | undefined;
  /** Aborted when no caller waits any more. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The leases of this process on one store. */
export class Leases {
  readonly #client: RemoteClient;
  /** By token: leases that may still be in the store because their release failed, and until when. */
  readonly #orphans = new Map<string, { readonly key: string; readonly until: number }>();

  constructor(client: RemoteClient) {
    this.#client = client;
  }

  /**
   * Waits until this process may run a key, or until another process has stored the result.
   *
   * As long as the holder renews the lease, all others wait for its run, up to {@link MAX_WAIT_LEASES}. If the holder
   * dies, one of them takes over when the lease ends. Rejects if the store fails. Resolves to `undefined` when no caller
   * waits any more.
   */
  async take<T>(
    resultKey: string,
    { read, find, timeout, left, onWait, signal }: LeaseWait<T>,
  ): Promise<Taken<T> | undefined> {
    const { driver, options } = this.#client;
    const key = await this.#client.leaseKey(resultKey);
    const token = randomId();
    const waitEnd = performance.now() + MAX_WAIT_LEASES * options.lease;
    let polls = 0;
    let end = performance.now() + left;
    const inTime = <A>(send: (timeout: number) => Promise<A>): Promise<A> => {
      const ms = Math.max(end - performance.now(), timeout / MIN_PARTS);
      return within(ms, driver.name, send(ms));
    };
    for (let pause = FIRST_POLL_PAUSE_MS; ; pause = Math.min(pause * 1.5, MAX_POLL_PAUSE_MS)) {
      const acquire = (): Promise<boolean> =>
        driver.add({ key, data: token, ttl: options.lease, isLease: true });
      const isAcquired = await inTime((ms) => this.#client.request("lock", acquire, { timeout: ms })).catch(
        (error: unknown) => {
          // The store may have given the lease, and only its reply is late.
          void this.release(key, token);
          throw error;
        },
      );
      const lease = isAcquired
        ? new Lease(this.#client, () => this.release(key, token), { key, token })
        : undefined;
      try {
        // Also with the lease: another process may have stored its result between the read and the lease.
        const current = await inTime(read);
        const found = await find(current);
        if (found !== undefined) void lease?.release();
        if (found !== undefined) return { found, read: current };
        if (lease || performance.now() > waitEnd) return { lease, read: current };
        // A lease without an expiry is from another program, or was restored from a dump. It ends like any other.
        if (++polls === 2 && (await inTime(() => driver.ttl(key))) === Infinity)
          await inTime(() => driver.expire(key, options.lease));
      } catch (error) {
        void lease?.release();
        throw error;
      }
      if (signal?.aborted) return undefined;
      onWait?.();
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (signal?.aborted) return undefined;
      end = performance.now() + timeout;
    }
  }

  /** Releases a lease. If that fails, it is tried once more after the next reply of the store; else the lease expires. */
  async release(key: string, token: string): Promise<void> {
    const until = performance.now() + this.#client.options.lease;
    await this.#sendRelease(key, token).catch(() => this.#orphans.set(token, { key, until }));
  }

  /** Releases the leases whose release failed. */
  releaseOrphans(): void {
    if (this.#orphans.size === 0) return;
    const orphans = [...this.#orphans];
    this.#orphans.clear();
    for (const [token, { key, until }] of orphans) {
      if (performance.now() < until) void this.#sendRelease(key, token).catch(() => undefined);
    }
  }

  #sendRelease(key: string, token: string): Promise<void> {
    const release = (): Promise<void> => this.#client.driver.deleteIf(key, token).then(() => undefined);
    return this.#client.request("release", release, { closing: true });
  }
}

/** The right of this process to run a key. It is renewed by a timer until it is released. */
export class Lease {
  readonly #client: RemoteClient;
  readonly #release: () => Promise<void>;
  readonly #key: string;
  readonly #token: string;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    client: RemoteClient,
    release: () => Promise<void>,
    { key, token }: { readonly key: string; readonly token: string },
  ) {
    this.#client = client;
    this.#release = release;
    this.#key = key;
    this.#token = token;
    const { lease } = client.options;
    this.#timer = setInterval(() => void this.#renew(), lease / RENEWALS_PER_LEASE);
    // The timer must not keep the process alive.
    unref(this.#timer);
  }

  /** Ends the lease, so that another process may run the key. */
  release(): Promise<void> {
    clearInterval(this.#timer);
    return this.#release();
  }

  async #renew(): Promise<void> {
    const { driver, options } = this.#client;
    const renew = (): Promise<boolean> => driver.expireIf(this.#key, this.#token, options.lease);
    // If the store fails, the next renewal may still be in time.
    const isHeld = await this.#client.request("renew", renew, { closing: true }).catch(() => true);
    if (!isHeld) clearInterval(this.#timer);
  }
}
