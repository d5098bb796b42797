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
  const { code: compiled } = (await createCompiler()).compile("fixtures/compile/virtual/cube.ts", MARKED);
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
  for (const serializer of ["json", "generic", "v8"] as const) {
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

it("runs the tests of the page on tests: isolation, fake timers, spies and mocks", async () => {
  await passes({
    "square.ts": SQUARE,
    "isolated.test.ts": `
import { cacheOf } from "aotcache";
import { isolateCache, withoutCache } from "aotcache/testing";
import { square } from "./square";

isolateCache({ beforeEach });
afterEach(() => jest.useRealTimers());

test.each([1, 2])("begins with an empty cache: test %i", () => {
  expect(cacheOf(square).stats()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  expect([square(3), square(3), withoutCache(() => square(3))]).toEqual([9, 9, 9]);
  expect(cacheOf(square).stats()).toMatchObject({ hits: 1, misses: 1 });
});

test("expires by fake timers", () => {
  jest.useFakeTimers();
  square(3);
  jest.advanceTimersByTime(300_000);
  square(3);
  expect(cacheOf(square).stats()).toMatchObject({ hits: 0, misses: 2 });
});

test("has a handle for a mock that tells what it wraps, and says so for another", async () => {
  const service = { square: square as (n: number) => number };
  const wrapped = jest.fn(square as (n: number) => number);
  jest.spyOn(service, "square");
  expect([wrapped(4), service.square(4)]).toEqual([16, 16]);
  expect(cacheOf(wrapped).stats()).toMatchObject({ hits: 1, misses: 1 });
  const stub = jest.fn();
  expect(() => cacheOf(stub)).toThrow(/is a spy or a mock, which does not tell what it wraps/);
  await square.cache.prime([5], 1);
  expect(square(5)).toBe(1);
});`,
  });
});

it("evaluates a module again, in which the function has the id of before", async () => {
  await passes({
    "find.ts": `import { cached } from "aotcache";
import { cache } from "./cache";
export const find = cached(async function find(id: number) { return { id }; }, { backend: cache });`,
    "cache.ts": `import { keyv } from "aotcache/keyv";
export const cache = (globalThis as any).kept ??= keyv(new Map());`,
    "find.test.ts": `
test.each([1, 2])("time %i", async () => {
  jest.resetModules();
  const { find } = jest.requireActual("./find");
  expect(await find(1)).toEqual({ id: 1 });
});`,
  });
});

it("keeps its promises while timers are fake, also if they always are", async () => {
  await passes({
    "fake.test.ts": `
import { cached, memory } from "aotcache";
import { keyv } from "aotcache/keyv";

jest.useFakeTimers();
beforeEach(() => jest.resetModules());

test.each(["before", "while"])("the runtime was loaded %s timers are fake", async (when) => {
  const copy = when === "before" ? { cached, keyv } : { ...jest.requireActual("aotcache"), ...jest.requireActual("aotcache/keyv") };
  const cache = copy.keyv(new Map());
  let runs = 0;
  const near = copy.cached((id: number) => ++runs, { ttl: "1m", name: "near" + when });
  const far = copy.cached(async (id: number) => id, { backend: cache, name: "far" });
  expect([near(1), near(1), await far(1), await far(1)]).toEqual([1, 1, 1, 1]);
  jest.advanceTimersByTime(60_000);
  expect(near(1)).toBe(2);
  await cache.close();
});`,
  });
});
