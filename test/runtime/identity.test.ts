/** The option `identity`: objects are told apart by `===`, each has entries of its own, and these go with it. */
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheOf, configure, memory, type CacheEvent, type CachedOptions } from "aotcache";
import { thrown } from "../support/caught.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

type Functions = typeof import("../support/identified.ts");

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ["Date", "performance"] }));
afterEach(() => {
  vi.useRealTimers();
  configure({ default: memory() });
});

describe.each<[form: string, load: () => Promise<unknown>]>([
  ["uncompiled", async () => import("../support/identified.ts?original" as string)],
  ["compiled", async () => import("../support/identified.ts?compiled" as string)],
])("%s", (_, load) => {
  let fns: Functions;
  let drawing: Functions["Drawing"]["prototype"];
  let equal: typeof drawing;
  beforeAll(async () => {
    fns = (await load()) as Functions;
  });
  beforeEach(async () => {
    drawing = new fns.Drawing(1);
    equal = new fns.Drawing(1);
    fns.runs.length = 0;
    for (const fn of [fns.one, fns.mixed, fns.few, fns.stale, fns.failing, fns.slow])
      await cacheOf(fn).clear();
  });

  describe("an object has entries of its own", () => {
    it("whatever is in it, before and after a change", () => {
      const first = fns.one(drawing);
      drawing.points = 5;
      expect(fns.one(drawing)).toBe(first);
      expect(fns.one(equal)).not.toBe(first);
      expect(fns.one(equal)).toBe(fns.one(equal));
      expect(fns.runs).toEqual([[drawing], [equal]]);
    });

    it("with primitive parameters next to it, and as the second parameter", () => {
      for (const zoom of [1, 0, -0, NaN]) {
        expect(fns.mixed(drawing, zoom)).toBe(fns.mixed(drawing, zoom));
        expect(fns.second(zoom, drawing)).toBe(fns.second(zoom, drawing));
        expect(fns.mixed(drawing, zoom)).not.toBe(fns.mixed(equal, zoom));
      }
      expect(fns.mixed(drawing, 0)).not.toBe(fns.mixed(drawing, -0));
      expect(fns.second(1, drawing)).not.toBe(fns.second(2, drawing));
    });

    it("with objects and long texts next to it, which are told apart by content", () => {
      const long = "x".repeat(500);
      const first = fns.hashed(drawing, { a: [1] });
      expect(fns.hashed(drawing, { a: [1] })).toBe(first);
      expect(fns.hashed(drawing, { a: [2] })).not.toBe(first);
      expect(fns.hashed(equal, { a: [1] })).not.toBe(first);
      expect(fns.hashed(drawing, long)).toBe(fns.hashed(drawing, `${long}`));
      expect(fns.hashed(drawing, long)).not.toBe(fns.hashed(drawing, `${long}y`));
      expect(fns.hashed(drawing, "short")).toBe(fns.hashed(drawing, "short"));
    });

    it("in each combination with others", () => {
      const all = [
        fns.two(drawing, equal),
        fns.two(equal, drawing),
        fns.two(drawing, drawing),
        fns.two(drawing, 1),
        fns.two(1, drawing),
        fns.two(1, 1),
      ];
      expect(new Set(all).size).toBe(all.length);
      expect(fns.two(drawing, equal)).toBe(all[0]);
      expect(fns.two(1, drawing)).toBe(all[4]);
      expect(fns.two(1, 1)).toBe(all[5]);
    });

    it("as a property; the others count by content, and whether it is there", () => {
      const log = (): void => undefined;
      const first = fns.inside(1, { engine: drawing, deps: { log }, size: 1 });
      expect(fns.inside(1, { size: 1, deps: { log }, engine: drawing })).toBe(first);
      const others = [
        fns.inside(1, { engine: equal, deps: { log }, size: 1 }),
        fns.inside(1, { engine: drawing, deps: { log }, size: 2 }),
        fns.inside(2, { engine: drawing, deps: { log }, size: 1 }),
        fns.inside(1, { engine: drawing, deps: { log: () => undefined }, size: 1 }),
        fns.inside(1, { engine: drawing, deps: {}, size: 1 }),
        fns.inside(1, { engine: drawing, deps: { log: undefined as never }, size: 1 }),
        fns.inside(1, { engine: drawing, size: 1 }),
        fns.inside(1, { engine: null, size: 1 }),
      ];
      expect(new Set([first, ...others]).size).toBe(9);
      expect(fns.inside(1, { engine: null, size: 1 })).toBe(others.at(-1));
    });

    it("together with `key`, `ignore` and a rest parameter", () => {
      const size = { size: 1, unused: 1 };
      expect(fns.chosen(drawing, size)).toBe(fns.chosen(drawing, { ...size, unused: 2 }));
      expect(fns.chosen(drawing, size)).not.toBe(fns.chosen(equal, size));
      expect(fns.ignoring(drawing, 1, 1)).toBe(fns.ignoring(drawing, 2, 1));
      expect(fns.ignoring(drawing, 1, 2)).not.toBe(fns.ignoring(drawing, 1, 1));
      expect(fns.listed(drawing, 1, 2, 3, 4, 5)).toBe(fns.listed(drawing, 1, 2, 3, 4, 5));
      expect(fns.listed(drawing, 1)).not.toBe(fns.listed(drawing, 2));
      expect(fns.listed(drawing)).not.toBe(fns.listed(equal));
    });

    it("together with parts of the receiver, and in each instance", () => {
      const [page, other, same] = [new fns.Page(1), new fns.Page(2), new fns.Page(1)];
      expect(page.place(drawing, 1)).toBe(same.place(drawing, 1));
      expect(page.place(drawing, 1)).not.toBe(other.place(drawing, 1));
      expect(page.place(drawing, 1)).not.toBe(page.place(equal, 1));
      expect(page.own(drawing)).toBe(page.own(drawing));
      expect(page.own(drawing)).not.toBe(same.own(drawing));
      expect(cacheOf(page.own, page).key(drawing)).toMatch(/\(#\d+\)$/);
    });
  });

  it("primitive values are keyed as ever", () => {
    expect(fns.mixed("a", 1)).toBe(fns.mixed("a", 1));
    expect(fns.mixed(undefined, 1)).toBe(fns.mixed(undefined, 1));
    expect(fns.mixed("#1", 1)).not.toBe(fns.mixed(drawing, 1));
    expect(cacheOf(fns.mixed).key("#1", 1)).toMatch(/\("#1",1\)$/);
  });

  it("the key, the explanation and events show an object as a number that it keeps", async () => {
    const events: CacheEvent[] = [];
    const cache = memory();
    cache.on("set", (event) => events.push(event));
    cache.on("hit", (event) => events.push(event));
    configure({ default: cache });
    const key = cacheOf(fns.mixed).key(drawing, 2);
    expect(key).toMatch(/:mixed@\w+\(#\d+,2\)$/);
    fns.mixed(drawing, 2);
    fns.mixed(drawing, 2);
    expect(events.map((event) => event.key)).toEqual([key, key]);
    const number = /#\d+/.exec(key)![0];
    expect(cacheOf(fns.one).key(drawing)).toContain(`(${number})`);
    const { parts, state } = await cacheOf(fns.mixed).explain(drawing, 2);
    expect(parts[0]).toMatchObject({ name: "drawing", identity: true, text: number });
    expect(state).toBe("fresh");
    expect(cacheOf(fns.inside).key(1, { engine: drawing, size: 3 })).toContain(
      `(1,{engine:null,size:3},opts.engine=${number},opts.deps.log=undefined)`,
    );
  });

  it("every operation of the handle finds the object's entry", async () => {
    const users = cacheOf(fns.mixed);
    expect(await users.peek(drawing, 1)).toBeUndefined();
    const first = fns.mixed(drawing, 1);
    fns.mixed(equal, 1);
    expect(await users.peek(drawing, 1)).toBe(first);
    expect(users.stats()).toMatchObject({ entries: 2 });
    expect(await users.invalidate(drawing, 1)).toBe(true);
    expect(await users.invalidate(drawing, 1)).toBe(false);
    expect(users.stats()).toMatchObject({ entries: 1 });
    const refreshed = await users.refresh(drawing, 1);
    expect(fns.mixed(drawing, 1)).toBe(refreshed);
    const primed = { args: ["primed"] };
    await users.prime([drawing, 1], primed);
    expect(fns.mixed(drawing, 1)).toBe(primed);
    expect(await users.bypass(drawing, 1)).not.toBe(primed);
    expect(fns.mixed(drawing, 1)).toBe(primed);
    await users.clear();
    expect(users.stats()).toMatchObject({ entries: 0 });
    expect(await users.peek(equal, 1)).toBeUndefined();
    expect(fns.mixed(drawing, 1)).not.toBe(primed);
  });

  it("concurrent calls of one object share a run, those of equal objects do not", async () => {
    const results = await Promise.all([
      ...Array.from({ length: 10 }, () => fns.slow(drawing, 1)),
      fns.slow(equal, 1),
    ]);
    expect(fns.runs).toEqual([
      [drawing, 1],
      [equal, 1],
    ]);
    expect(new Set(results).size).toBe(2);
    expect(cacheOf(fns.slow).stats().inFlight).toBe(0);
  });

  it("an invalidation drops the run in flight of this object only", async () => {
    const running = [fns.slow(drawing, 1), fns.slow(equal, 1)] as const;
    expect(await cacheOf(fns.slow).invalidate(drawing, 1)).toBe(true);
    await Promise.all(running);
    expect(await fns.slow(drawing, 1)).not.toBe(await running[0]);
    expect(await fns.slow(equal, 1)).toBe(await running[1]);
  });

  it("`max` bounds the entries of all objects, and evictions are counted", () => {
    for (const each of [drawing, equal, new fns.Drawing(2), new fns.Drawing(3)]) fns.few(each, 1);
    expect(cacheOf(fns.few).stats()).toMatchObject({ entries: 2, evictions: 2 });
    for (let zoom = 0; zoom < 20; zoom++) fns.few(drawing, zoom);
    expect(cacheOf(fns.few).stats().entries).toBe(2);
    expect(fns.few(drawing, 19)).toBe(fns.few(drawing, 19));
  });

  it("`maxBytes` of the cache bounds them, the values and not the objects", async () => {
    const small = memory({ maxBytes: 5000 });
    configure({ default: small });
    const values = (each: object): unknown => fns.weigh(each as never, 1000);
    const objects = Array.from({ length: 6 }, (__, n) => new fns.Drawing(n));
    for (const each of objects) values(each);
    const { entries, evictions } = cacheOf(fns.weigh).stats();
    expect([entries, evictions]).toEqual([4, 2]);
    const runs = fns.runs.length;
    expect(values(objects[5]!)).toBe("x".repeat(1000));
    expect(fns.runs.length).toBe(runs);
    for (const each of objects) await cacheOf(fns.weigh).invalidate(each as never, 1000);
    expect(cacheOf(fns.weigh).stats().entries).toBe(0);
    for (const each of objects.slice(0, 3)) values(each);
    expect(cacheOf(fns.weigh).stats()).toMatchObject({ entries: 3, evictions });
  });

  it("entries expire; `swr` and `sie` answer with the old value of the object", async () => {
    const first = await fns.stale(drawing);
    vi.advanceTimersByTime(15_000);
    expect(await fns.stale(drawing)).toBe(first);
    await vi.waitFor(async () => expect(await fns.stale(drawing)).not.toBe(first));
    expect(await fns.failing(drawing)).toBe(1);
    drawing.points = -1;
    vi.advanceTimersByTime(15_000);
    expect(await fns.failing(drawing)).toBe(1);
    vi.advanceTimersByTime(15_000);
    await expect(fns.failing(drawing)).rejects.toThrow("negative");
  });

  it("`copy=clone` gives each caller a copy", () => {
    const first = fns.copied(drawing);
    expect(fns.copied(drawing)).toEqual(first);
    expect(fns.copied(drawing)).not.toBe(first);
    expect(fns.runs.length).toBe(1);
  });

  describe("collects an entry with its object", () => {
    const settle = async (isDone: () => boolean): Promise<void> => {
      vi.useRealTimers();
      for (let turn = 0; turn < 50 && !isDone(); turn++) {
        await pause(1);
        collectGarbage();
      }
    };

    it.each<[string, (fns: Functions, each: object) => unknown]>([
      ["alone, though the result holds it", ({ one }, each) => one(each as never)],
      ["next to a number", ({ mixed }, each) => mixed(each as never, 1)],
      ["next to an object", ({ hashed }, each) => hashed(each as never, { a: [1] })],
      ["next to another one that lives", ({ two }, each) => two(drawing, each as never)],
      ["in front of another one that lives", ({ two }, each) => two(each as never, drawing)],
      ["as a property", ({ inside }, each) => inside(1, { engine: each as never, size: 1 })],
      ["of an async function", ({ slow }, each) => slow(each as never, 1)],
    ])("%s", async (__, call) => {
      const handles = [fns.one, fns.mixed, fns.hashed, fns.two, fns.inside, fns.slow].map((fn) =>
        cacheOf(fn as typeof fns.one),
      );
      for (const handle of handles) await handle.clear();
      const entries = (): number => handles.reduce((sum, handle) => sum + handle.stats().entries, 0);
      const refs = await (async () => {
        const objects = Array.from({ length: 100 }, (___, n) => new fns.Drawing(n));
        for (const each of objects) await call(fns, each);
        return objects.map((each) => new WeakRef(each));
      })();
      fns.runs.length = 0;
      expect(entries()).toBe(100);
      await settle(() => entries() <= 1);
      // The last object may still be in a register.
      expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(1);
      expect(entries()).toBeLessThanOrEqual(1);
    });

    it("and the value, when the entry is removed while its object lives", async () => {
      const held = (() => new WeakRef(fns.one(drawing)))();
      await cacheOf(fns.one).invalidate(drawing);
      await settle(() => held.deref() === undefined);
      expect(held.deref()).toBeUndefined();
      expect(drawing.points).toBe(1);
    });
  });
});

describe("an uncompiled call is refused", () => {
  it.each<[CachedOptions, string]>([
    [{ identity: ["drawng"] }, "`drawng` is not a parameter of area(drawing, n, more)."],
    [{ identity: ["drawing"], ignore: ["drawing"] }, "which `ignore` leaves out of the key."],
    [{ identity: ["drawing"], key: ["n"] }, "which `key` leaves out."],
    [{ identity: ["drawing"], key: ["drawing.id"] }, "which `key` leaves out."],
    [{ identity: ["drawing", "drawing.id"] }, "no effect on `drawing.id` next to `drawing`."],
    [{ identity: ["drawing"], serializer: "json" }, "`serializer` has no effect next to `identity`"],
    [{ identity: ["drawing"], lock: "distributed" }, "the entries of objects, which stay in memory."],
    [{ identity: ["drawing"], timeout: 1 }, "the entries of objects, which stay in memory."],
    [{ identity: ["more"] }, "`identity` cannot be `more` in area: each call makes a new array"],
  ])("with %o", (options, message) => {
    const area = (drawing: object, n: number, ...more: object[]): unknown => [drawing, n, more];
    expect(thrown(() => cached(area, options))).toMatchObject({
      message: expect.stringContaining(message) as string,
    });
  });
});
