import type { Cache } from "../../../runtime/contract/cache.ts";

/** A store that can be made to fail, with a cache on it. */
export interface Stage {
  readonly cache: Cache;
  /** Makes it fail. */
  strike(): unknown;
  /** Makes it well again; resolves when a client that asks from now on is answered. */
  heal(): unknown;
  stop(): Promise<void>;
}

/** One thing that goes wrong with a store. */
export interface Fault {
  /** The name in the table of faults in test/bench/RESULTS.md. */
  readonly name: string;
  readonly store: string;
  /**
   * What becomes of calls while it lasts: the store is `left alone` after the first failures; only `writes` fail,
   * and results that are there are given; `some` keys fail, and the others do not.
   */
  readonly fails: "all" | "writes" | "some";
  /** The store is down when the program starts: nothing is kept before it fails. */
  readonly fromTheStart?: boolean;
  /** It ends by itself, by a failover: `heal` only waits for that. */
  readonly endsByItself?: boolean;
  stage(): Promise<Stage>;
}

/** What caches have here: the default time-out, in milliseconds. */
export const TIMEOUT = 250;

/** What a slow machine may add to that. */
export const SLACK = 500;
