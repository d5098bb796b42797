import { expect, test } from "vitest";
import { CacheError } from "../../runtime/errors.ts";
import { SLACK, TIMEOUT, type Fault } from "./fault.ts";
import { live } from "./live.ts";
import { KEPT } from "./load.ts";

/** Milliseconds until a store that is well again is used; most of it is the pause before it is asked. */
const SOON = 10_000;

/** Tests that callers of a cached function are none the worse for a fault, save for the time that it takes. */
export function survives(faults: readonly Fault[]): void {
  test.concurrent.each(faults.map((fault) => [fault.name, fault] as const))("%s", async (_, fault) => {
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
  });
}
