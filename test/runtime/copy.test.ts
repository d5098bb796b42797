import { afterEach, describe, expect, it, vi } from "vitest";
import { cached, memory, type CacheEvent } from "aotcache";
import { deferred } from "../support/deferred.ts";

afterEach(() => void vi.unstubAllEnvs());

const make = (): { list: number[]; nested: { map: Map<string, { n: number }>; when: Date } } => ({
  list: [1, 2],
  nested: { map: new Map([["a", { n: 1 }]]), when: new Date(0) },
});

describe("copy: clone", () => {
  it("returns a separate value to each caller", () => {
    const fn = cached((_: number) => make(), { copy: "clone" });
    const first = fn(1);
    first.list.push(3);
    first.nested.map.get("a")!.n = 9;
    const second = fn(1);
    expect(second).toStrictEqual(make());
    second.nested.when.setTime(5);
    expect(fn(1)).toStrictEqual(make());
    expect(fn.cache.stats()).toMatchObject({ runs: 1, hits: 2 });
  });

  it("also for promises, peek and primed values", async () => {
    const fn = cached(async (_: number) => make(), { copy: "clone" });
    (await fn(1)).list.push(3);
    (await fn(1)).list.push(3);
    (await fn.cache.peek(1))!.list.push(3);
    expect(await fn(1)).toStrictEqual(make());
    const mine = make();
    await fn.cache.prime([2], mine);
    mine.list.push(3);
    expect(await fn(2)).toStrictEqual(make());
  });

  it("also for calls that share a run, whatever the first caller does with its value", async () => {
    const answer = deferred<ReturnType<typeof make>>();
    const fn = cached(async (_: number) => answer.promise, { copy: "clone" });
    const first = fn(1).then((value) => (value.list.push(3), value));
    const others = [fn(1), fn(1)];
    const original = make();
    answer.resolve(original);
    const values = await Promise.all([first, ...others]);
    expect(values[0]).toBe(original);
    expect(new Set(values).size).toBe(3);
    expect(values.slice(1)).toStrictEqual([make(), make()]);
    expect(await fn(1)).toStrictEqual(make());
    expect(fn.cache.stats()).toMatchObject({ runs: 1, misses: 3, hits: 1 });
  });

  it.each([
    ["a result that is not stored", async () => make(), { skip: () => true }],
    ["a run that is invalidated", async () => make(), {}],
  ])("also for calls that share %s", async (_, run, options) => {
    const fn = cached(async (_: number) => run(), { copy: "clone", ...options });
    const calls = [fn(1), fn(1)];
    await fn.cache.invalidate(1);
    const [one, two] = await Promise.all(calls);
    one!.list.push(3);
    expect(two).toStrictEqual(make());
  });

  it("also for calls that share a failed run, which get the stale value", async () => {
    vi.useFakeTimers();
    const run = vi.fn(async () => ({ list: [1] }));
    const fn = cached(async (_: number) => run(), { copy: "clone", ttl: 1, sie: 60 });
    await fn(1);
    vi.advanceTimersByTime(2000);
    run.mockRejectedValue(new Error("down"));
    const [one, two] = await Promise.all([fn(1), fn(1)]);
    one.list.push(3);
    expect(two.list).toEqual([1]);
    expect((await fn(1)).list).toEqual([1]);
    vi.useRealTimers();
  });

  it("not for calls that share a result that cannot be copied", async () => {
    const value = { run: () => 1 };
    const fn = cached(async (_: number) => value, { copy: "clone" });
    expect(await Promise.all([fn(1), fn(1)])).toEqual([value, value]);
    expect(fn.cache.stats()).toMatchObject({ runs: 1, entries: 0 });
  });

  class Money {
    amount = 5;
  }
  it.each([
    ["a function", () => () => 1],
    ["a class instance, somewhere inside", () => ({ price: [new Money()] })],
    ["an Error", () => new Error("text")],
    ["a Buffer, which would come back as a Uint8Array", () => Buffer.from("a")],
    ["an object without a prototype", () => Object.create(null) as object],
    ["a property named by a symbol", () => ({ [Symbol("s")]: 1 })],
    [
      "an object that throws when it is read",
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no");
            },
          },
        ),
    ],
  ])("does not store %s, because a copy would differ", async (_, result) => {
    const backend = memory();
    const events: CacheEvent[] = [];
    backend.on("error", (event) => events.push(event));
    const value = result();
    const run = vi.fn(() => value);
    const fn = cached((_: number) => run(), { copy: "clone", backend });
    expect(fn(1)).toBe(value);
    expect(fn(1)).toBe(value);
    expect(run).toHaveBeenCalledTimes(2);
    expect(events).toMatchObject([{ error: { code: "unstorable" } }, { error: { code: "unstorable" } }]);
    await expect(fn.cache.prime([1], value)).rejects.toMatchObject({ code: "unstorable" });
  });

  it("restores bytes, dates, regular expressions and cycles", () => {
    const value = {
      bytes: new Uint8Array([1, 2]),
      at: new Date(1),
      match: /a/g,
      view: new DataView(new ArrayBuffer(2)),
    };
    const ring: { self?: unknown } = {};
    ring.self = ring;
    const fn = cached((_: number) => [value, ring] as const, { copy: "clone" });
    fn(1);
    const [copy, copiedRing] = fn(1);
    expect(copy).toStrictEqual(value);
    expect(copy).not.toBe(value);
    expect(copiedRing.self).toBe(copiedRing);
    expect(fn.cache.stats()).toMatchObject({ runs: 1, hits: 1 });
  });
});

describe("copy: freeze", () => {
  it("freezes arrays and plain objects at any depth, and nothing else", () => {
    class Money {
      amount = 5;
    }
    const fn = cached((_: number) => ({ list: [{ n: 1 }], money: new Money(), map: new Map() }), {
      copy: "freeze",
    });
    const value = fn(1);
    expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => (value.list[0]!.n = 2)).toThrow(TypeError);
    value.money.amount = 6;
    value.map.set(1, 1);
    expect(fn(1)).toBe(value);
  });

  it("runs no getter, and accepts any depth and any cycle", () => {
    const getter = vi.fn(() => {
      throw new Error("a getter was called");
    });
    let deep: object = Object.defineProperty({}, "lazy", { get: getter, enumerable: true });
    const end = deep as { ring?: unknown };
    for (let i = 0; i < 50_000; i++) deep = { deep };
    end.ring = deep;
    const fn = cached((_: number) => deep, { copy: "freeze" });
    expect(fn(1)).toBe(deep);
    expect(Object.isFrozen(end)).toBe(true);
    expect(fn.cache.stats().entries).toBe(1);
  });

  it("is the default in development", () => {
    vi.stubEnv("NODE_ENV", "development");
    const developed = cached((_: number) => ({ a: 1 }));
    expect(Object.isFrozen(developed(1))).toBe(true);
    const free = cached((_: number) => ({ a: 1 }), { copy: "none" });
    expect(Object.isFrozen(free(1))).toBe(false);
  });

  it("is off elsewhere: every caller gets the same object", () => {
    const fn = cached((_: number) => ({ a: 1 }));
    const value = fn(1);
    value.a = 2;
    expect(fn(1)).toBe(value);
  });
});
