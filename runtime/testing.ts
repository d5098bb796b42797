/** `aotcache/testing`: tests of functions and their caches, and the tests that every driver passes. */
import type { Driver } from "./contract/driver.ts";
import { benchOf } from "./testing/bench.ts";
import { changes } from "./testing/changes.ts";
import { clearing } from "./testing/clear.ts";
import { comparisons } from "./testing/comparisons.ts";
import { additions, counters } from "./testing/counters.ts";
import { expiry } from "./testing/expiry.ts";

import { values } from "./testing/values.ts";

export { expectCacheable } from "./testing/cacheable.ts";
export { isolateCache, withoutCache, type HookRunner } from "./testing/isolation.ts";

export type { Data, Driver, Following, FollowOptions, Item, Limits } from "./contract/driver.ts";

type Hook = (run: () => Promise<void>) => unknown;

/** The functions of a test runner that the suite needs. The modules of Vitest, Jest and `node:test` export them. */
export interface TestRunner {
  readonly describe: (title: string, register: () => void) => unknown;
  readonly it: (title: string, run: () => Promise<void>, timeout?: number) => unknown;
  /** Vitest, Jest. */
  readonly beforeAll?: Hook;
  readonly afterAll?: Hook;
  /** `node:test`. */
  readonly before?: Hook;
  readonly after?: Hook;
}

/** The driver that {@link driverSuite} tests. */
export interface DriverUnderTest {
  /** The name of the store in the titles of the tests. */
  readonly name: string;
  /** Makes a new client of the store. The suite makes two, as if in two processes, and closes them. */
  readonly make: () => Driver | Promise<Driver>;
}

/**
 * Registers the tests that every driver passes: each method of the contract, with its edge cases.
 *
 * The suite respects the `limits` of the driver. It uses its own keys, so it can run on a store in use, and removes them
 * at the end. It tests expiry by the store's clock, and takes some seconds.
 *
 * @param runner the module of the test runner, or its functions
 * @throws {TypeError} if the runner lacks one of the functions
 * @example
 * import * as runner from "node:test"; // or "vitest", or "@jest/globals"
 * import { driverSuite } from "aotcache/testing";
 *
 * driverSuite(runner, { name: "my store", make: () => createMyDriver({ url }) });
 */
export function driverSuite(runner: TestRunner, { name, make }: DriverUnderTest): void {
  const { describe, it } = runner;
  const before = runner.beforeAll ?? runner.before;
  const after = runner.afterAll ?? runner.after;
  for (const [missing, found] of Object.entries({ describe, it, beforeAll: before, afterAll: after })) {
    if (typeof found === "function") continue;
    throw new TypeError(
      `driverSuite() found no \`${missing}\`; pass what your test runner exports, as in \`import * as runner from "vitest"\`.`,
    );
  }
  describe(`${name} keeps the contract of drivers:`, () => {
    const clients: Driver[] = [];
    const bench = benchOf(clients, it);
    before!(async () => {
      clients.push(await make(), await make());
    });
    after!(async () => {
      await clients[0]?.clear(bench.scope);
      for (const client of clients) {
        await client.close();
        await client.close(); // a second time does nothing
      }
    });
    for (const part of [values, expiry, additions, counters, clearing, comparisons, changes]) part(bench);
  });
}
