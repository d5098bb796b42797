import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, cacheKey, cacheOf, memory, type CachedOptions, type CacheEvent } from "aotcache";

const warn = vi.spyOn(console, "warn");
beforeEach(() => void warn.mockReset().mockImplementation(() => undefined));
afterEach(() => void vi.unstubAllEnvs());

describe("a wrapped function", () => {
  it("has the name and the length of the original", () => {
    const fn = cached(function getUser(_id: number, _locale = "en", ..._rest: unknown[]) {});
    expect([fn.name, fn.length]).toEqual(["getUser", 1]);
    const anonymous = cached(
      (
        () => (_a: number, _b: number) =>
          1
      )(),
    );
    expect([anonymous.name, anonymous.length]).toEqual(["", 2]);
  });

  it("is wrapped once: wrapping it again replaces its options", () => {
    const once = cached((n: number) => n, { ttl: 10 });
    const twice = cached(once, { ttl: 20 });
    expect(twice).toBe(once);
  });

  it("accepts its options as the first argument", () => {
    const fn = cached({ name: "named", namespace: "x" })((n: number) => n);
    expect(fn.cache.key(1)).toBe("x:named@0(1)");
  });

  it("has its own entries, whatever its name is", () => {
    const make = (value: string) => cached({ name: "same" })((_: number) => value);
    const [one, two] = [make("one"), make("two")];
    expect([one(1), two(1), one(1), two(1)]).toEqual(["one", "two", "one", "two"]);
  });

  it("drops trailing undefined arguments, which look like omitted ones", () => {
    const run = vi.fn();
    const fn = cached((..._: unknown[]) => run());
    for (const args of [
      [1],
      [1, undefined],
      [1, undefined, undefined],
      [1, undefined, undefined, undefined],
    ]) {
      fn(...args);
    }
    expect(run).toHaveBeenCalledTimes(1);
    fn(undefined, 1);
    fn(null);
    fn();
    fn(undefined);
    expect(run).toHaveBeenCalledTimes(4);
  });

  it("accepts any number of arguments", () => {
    const fn = cached((...args: unknown[]) => args.length);
    const all = Array.from({ length: 12 }, (_, index) => index);
    for (const round of [1, 2]) {
      for (let length = 0; length <= 12; length++)
        expect([round, fn(...all.slice(0, length))]).toEqual([round, length]);
    }
    expect(fn.cache.stats()).toMatchObject({ entries: 13, hits: 13, misses: 13 });
    expect(fn.cache.key(0, 1, 2, 3, 4)).toBe("uncompiled:anonymous@0(0,1,2,3,4)");
  });

  it("ignores an AbortSignal, as an argument and as a property of one", () => {
    const run = vi.fn();
    const fn = cached((_id: number, _o?: { signal?: AbortSignal; a?: number } | AbortSignal) => run());
    const signal = (): AbortSignal => new AbortController().signal;
    fn(1);
    fn(1, signal());
    expect(run).toHaveBeenCalledTimes(1);
    fn(1, { a: 1, signal: signal() });
    fn(1, { a: 1, signal: signal() });
    fn(1, { a: 1 });
    expect(run).toHaveBeenCalledTimes(2);
    const given = { a: 1, signal: signal() };
    expect(cached((options: object) => options)(given)).toBe(given);
  });

  it("distinguishes objects by their contents, classes by their [cacheKey]()", () => {
    class Money {
      constructor(amount: number) {
        this.amount = amount;
      }
      readonly amount: number;
      [cacheKey](): unknown {
        return this.amount;
      }
    }
    const fn = cached((money: Money) => ({ amount: money.amount }));
    expect(fn(new Money(1))).toBe(fn(new Money(1)));
    expect(fn(new Money(2))).not.toBe(fn(new Money(1)));
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("a call whose arguments have no key", () => {
  const ring: { self?: unknown } = {};
  ring.self = ring;
  const thrower = {
    get a(): never {
      throw new Error("read");
    },
  };
  it.each([
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a cyclic object", ring],
    ["a class instance", new (class Thing {})()],
    ["a promise", Promise.resolve()],
    ["an object that throws when it is read", thrower],
  ])("runs the function without the cache: %s", (_, argument) => {
    const run = vi.fn();
    const fn = cached((..._args: unknown[]) => run());
    fn(argument);
    fn(argument);
    fn(1, 2, 3, argument);
    expect(run).toHaveBeenCalledTimes(3);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 3, entries: 0, misses: 0 });
  });

  it("emits an event each time, and one warning for each function", () => {
    const backend = memory();
    const events: CacheEvent[] = [];
    backend.on("bypass", (event) => events.push(event));
    const fn = cached((_: unknown) => 1, { backend, name: "fn" });
    for (let i = 0; i < 3; i++) fn(() => 1);
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({ type: "bypass", key: undefined, id: "uncompiled:fn@0" });
    expect(events[0]!.reason).toContain("arguments[0]");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toContain("fn");
    cached((_: unknown) => 1)(() => 1);
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it("warns once for all instances of a class", () => {
    const find = cached(function (this: object, _: unknown) {
      return this;
    });
    for (let i = 0; i < 3; i++) find.call({}, () => 1);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("does not warn in production", () => {
    vi.stubEnv("NODE_ENV", "production");
    cached((_: unknown) => 1)(() => 1);
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("key and ignore name parameters", () => {
  it("key: only the named parameters are in the key", () => {
    const run = vi.fn();
    const fn = cached((_id: number, _opts: { locale: string; trace?: string }, _rest?: number) => run(), {
      key: ["_id", "_opts.locale"],
      name: "fn",
    });
    fn(1, { locale: "en", trace: "a" }, 1);
    fn(1, { locale: "en", trace: "b" }, 2);
    expect(run).toHaveBeenCalledTimes(1);
    fn(1, { locale: "de" });
    fn(2, { locale: "en" });
    expect(run).toHaveBeenCalledTimes(3);
    expect(fn.cache.key(1, { locale: "en" })).toBe('uncompiled:fn@0(1,_opts.locale="en")');
  });

  it("ignore: the named parameters are not in the key", async () => {
    const run = vi.fn();
    const fn = cached((_a: number, _log: () => void, _b: number) => run(), { ignore: ["_log"], name: "fn" });
    fn(1, () => undefined, 2);
    fn(1, () => undefined, 2);
    expect(run).toHaveBeenCalledTimes(1);
    fn(1, () => undefined, 3);
    expect(run).toHaveBeenCalledTimes(2);
    expect(await fn.cache.invalidate(1, () => undefined, 2)).toBe(true);
  });

  // As text, because a transform of this file would drop comments.
  it.each([
    'function (a = ",)", b = { x: [1, (2)] }, id = 0) { return id; }',
    "async function named(a, b, id) { return id; }",
    '(a = /[,(]/.test("("), b = `,)`, id) => id',
    '(a = 4 / 2, b = "/", id) => id',
    "(a /* , */, b, // )\n id) => id",
    "async (a, [b], id = 0) => id",
    "({ find(a, { b } = {}, id) { return id; } }).find",
    "({ async *[Symbol.iterator]() {}, async async(a, b, ...id) { return id[0]; } }).async",
    "(a, b, \u00efd, id) => id ?? \u00efd",
  ])("in any syntax: %s", async (text) => {
    const fn = new Function(`return ${text}`)() as (a: unknown, b: unknown, ...ids: number[]) => unknown;
    const byId = cached(fn, { key: ["id"] });
    const more = fn.length > 3 ? [0] : [];
    const results = [
      await byId("a", [], ...more, 1),
      await byId("b", [], ...more, 1),
      await byId("b", [], ...more, 2),
    ];
    expect(results).toEqual([1, 1, 2]);
    expect(byId.cache.stats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it("that is a rest parameter: all its elements", () => {
    const byAll = cached((a: number, ...ids: number[]) => [a, ...ids], { key: ["ids"] });
    expect([byAll(1, 2, 3), byAll(1, 2, 4), byAll(5, 2, 3)]).toEqual([
      [1, 2, 3],
      [1, 2, 4],
      [1, 2, 3],
    ]);
    const byFirst = cached((a: number, ...ids: number[]) => [a, ...ids], { ignore: ["ids"] });
    expect([byFirst(1, 2, 3), byFirst(1, 4, 5, 6), byFirst(2)]).toEqual([[1, 2, 3], [1, 2, 3], [2]]);
  });

  // As text, because a transform of this file would change it.
  it.each([
    "({ id, more }) => id",
    "async ({ more, id = 1, ...rest }) => id",
    'function ({ a: { b: id } = {}, x = { id: "}" }, ...more }, y) { return id; }',
    "async ({ /* { */ [`a`]: x, 'b': y, a: { b: { id } } = {}, id: z }) => id ?? z",
  ])("that a destructured parameter binds: %s", async (text) => {
    const fn = new Function(`return ${text}`)() as (query: object) => unknown;
    const query = (id: number, more: number): object => ({
      id,
      a: { b: text.includes("{ id }") ? { id } : id },
      more,
    });
    const byId = cached(fn, { key: ["id"] });
    const results = [await byId(query(1, 1)), await byId(query(1, 2)), await byId(query(2, 2))];
    expect(results).toEqual([1, 1, 2]);
    expect(byId.cache.stats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it("ignore: a name that a destructured parameter binds", () => {
    const run = vi.fn();
    const fn = cached(
      (_a: number, { id: _id, log: { to: _to } }: { id: number; log: { to: unknown } }) => run(),
      {
        ignore: ["_to"],
        name: "fn",
      },
    );
    fn(1, { id: 1, log: { to: () => undefined } });
    fn(1, { id: 1, log: { to: "b" } });
    expect(run).toHaveBeenCalledTimes(1);
    fn(1, { id: 2, log: { to: "b" } });
    fn(2, { id: 2, log: { to: "b" } });
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("of an arrow function with a single parameter", () => {
    const fn = new Function("return opts => opts.id")() as (opts: { id: number; x: number }) => number;
    const byId = cached({ key: ["opts.id"] })(fn);
    expect([byId({ id: 1, x: 1 }), byId({ id: 1, x: 2 })]).toEqual([1, 1]);
    expect(byId.cache.stats().hits).toBe(1);
  });

  it("a getter on the path that throws loses the entry, not the call", () => {
    const fn = cached((opts: { readonly id: number }) => typeof opts, { key: ["opts.id"] });
    const opts = {
      get id(): never {
        throw new Error("read");
      },
    };
    expect([fn(opts), fn(opts)]).toEqual(["object", "object"]);
    expect(fn.cache.stats().bypassed).toBe(2);
    expect(() => fn.cache.key(opts)).toThrow("has no key: opts.id threw an error when it was read.");
  });
});

describe("the receiver", () => {
  const make = (options: CachedOptions = {}) => {
    const run = vi.fn();
    class Repo {
      constructor(tenant: string) {
        this.tenant = tenant;
      }
      tenant: string;
      find = find;
    }
    function find(this: Repo, id: number): string {
      run();
      return `${this.tenant} ${id}`;
    }
    Repo.prototype.find = cached(find, options);
    const create = (tenant: string): Repo => {
      const repo = new Repo(tenant);
      repo.find = Repo.prototype.find;
      return repo;
    };
    return { create, run };
  };

  it("has its own entries if the function reads `this`", async () => {
    const { create, run } = make();
    const [one, two] = [create("one"), create("two")];
    expect([one.find(1), two.find(1), one.find(1)]).toEqual(["one 1", "two 1", "one 1"]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(await cacheOf(one.find, one).invalidate(1)).toBe(true);
    expect(await cacheOf(one.find, one).peek(1)).toBeUndefined();
    expect(await cacheOf(two.find, two).peek(1)).toBe("two 1");
    await cacheOf(two.find, two).clear();
    expect(await cacheOf(two.find, two).peek(1)).toBeUndefined();
    one.find(1);
    await cacheOf(one.find).clear();
    expect(await cacheOf(one.find, one).peek(1)).toBeUndefined();
  });

  it("has no effect on a function that never reads it, whatever object contains it", async () => {
    const run = vi.fn();
    const api = {
      arrow: cached(async (n: number) => (run(), n)),
      method: cached(
        {
          get(n: number) {
            return (run(), n);
          },
        }.get,
      ),
      async: cached(
        {
          async(n: number) {
            return (run(), n);
          },
        }.async,
      ),
    };
    for (const name of ["arrow", "method", "async"] as const) {
      run.mockReset();
      await api[name](1);
      const fn = api[name];
      await fn(1);
      expect(run).toHaveBeenCalledTimes(1);
      expect(await fn.cache.invalidate(1)).toBe(true);
      await api[name](1);
      expect(run).toHaveBeenCalledTimes(2);
    }
  });

  it("has its own entries for a method that is async", () => {
    const object = {
      id: 1,
      async(n: number) {
        return this.id + n;
      },
    };
    object.async = cached(object.async);
    const other = { ...object, id: 2 };
    expect([object.async(1), other.async(1)]).toEqual([2, 3]);
  });

  it("this: property paths are part of the key", () => {
    const { create, run } = make({ this: ["tenant"], name: "find", namespace: "x" });
    const [one, same, two] = [create("one"), create("one"), create("two")];
    expect([one.find(1), same.find(1), two.find(1)]).toEqual(["one 1", "one 1", "two 1"]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(cacheOf(one.find, one).key(7)).toBe('x:find@0(7;this.tenant="one")');
  });

  it("this: ignore removes it from the key", () => {
    const { create, run } = make({ this: "ignore" });
    expect([create("one").find(1), create("two").find(1)]).toEqual(["one 1", "one 1"]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("a refresh of one instance does not refresh another instance that it calls", async () => {
    const run = vi.fn();
    class Tree {
      constructor(child?: Tree) {
        this.child = child;
      }
      readonly child: Tree | undefined;
      depth = function (this: Tree, _: number): number {
        run();
        return 1 + (this.child?.depth(_) ?? 0);
      };
    }
    const depth = cached(new Tree().depth);
    const leaf = new Tree();
    const root = new Tree(leaf);
    leaf.depth = root.depth = depth;
    expect(root.depth(0)).toBe(2);
    expect(await cacheOf(root.depth, root).refresh(0)).toBe(2);
    expect(run).toHaveBeenCalledTimes(3);
    const { hits, misses, runs } = cacheOf(root.depth).stats();
    expect({ hits, misses, runs }).toEqual({ hits: 1, misses: 2, runs: 3 });
    expect(cacheOf(root.depth, root).stats()).toMatchObject({ hits, misses, runs, entries: 1 });
  });
});
