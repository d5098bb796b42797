import * as runner from "vitest";
import type { Driver } from "../../../runtime/contract/driver.ts";
import { driverSuite } from "../../../runtime/testing.ts";

/**
 * Registers the published suite for drivers.
 *
 * @example
 * driverContract("redis", () => createRedisDriver({ url: server.url }));
 */
export function driverContract(name: string, make: () => Driver | Promise<Driver>): void {
  driverSuite(runner, { name, make });
}
