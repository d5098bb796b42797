/** The options `retry` and `deadline`, on each store. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { cached, memory, type Cache, type CachedOptions } from "aotcache";
import { keyv } from "aotcache/keyv";
import { memcached } from "aotcache/memcached";
import { redis } from "aotcache/redis";
import { unstorage } from "aotcache/unstorage";
import { deferred, type Deferred } from "../../support/deferred.ts";
import { startMemcached, startRedis, type Memcached, type RedisServer } from "../../support/servers/index.ts";
import { until } from "../../support/servers/until.ts";
import { loadUnstorage, type Unstorage } from "../../support/unstorage.ts";
import { writesDone } from "./context.ts";

let redisServer: RedisServer;
let memcachedServer: Memcached;
let library: Unstorage;
beforeAll(async () => {
  [redisServer, memcachedServer, library] = await Promise.all([
    startRedis(),
    startMemcached(),
    loadUnstorage(),
  ]);
});
afterAll(() => Promise.all([redisServer.stop(), memcachedServer.stop()]));

const NAMESPACE = { namespace: "policies", timeout: "5s" } as const;
const STORES: Readonly<Record<string, () => Cache | Promise<Cache>>> = {
  memory: () => memory(NAMESPACE),
  Redis: () => redis({ url: redisServer.url, ...NAMESPACE }),
  Memcached: () => memcached({ servers: memcachedServer.servers, ...NAMESPACE }),
  Keyv: () => keyv(new Map<string, unknown>() as never, NAMESPACE),
  unstorage: async () =>
    unstorage(library.createStorage({ driver: await library.driver("memory") }), NAMESPACE),
};

const DEADLINE = "100ms";

describe.each(Object.entries(STORES))("on %s", (kind, make) => {
  let cache: Cache;
  let names = 0;
  beforeAll(async () => {
    cache = await make();
  });
  afterAll(() => cache.close());

  /** Resolves when results are stored. */
  const stored = (): Promise<void> => (kind === "memory" ? Promise.resolve() : writesDone(cache));

  /** A function whose runs end when the test ends them. */
  function paused(options: CachedOptions) {
    const runs: Deferred<string>[] = [];
    const run = (_: number): Promise<string> => {
      const end = deferred<string>();
      runs.push(end);
      return end.promise;
    };
    const fn = cached(async (n: number) => run(n), { backend: cache, name: `fn${++names}`, ...options });
    const begun = (count: number) => until(`run ${count} has begun`, () => runs.length === count);
    return { fn, runs, begun };
  }

  test("`retry` pauses the runs of a failing function while an old value stands in", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const start = Date.now();
    let runs = 0;
    const run = async (n: number): Promise<number> => {
      if (++runs > 1) throw new Error("down");
      return n;
    };
    const fn = cached(run, { backend: cache, name: `fn${++names}`, ttl: 10, sie: 600, retry: 5 });
    await fn(1);
    await stored();
    const at = (seconds: number): void => void vi.setSystemTime(start + 1000 * seconds);
    for (const [seconds, count] of [
      [11, 2],
      [11, 2],
      [15, 2],
      [17, 3],
      [21, 3],
    ] as const) {
      at(seconds);
      expect(await fn(1)).toBe(1);
      expect([seconds, runs]).toEqual([seconds, count]);
    }
  });

  test("behind its `deadline`, a run holds up nobody, and its result is kept", async () => {
    const { fn, runs, begun } = paused({ deadline: DEADLINE });
    const calls = [fn(1), fn(1)].map((call) => call.catch((error: { code: string }) => error.code));
    expect(await Promise.all(calls)).toEqual(["deadline", "deadline"]);
    expect(runs).toHaveLength(1);
    runs[0]!.resolve("late");
    await until("the result is kept", async () => (await fn.cache.peek(1)) === "late");
    expect(await fn(1)).toBe("late");
    await expect(fn(2)).rejects.toMatchObject({ code: "deadline" });
    void fn(2).catch(() => undefined);
    await begun(3);
    for (const run of runs) run.resolve("");
  });

  test("a newer result stays when a run behind its `deadline` ends", async () => {
    const { fn, runs, begun } = paused({ deadline: DEADLINE });
    await expect(fn(1)).rejects.toMatchObject({ code: "deadline" });
    const next = fn(1);
    await begun(2);
    runs[1]!.resolve("new");
    expect(await next).toBe("new");
    await stored();
    runs[0]!.resolve("late");
    await fn.cache.explain(1);
    await stored();
    expect(await fn(1)).toBe("new");
  });

  test("with `sie`, the old value stands in for a run behind its `deadline`", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { fn, runs, begun } = paused({ deadline: DEADLINE, ttl: 10, sie: 600 });
    const first = fn(1);
    await begun(1);
    runs[0]!.resolve("old");
    await first;
    await stored();
    vi.setSystemTime(Date.now() + 11_000);
    expect(await fn(1)).toBe("old");
    expect(runs).toHaveLength(2);
    runs[1]!.resolve("");
  });
});
