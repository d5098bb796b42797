import { expect, it } from "vitest";
import { bin, copyApp } from "../../support/vite-app.ts";

const TEST = `
import { expect, it } from "vitest";
import { cacheOf } from "aotcache";
import { counter, describe, factorize } from "./factors.ts";

it("runs once for one question", async () => {
  const answers = [await describe({ number: 91 }), await describe({ number: 91 }, "×")];
  expect([answers, counter.runs]).toEqual([["91 = 7 × 13", "91 = 7 × 13"], 2]);
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
  expect([numTotalTests, numPassedTests]).toEqual([2, 2]);
});
