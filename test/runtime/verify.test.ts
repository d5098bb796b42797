/** `configure({ verify })`: hits are recomputed behind the caller, and differences are events. */
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheOf, configure, memory, type CacheEvent, type MemoryCache } from "aotcache";
import { keyv } from "aotcache/keyv";

type Changing = typeof import("../support/changing.ts");

const warn = vi.spyOn(console, "warn");
let events: CacheEvent[];
let backend: MemoryCache;

beforeEach(() => {
  warn.mockReset().mockImplementation(() => undefined);
  events = [];
  backend = memory();
  for (const type of ["mismatch", "error"] as const) backend.on(type, (event) => events.push(event));
  configure({ verify: 1, backends: { far: keyv(new Map()) } });
});
afterEach(() => {
  configure({ verify: 0, backends: {} });
});

/** Lets runs behind callers end. */
async function settle(): Promise<void> {
  for (let n = 0; n < 10; n++) await turn();
}

describe("a hit whose result differs", () => {
  it("is an event with the key, both values and the path, and a warning once", async () => {
    let role = "a";
    const fn = cached((id: number) => ({ id, roles: ["x", role] }), { name: "fn", namespace: "x", backend });
    fn(1);
    role = "b";
    expect([fn(1), fn(1)]).toEqual([1, 1].map((id) => ({ id, roles: ["x", "a"] })));
    await settle();
    expect(events[0]).toEqual({
      ...{ type: "mismatch", key: "x:fn@0(1)", id: "x:fn@0", path: "roles[1]" },
      ...{ kept: { id: 1, roles: ["x", "a"] }, computed: { id: 1, roles: ["x", "b"] } },
    });
    expect(events).toHaveLength(2);
    expect(warn.mock.calls.flat()).toEqual([
      "aotcache: a stored result of fn differs from a new one at roles[1]: it depends on more than its key, or has changed within its ttl.",
    ]);
  });

  it("is not stored, nor counted as a run", async () => {
    let n = 0;
    const fn = cached(() => ++n, { name: "fn", backend });
    fn();
    fn();
    await settle();
    expect([n, fn(), fn.cache.stats().runs]).toEqual([2, 1, 1]);
    await settle();
  });

  it.each<[string, object]>([
    ["memory", {}],
    ["a store", { backend: "far" }],
    ["a near tier", { backend: keyv(new Map(), { near: "1m" }) }],
  ])("is found in %s, of an async function", async (_, options) => {
    let n = 0;
    const cache = (options as { backend?: unknown }).backend ?? backend;
    const fn = cached(async (id: number) => ({ id, n: n++ }), { name: "fn", backend: cache as never });
    const found: CacheEvent[] = [];
    configure({
      log: (_level, _message, details) =>
        void (details.type === "mismatch" && found.push(details as CacheEvent)),
    });
    await fn(1);
    await settle();
    expect(await fn(1)).toEqual({ id: 1, n: 0 });
    await settle();
    configure({ log: undefined });
    expect(found).toMatchObject([{ path: "n", kept: { id: 1, n: 0 }, computed: { id: 1, n: 1 } }]);
  });

  it("is found for the ids of a batch", async () => {
    let factor = 1;
    const fn = cached(async (ids: number[]) => ids.map((id) => id * factor), {
      ...{ name: "fn", multi: "ids", backend },
    });
    await fn([1, 2]);
    factor = 2;
    expect(await fn([1, 2])).toEqual([1, 2]);
    await settle();
    expect(events.map(({ key, kept, computed }) => [key, kept, computed])).toEqual([
      ["uncompiled:fn@0(1)", 1, 2],
      ["uncompiled:fn@0(2)", 2, 4],
    ]);
  });
});

describe("no event", () => {
  it("is there for equal results, for an entry that was removed, or arguments that were changed", async () => {
    let n = 0;
    const equal = cached((id: number) => ({ id }), { name: "equal", backend });
    const removed = cached((_: number) => ++n, { name: "removed", backend });
    const changed = cached((list: number[]) => list.length, { name: "changed", backend });
    const list = [1];
    for (let call = 0; call < 2; call++) {
      equal(1);
      removed(1);
      changed(list);
    }
    list.push(2);
    await cacheOf(removed).invalidate(1);
    await settle();
    expect(events).toEqual([]);
  });

  it("is a mismatch if the run fails, but an error that is counted", async () => {
    let fails = false;
    const fn = cached(
      (_: number) => {
        if (fails) throw new Error("down");
        return 1;
      },
      { name: "fn", backend },
    );
    fn(1);
    fails = true;
    expect(fn(1)).toBe(1);
    await settle();
    expect(events).toMatchObject([
      { type: "error", reason: "the run that verifies a hit failed", error: new Error("down") },
    ]);
    expect(fn.cache.stats().errors).toBe(1);
  });

  it("changes what a caller may change", async () => {
    const fn = cached((_: number) => ({ list: [1] }), { name: "fn", backend, copy: "clone" });
    fn(1);
    fn(1).list.push(2);
    await settle();
    expect(events).toEqual([]);
  });
});

it("verifies so many of the hits of the inline lookup, and lets the others take it", async () => {
  configure({ verify: 0.01 });
  let runs = 0;
  const fn = cached((_: number) => ++runs, { name: "fn", backend });
  fn(1);
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 640; n++) fn(1);
    await turn();
  }
  await settle();
  expect(runs - 1).toBeGreaterThan(300);
  expect(runs - 1).toBeLessThan(900);
});

it("runs the body of a compiled sync function within its caller, who gets the stored result if it fails", async () => {
  const { changing, state } = (await import("../support/changing.ts?compiled" as string)) as Changing;
  configure({
    log: (_level, _message, details) => void (details.type && events.push(details as CacheEvent)),
  });
  changing(0);
  state.factor = 2;
  changing(0);
  expect(events.at(-1)).toMatchObject({ type: "mismatch", kept: 1, computed: 2, path: "" });
  expect(cacheOf(changing).stats()).toMatchObject({ hits: 1, sets: 1, runs: 1 });
  state.fails = true;
  expect(changing(0)).toBe(1);
  expect(events.at(-1)).toMatchObject({ type: "error", error: new Error("down") });
  configure({ log: undefined });
});

it.each([-1, 2, NaN, "0.5"])("refuses %j", (verify) => {
  expect(() => configure({ verify: verify as number })).toThrow("write the share of hits, like `0.01`.");
});
