/** What several processes did to cached functions of one store, and when. All times are those of `machineTime()`. */
import type { CachedOptions } from "aotcache";

/** A result. It tells which run made it, or which `prime`. */
export interface Value {
  readonly fn: string;
  readonly key: number;
  readonly process: number;
  /** `run 2.17` or `prime 2.5`: unique in a history. */
  readonly id: string;
  /** When the run began, which is the version of the database that it read. */
  readonly begun: number;
}

/** The operations that promise that nothing older is served. */
export const REMOVALS: readonly string[] = ["invalidate", "clear", "refresh", "prime", "clear all"];

/** An operation that has ended. */
export interface Operation {
  readonly kind: "operation";
  readonly op: "call" | "peek" | "invalidate" | "clear" | "refresh" | "prime" | "clear all";
  readonly process: number;
  readonly fn: string;
  readonly key: number;
  readonly start: number;
  readonly end: number;
  /** What a call, a refresh or a peek returned, or what was primed. */
  readonly value?: Value | undefined;
  /** The code of a `CacheError`; else the message. */
  readonly error?: string;
  /** The run whose error a call got. */
  readonly failed?: Value | undefined;
}

/** A run of a function that has ended. */
export interface Run extends Value {
  readonly kind: "run";
  readonly ended: number;
  readonly hasFailed: boolean;
}

/** A store failed in a process, or something was done to a process or to the server. */
export interface Disturbance {
  readonly kind: "disturbance";
  /** `undefined`: all processes. */
  readonly process?: number;
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

export type Entry = Operation | Run | Disturbance;

/** How the functions of the histories are cached. */
export const KINDS: Readonly<Record<string, Pick<CachedOptions, "lock" | "ttl" | "swr" | "sie">>> = {
  plain: {},
  short: { ttl: "100ms" },
  swr: { ttl: "60ms", swr: "60s" },
  sie: { ttl: "60ms", sie: "60s" },
  none: { lock: "none" },
  distributed: { lock: "distributed" },
  refreshed: { lock: "distributed", ttl: "60ms", swr: "60s" },
};
