import { expect, it } from "vitest";
import { bin, copyApp } from "../../support/vite-app.ts";

const TEST = `
import * as runner from "vitest";
import { cacheOf } from "aotcache";
import { isolateCache, withoutCache } from "aotcache/testing";
import { counter, describe, factorize } from "./factors.ts";

const { expect, it, vi } = runner;
isolateCache(runner);

it("runs once for one question", async () => {
  const answers = [await describe({ number: 91 }), await describe({ number: 91 }, "×")];
  expect([answers, counter.runs]).toEqual([["91 = 7 × 13", "91 = 7 × 13"], 2]);
});

it.each([1, 2])("begins with an empty cache: test %i", async () => {
  expect(cacheOf(describe).stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  await describe({ number: 15 });
  const { runs } = counter;
  await withoutCache(() => describe({ number: 15 }));
  expect(counter.runs).toBeGreaterThan(runs);
});

it("expires by fake timers", async () => {
  vi.useFakeTimers();
  await describe({ number: 21 });
  vi.advanceTimersByTime(365 * 86_400_000);
  await describe({ number: 21 });
  vi.useRealTimers();
  expect(cacheOf(describe).stats()).toMatchObject({ hits: 0, misses: 2 });
});

it("has a handle for a spy that tells what it wraps, and says so for another", async () => {
  const service = { describe };
  const wrapped = vi.fn(describe);
  vi.spyOn(service, "describe");
  for (const fn of [wrapped, service.describe]) await fn({ number: 35 });
  expect(cacheOf(wrapped).stats()).toMatchObject({ hits: 1, misses: 1 });
  expect(() => cacheOf(service.describe)).toThrow(/is a spy or a mock, which does not tell what it wraps/);
});

it("has a handle", () => {
  expect(cacheOf(factorize).key({ number: 7 })).toMatch(/factors:factorize@[0-9a-f]{8}\\(/);
});
`;

it("caches marked functions in tests, if the plugin is in the configuration", async () => {
  const app = copyApp({ "src/factors.test.ts": TEST });
  const { code, stdout, stderr } = await bin(app, "vitest", "run", "--reporter=json");
  expect(code, stderr + stdout).toBe(0);
  const { numTotalTests, numPassedTests } = JSON.parse(stdout) as Record<string, number>;
  expect([numTotalTests, numPassedTests]).toEqual([6, 6]);
});
