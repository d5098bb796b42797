/** The near tier in front of stores that report no changes: its `ttl` bounds how old an answer may be. */
import { Keyv } from "keyv";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { cached, cacheOf } from "aotcache";
import { createCache } from "aotcache/driver";
import { keyv } from "aotcache/keyv";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { MapDriver, MapServer } from "../../../fixtures/apps/driver/map-driver.ts";
import { thrown } from "../../support/caught.ts";
import { startMemcached, type Memcached, until } from "../../support/servers/index.ts";
import { counting, nearAndFar, type MakeCache } from "./context.ts";

let servers: Memcached;
beforeAll(async () => {
  servers = await startMemcached();
});
afterAll(() => servers.stop());

const shared = new Map();
const maps = new MapServer();

const STORES: readonly (readonly [name: string, make: MakeCache])[] = [
  ["memcached", (options) => memcached({ servers: servers.servers, ...options })],
  ["keyv", ({ lease: _, ...options }) => keyv(new Keyv({ store: shared }), options)],
  ["maps", (options) => createCache(new MapDriver(maps), options)],
];

describe.each(STORES)("a near tier on %s", (name, make) => {
  test("answers from memory until its ttl ends, and then from the store", async () => {
    const { near, far } = nearAndFar(make, "800ms");
    const { fn, warm } = counting(near);
    const old = await warm(1);
    await counting(far).handle.refresh(1);
    expect(await fn(1)).toBe(old);
    const began = performance.now();
    while ((await fn(1)) === old) expect(performance.now() - began).toBeLessThan(3000);
  });

  test("is emptied by changes of its own process", async () => {
    const { near } = nearAndFar(make, "1m");
    const { fn, warm, handle } = counting(near);
    const old = await warm(1);
    await handle.invalidate(1);
    expect(await fn(1)).not.toEqual(old);
  });

  test("says once that an entry is too large for it, and answers from the store", async () => {
    const warnings: string[] = [];
    const warn = vi.spyOn(console, "warn").mockImplementation((text: string) => void warnings.push(text));
    onTestFinished(() => warn.mockRestore());
    const { near } = nearAndFar(make, { ttl: "1m", maxBytes: 10_000 });
    const text = cached(async (id: number) => `${id}`.repeat(20_000), { name: "text", backend: near });
    // A run is stored behind its caller; calls after that read it from the store.
    await until("reported", async () => (await text(1), await text(2), near.stats().errors > 1 || undefined));
    expect(warnings).toEqual([
      expect.stringMatching(/^aotcache: no copy of ".+" is kept near: it is larger than `near\.maxBytes`/),
    ]);
    expect(cacheOf(text).stats().runs).toBe(2);
  });

  test("is refused without a ttl", async () => {
    expect(thrown(() => make({ near: true }))).toMatchObject({
      code: "option-conflict",
      message: `The cache on ${name}: \`near\` needs a \`ttl\` on ${name}, which does not report changes; it bounds how old an answer may be. Write near: "5s".`,
    });
    const cache = make({});
    const fn = cached(async (id: number) => id, { name: "fn", backend: cache, near: true });
    await expect(fn(1)).rejects.toMatchObject({ code: "option-conflict" });
    await cache.close();
  });

  test("may be of one function, or of all but one", async () => {
    const { near, far } = nearAndFar(make, "1m");
    const own = counting(far, { near: "1m", name: "own" });
    await own.warm(1);
    const [unlikeCache, likeCache] = [
      counting(near, { near: false, name: "none" }),
      counting(far, { name: "other" }),
    ];
    for (const { fn, handle } of [unlikeCache, likeCache]) {
      for (let turn = 0; turn < 5; turn++) await fn(1);
      expect(handle.stats().nearHits).toBe(0);
    }
  });
});

test.each([
  [
    { near: "soon" },
    "option-value",
    `redis()'s \`near\` is "soon"; write true, a duration like "5s", or an object like { ttl: "5s", max: 1000 }.`,
  ],
  [{ near: { tll: 5 } }, "option-unknown", "redis()'s `near` has no option `tll`; write `ttl`."],
  [
    { near: { lag: "1ms" } },
    "option-value",
    'redis()\'s `near.lag` is outside of 50 ms to 24 days; write a duration like "1s".',
  ],
  [{ near: { max: 0 } }, "option-value", "redis()'s `near.max` is 0; write a whole number above zero."],
])("%j is refused", (options, code, message) => {
  expect(thrown(() => redis(options as never))).toMatchObject({ code, message });
});
