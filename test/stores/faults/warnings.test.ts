/** What is written to the console: once each, and nothing in production. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cached } from "aotcache";
import { keyv } from "aotcache/keyv";
import { redis } from "aotcache/redis";
import { recordEvents } from "../functions/context.ts";

/** A port on which nobody listens. */
const DEAD_PORT = 1;

const warned = vi.spyOn(console, "warn");
beforeEach(() => void warned.mockReset().mockImplementation(() => undefined));
afterEach(() => vi.unstubAllEnvs());

const texts = (): string[] => warned.mock.calls.map(([text]) => String(text));

test("a store that cannot be reached is written once, is an event each time, and counts", async () => {
  await using cache = redis({ port: DEAD_PORT, namespace: "dead" });
  const events = recordEvents(cache);
  const fn = cached(async (n: number) => n, { backend: cache, name: "fn" });
  for (let n = 0; n < 4; n++) expect(await fn(n)).toBe(n);
  await expect(cache.get("a")).rejects.toMatchObject({ code: "unavailable" });
  expect(texts()).toEqual([
    expect.stringMatching(/^aotcache: redis failed \(get\): Redis cannot be reached/),
  ]);
  expect(events.filter(({ type }) => type === "error")).toHaveLength(5);
  expect(cache.stats().errors).toBe(5);
});

test("a result that cannot be stored is written once for each function, is an event each time, and counts", async () => {
  await using cache = keyv(new Map());
  const events = recordEvents(cache);
  class Decimal {
    readonly digits = "9.99";
  }
  const make = (name: string) => cached(async (_: number) => new Decimal(), { backend: cache, name });
  const [one, two] = [make("one"), make("two")];
  for (let n = 0; n < 3; n++) await one(n);
  await two(1);
  expect(texts()).toEqual(
    ["one", "two"].map(
      (name) => expect.stringMatching(`a result of .*${name}.* is not stored: .*Decimal`) as string,
    ),
  );
  expect(events.filter(({ type }) => type === "error")).toHaveLength(4);
  expect(one.cache.stats().errors).toBe(3);
});

test("production writes nothing", async () => {
  vi.stubEnv("NODE_ENV", "production");
  await using cache = redis({ port: DEAD_PORT, namespace: "dead" });
  const fn = cached(async (n: number) => n, { backend: cache, name: "fn" });
  await fn(1);
  expect(texts()).toEqual([]);
});
