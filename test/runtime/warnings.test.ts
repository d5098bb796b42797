/** What is written once for each function, so that a person sees that nothing is kept, and what to do. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, configure, memory } from "aotcache";
import { keyv } from "aotcache/keyv";

const warn = vi.spyOn(console, "warn");
beforeEach(() => void warn.mockReset().mockImplementation(() => undefined));
afterEach(() => {
  vi.unstubAllEnvs();
  configure({ log: undefined });
});

const texts = (): string[] => warn.mock.calls.map(([text]) => String(text));

/** Calls a function with each of these numbers, and then again with the first. */
async function callWith(fn: (n: number) => unknown, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await fn(n);
  await fn(0);
}

const refuse = (): never => {
  throw new Error("no");
};

describe("a result that is not stored", () => {
  it.each<[what: string, options: object, result: unknown, message: string]>([
    [
      "because it is larger than the cache",
      { backend: memory({ maxBytes: 1000 }) },
      "x".repeat(1000),
      "a result of fn is not stored: it is larger than `maxBytes`; cache a part of it, or raise `maxBytes`.",
    ],
    [
      "because it cannot be copied",
      { copy: "clone" },
      () => 1,
      'a result of fn is not stored: it cannot be copied or frozen (a function, an instance of a class that configure({ classes }) does not name); write copy: "none".',
    ],
    [
      "because `skip` threw",
      { skip: refuse },
      1,
      "a result of fn is not stored: `skip` threw Error: no; return a boolean.",
    ],
    [
      "because `ttl` threw",
      { ttl: refuse },
      1,
      "a result is not stored: fn: `ttl` threw Error: no; return a duration.",
    ],
  ])("%s: is said once, is an event, and counts", async (_, options, result, message) => {
    const logged: string[] = [];
    configure({ log: (level, text) => void (level === "error" && logged.push(text)) });
    const fn = cached(async (_: number) => result, { name: "fn", ...options });
    await callWith(fn, 3);
    configure({ log: undefined });
    expect(logged).toHaveLength(1);
    expect(fn.cache.stats()).toMatchObject({ errors: 4, sets: 0, hits: 0 });
    const other = cached(async (_: number) => result, { name: "fn", ...options });
    await callWith(other, 3);
    expect(texts()).toEqual([`aotcache: ${message}`]);
  });

  it("is said besides a call that is not cached", async () => {
    const fn = cached(async (_: unknown) => 1, { name: "fn", skip: refuse });
    await fn(() => 1);
    await fn(1);
    expect(texts().map((text) => /is not \w+/.exec(text)![0])).toEqual(["is not cached", "is not stored"]);
  });
});

describe("a function of which no result is ever stored", () => {
  it.each<[option: "ttl" | "skip", options: object, how: string]>([
    ["ttl", { ttl: () => 0 }, "is 0 for"],
    ["skip", { skip: () => true }, "excludes"],
    ["skip", { skip: "empty" }, "excludes"],
  ])("by `%s`, is named once", async (option, options, how) => {
    for (const backend of [memory(), keyv(new Map())]) {
      warn.mockClear();
      const fn = cached(async (_: number) => "", { name: "fn", backend, ...options });
      await callWith(fn, 18);
      expect(texts()).toEqual([]);
      await callWith(fn, 30);
      expect(texts()).toEqual([
        `aotcache: none of the first 20 results of fn was stored: \`${option}\` ${how} each of them; change it, or remove the mark.`,
      ]);
    }
  });

  it("is not named if some are", async () => {
    const fn = cached(async (n: number) => n, { name: "fn", skip: (n) => n > 0 });
    await callWith(fn, 30);
    expect(texts()).toEqual([]);
  });
});

it("a value of `set()` that is larger than the cache is said once, is an event, and counts", async () => {
  const cache = memory({ maxBytes: 1000 });
  const reasons: unknown[] = [];
  cache.on("error", ({ key, reason }) => reasons.push([key, reason]));
  for (const key of ["a", "b"]) await cache.set(key, "x".repeat(1000));
  const reason = (key: string): string =>
    `the value of "${key}" is not stored: it is larger than \`maxBytes\``;
  expect(reasons).toEqual(["a", "b"].map((key) => [key, reason(key)]));
  expect(cache.stats()).toMatchObject({ errors: 2, sets: 0, evictions: 0 });
  expect(texts()).toEqual([`aotcache: ${reason("a")}; store a part of it, or raise \`maxBytes\`.`]);
});

describe("a name that a minifier shortened", () => {
  const t = async (_: unknown): Promise<Response> => new Response("");

  it("has the place with it", async () => {
    const fn = cached(t);
    await fn(1);
    expect(texts()).toEqual([
      expect.stringMatching(/^aotcache: a call of t \(.*warnings\.test\.ts:\d+:\d+\) is not cached: /),
    ]);
    expect(() => fn.cache.key(() => 1)).toThrow(
      /^This call of t \(.*warnings\.test\.ts:\d+:\d+\) has no key/,
    );
  });

  it("has the start of its source with it in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    const messages: string[] = [];
    configure({ log: (level, text) => void (level === "warn" && messages.push(text)) });
    await cached(t)(1);
    expect(messages).toEqual([
      expect.stringMatching(/^a call of t \(async \(_\).*\) is not cached: the result can be read only once/),
    ]);
  });

  it("does not matter if the program names the function", async () => {
    await cached(t, { name: "load" })(1);
    expect(texts()).toEqual([expect.stringMatching(/^aotcache: a call of load is not cached: /)]);
  });
});
