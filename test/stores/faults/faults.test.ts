import { expect, test } from "vitest";
import { CacheError } from "../../../runtime/contract/errors.ts";
import { SLACK_MS, TIMEOUT_MS } from "./fault.ts";
import { runFault } from "./run-fault.ts";
import { STORED_KEYS } from "./load.ts";
import { MEMCACHED_FAULTS } from "./memcached-faults.ts";
import { FAILOVERS, REDIS_FAULTS } from "./redis-faults.ts";

/** Milliseconds until a store is used after a fault; most of it is the delay of the breaker's probe. */
const RECOVERY_MS = 10_000;

// The slowest faults first: five run at a time.
const faults = [...FAILOVERS, ...MEMCACHED_FAULTS, ...REDIS_FAULTS];

test.concurrent.each(faults.map((fault) => [fault.store, fault.name, fault] as const))(
  "a cached function returns its results in time, and hits return, with %s: %s",
  async (_store, _name, fault) => {
    const measured = await runFault(fault);
    expect(measured.wrong).toEqual([]);
    expect(measured.first - measured.lag).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(measured.after).toBeLessThan(TIMEOUT_MS / 2);
    expect(measured.most - measured.lag).toBeLessThan(TIMEOUT_MS / 2);
    expect(measured.back).toBeLessThan(RECOVERY_MS);
    expect(measured.inFlight).toBe(0);
    if (fault.fails === "writes") expect(measured.hits).toBeGreaterThan(0);
    if (fault.fails === "some") expect(measured.hits).toBeGreaterThan(2 * STORED_KEYS.length);
    for (const { error, reason } of measured.errors) {
      expect(reason).toMatch(/the store failed; the function runs|the result could not be written/);
      expect(error).toBeInstanceOf(CacheError);
      expect(["timeout", "unavailable"]).toContain((error as CacheError).code);
    }
  },
);
