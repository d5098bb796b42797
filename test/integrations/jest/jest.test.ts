/** Jest as it comes, with CommonJS and ts-jest. */
import { expect, it } from "vitest";
import { createCompiler } from "aotcache/compiler";
import { jest } from "../../support/jest-project.ts";

async function passes(files: Readonly<Record<string, string>>): Promise<void> {
  const { code, stderr } = await jest(files);
  expect(stderr).toMatch(/^PASS /m);
  expect(code, stderr).toBe(0);
}

const SQUARE = `import { cached } from "aotcache";
export const square = cached((n: number) => n * n, { ttl: "5m", name: "square" });`;

const MARKED = `// @cached ttl=5m
export function cube(n: number): number {
  return n ** 3;
}`;

it("loads the runtime, every store and compiled functions", async () => {
  const { code: compiled } = (await createCompiler()).compile("test/virtual/cube.ts", MARKED);
  await passes({
    "square.ts": SQUARE,
    "cube.ts": compiled!,
    "square.test.ts": `
import { cacheOf, CacheError, configure, memory } from "aotcache";
import { createCache } from "aotcache/driver";
import { keyv } from "aotcache/keyv";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { driverSuite } from "aotcache/testing";
import { cube } from "./cube";
import { square } from "./square";

test("computes once", () => {
  configure({ default: memory() });
  expect([square(3), square(3), cube(3), cube(3)]).toEqual([9, 9, 27, 27]);
  expect([square.cache.stats().hits, cacheOf(cube).stats().hits]).toEqual([1, 1]);
});

test("keeps values outside of memory, whatever the serializer", async () => {
  for (const serializer of ["json", "generic"] as const) {
    const cache = keyv(new Map(), { serializer });
    await cache.set("key", { n: [1] });
    expect(await cache.get("key")).toEqual({ n: [1] });
  }
  expect(await memory({ serializer: "json" }).get("key", 1)).toBe(1);
});

test("has clients that are installed", () => {
  expect(() => memcached()).not.toThrow();
  expect([createCache, driverSuite, redis, CacheError].map((each) => typeof each)).toEqual(Array(4).fill("function"));
});`,
  });
});
