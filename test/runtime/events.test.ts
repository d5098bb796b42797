import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type CacheEvent, type CacheEventName, type MemoryCache } from "aotcache";

const NAMES: readonly CacheEventName[] = ["hit", "miss", "stale", "set", "bypass", "error", "evict"];
const warn = vi.spyOn(console, "warn");
let backend: MemoryCache;
let events: CacheEvent[];

beforeEach(() => {
  warn.mockReset().mockImplementation(() => undefined);
  backend = memory({ max: 2 });
  events = [];
});
afterEach(() => void vi.useRealTimers());

const listen = (): (() => void)[] => NAMES.map((name) => backend.on(name, (event) => events.push(event)));
const seen = (): string[] => events.splice(0).map(({ type, key }) => `${type} ${key}`);

describe("a listener", () => {
  it.each([
    [
      "hitt",
      () => undefined,
      'There is no event "hitt"; listen to hit, miss, stale, set, bypass, error, evict or mismatch.',
    ],
    ["hit", undefined, 'The listener of "hit" is not a function; write on("hit", (event) => { … }).'],
  ])("is refused that would never be called: %s", (event, listener, message) => {
    const listen = () => backend.on(event as CacheEventName, listener as never);
    expect(listen).toThrow(expect.objectContaining({ code: "option-value", message }) as Error);
  });
});

describe("events of a cached function", () => {
  it("have a type, a key and a function", () => {
    listen();
    const fn = cached((n: number) => n, { backend, namespace: "x", name: "fn" });
    fn(1);
    expect(events.splice(0)).toEqual([
      { type: "miss", key: "x:fn@0(1)", id: "x:fn@0" },
      { type: "set", key: "x:fn@0(1)", id: "x:fn@0" },
    ]);
    fn(1);
    expect(events.splice(0)).toEqual([{ type: "hit", key: "x:fn@0(1)", id: "x:fn@0" }]);
    fn(2);
    fn(3);
    expect(seen()).toEqual([
      "miss x:fn@0(2)",
      "set x:fn@0(2)",
      "miss x:fn@0(3)",
      "evict x:fn@0(2)",
      "set x:fn@0(3)",
    ]);
  });

  it("are emitted for hits only while there is a listener", () => {
    const fn = cached((n: number) => n, { backend, name: "fn" });
    fn(1);
    fn(1);
    const stop = backend.on("hit", (event) => events.push(event));
    fn(1);
    fn(1);
    stop();
    stop();
    fn(1);
    expect(events).toHaveLength(2);
    expect(fn.cache.stats().hits).toBe(4);
  });

  it("distinguish values of a key that a Map would confuse", () => {
    listen();
    const fn = cached((..._: unknown[]) => 1, { backend, name: "fn" });
    fn(-0, NaN, undefined);
    fn({ a: [-0] });
    expect(seen().filter((text) => text.startsWith("set"))).toEqual([
      "set uncompiled:fn@0(-0,NaN)",
      "set uncompiled:fn@0({a:[-0]})",
    ]);
  });

  it("are emitted for stale results, with the error that they replace", async () => {
    vi.useFakeTimers({ now: 0 });
    listen();
    const error = new Error("down");
    const run = vi.fn<() => Promise<number>>().mockResolvedValueOnce(1).mockRejectedValueOnce(error);
    const fn = cached(async (_: number) => run(), { backend, name: "fn", ttl: 1, sie: 5 });
    await fn(1);
    events = [];
    vi.setSystemTime(2000);
    expect(await fn(1)).toBe(1);
    expect(events.map(({ type }) => type)).toEqual(["miss", "stale"]);
    expect(events[1]).toMatchObject({ error, key: "uncompiled:fn@0(1)" });
  });

  it("of string keys have no id", async () => {
    listen();
    await backend.get("a");
    await backend.set("a", 1);
    await backend.get("a");
    await backend.multiSet({ b: 1, c: 1 });
    expect(events.every(({ id }) => id === undefined)).toBe(true);
    expect(seen()).toEqual(["miss a", "set a", "hit a", "set b", "evict b", "set c"]);
  });
});

describe("listeners", () => {
  it("may throw without affecting calls or other listeners", () => {
    const last = vi.fn();
    for (const reason of [new Error("in a listener"), null, Object.create(null) as object]) {
      backend.on("miss", () => {
        throw reason;
      });
    }
    backend.on("miss", last);
    const fn = cached((n: number) => n, { backend });
    expect(fn(1)).toBe(1);
    expect(last).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledTimes(3);
    expect(warn.mock.calls[0]![0]).toContain("in a listener");
  });

  it("may reject without ending the process", async () => {
    const rejected = vi.fn();
    process.on("unhandledRejection", rejected);
    backend.on("miss", async () => Promise.reject(new Error("later")));
    cached((n: number) => n, { backend })(1);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", rejected);
    expect(rejected).not.toHaveBeenCalled();
    expect(warn.mock.calls[0]![0]).toContain("later");
  });

  it("are called as often as they were registered, and removed one by one", () => {
    const listener = vi.fn();
    const stops = [backend.on("miss", listener), backend.on("miss", listener)];
    const fn = cached((n: number) => n, { backend });
    fn(1);
    expect(listener).toHaveBeenCalledTimes(2);
    stops[0]!();
    fn(2);
    expect(listener).toHaveBeenCalledTimes(3);
    stops[1]!();
    fn(3);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it("may add and remove listeners while they are called", () => {
    const late = vi.fn();
    const stop = backend.on("miss", () => {
      stop();
      backend.on("miss", late);
    });
    const fn = cached((n: number) => n, { backend });
    fn(1);
    expect(late).not.toHaveBeenCalled();
    fn(2);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it("may call the function again, also for an eviction", () => {
    const fn = cached((n: number) => n, { backend });
    backend.on("evict", () => fn(3));
    for (let n = 0; n < 20; n++) expect(fn(n)).toBe(n);
    expect(fn.cache.stats().entries).toBe(2);
  });
});
