import { expect, test } from "vitest";
import { CacheError } from "../../../runtime/contract/errors.ts";
import { SLACK, TIMEOUT } from "./fault.ts";
import { live } from "./live.ts";
import { KEPT } from "./load.ts";
import { MEMCACHED_FAULTS } from "./memcached-faults.ts";
import { FAILOVERS, REDIS_FAULTS } from "./redis-faults.ts";

/** Milliseconds until a store that is well again is used; most of it is the pause before it is asked. */
const SOON = 10_000;

// Those that take longest first: five are lived through at a time.
const faults = [...FAILOVERS, ...MEMCACHED_FAULTS, ...REDIS_FAULTS];

test.concurrent.each(faults.map((fault) => [fault.store, fault.name, fault] as const))(
  "a cached function gives its answers in time, and hits come back, with %s: %s",
  async (_store, _name, fault) => {
    const seen = await live(fault);
    expect(seen.wrong).toEqual([]);
    expect(seen.first - seen.lag).toBeLessThan(TIMEOUT + SLACK);
    expect(seen.after).toBeLessThan(TIMEOUT / 2);
    expect(seen.most - seen.lag).toBeLessThan(TIMEOUT / 2);
    expect(seen.back).toBeLessThan(SOON);
    expect(seen.inFlight).toBe(0);
    if (fault.fails === "writes") expect(seen.hits).toBeGreaterThan(0);
    if (fault.fails === "some") expect(seen.hits).toBeGreaterThan(2 * KEPT.length);
    for (const { error, reason } of seen.errors) {
      expect(reason).toMatch(/the store failed; the function runs|the result could not be written/);
      expect(error).toBeInstanceOf(CacheError);
      expect(["timeout", "unavailable"]).toContain((error as CacheError).code);
    }
  },
);
