/**
 * Calls the runtime with hand-written code in the form that the compiler emits, so that a change of the
 * contract fails here first.
 */
/* eslint-disable no-var -- emitted code has `var`, because a function may be called above its own line */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CacheError, cached, cacheOf } from "aotcache";
import * as $aot from "aotcache/internal";
import { deferred } from "../support/deferred.ts";
import { thrown } from "../support/caught.ts";

const run = vi.fn();
beforeEach(() => void run.mockReset());

describe("a function declaration", () => {
  // The code for `async function getUser(id: number, locale = "en"): Promise<{ id: number }>`.
  function compile() {
    var $aot_getUser: $aot.CachedFunction | undefined = /* @__PURE__ */ $aot.link(getUser, $aot_getUser_);
    async function getUser(id: number, locale = "en"): Promise<{ id: number }> {
      const $aot_hit = ($aot_getUser ?? $aot_getUser_()).get2(id, locale);
      if ($aot_hit !== undefined) return $aot_hit.value as never;
      return $aot_getUser!.run([id, locale], {
        getUser: async (id, locale): Promise<{ id: number }> => {
          run(id, locale);
          if (id < 0) throw new Error("negative");
          return { id };
        },
      });
    }
    function $aot_getUser_(): $aot.CachedFunction {
      return ($aot_getUser ??= $aot.define(3, {
        id: ["x", "getUser", "3f9a2c1d"],
        at: "src/users.ts:12",
        mode: "async",
        parts: [{ name: "id", type: "number" }, { name: "locale" }],
        omitted: [["signal", "an AbortSignal"]],
        options: { ttl: 10_000 },
      }));
    }
    return getUser;
  }

  it("runs once for equal bound arguments", async () => {
    const getUser = compile();
    const [one, two] = await Promise.all([getUser(42), getUser(42, "en")]);
    expect(one).toBe(two);
    expect(await getUser(42, undefined)).toBe(one);
    expect(await getUser(42, "de")).not.toBe(one);
    expect(run.mock.calls).toEqual([
      [42, "en"],
      [42, "de"],
    ]);
    expect([getUser.name, getUser.length]).toEqual(["getUser", 1]);
  });

  it("has a handle; the function binds the handle's arguments", async () => {
    const getUser = compile();
    const users = cacheOf(getUser);
    expect(users.key(42)).toBe('x:getUser@3f9a2c1d(42,"en")');
    expect(run).not.toHaveBeenCalled();
    await users.prime([42], { id: 1 });
    expect(await getUser(42, "en")).toEqual({ id: 1 });
    expect(await users.invalidate(42, "en")).toBe(true);
    expect(await users.refresh(42)).toEqual({ id: 42 });
    expect(await users.explain(42)).toEqual({
      key: 'x:getUser@3f9a2c1d(42,"en")',
      parts: [
        { name: "id", type: "number", text: "42" },
        { name: "locale", text: '"en"' },
      ],
      omitted: [{ name: "signal", why: "an AbortSignal" }],
      ttl: 10,
      backend: "memory",
      state: "fresh",
      at: "src/users.ts:12",
    });
  });

  it("has its name in the stack of an error", async () => {
    const error = await compile()(-1).catch((reason: unknown) => reason);
    expect((error as Error).message).toBe("negative");
    expect((error as Error).stack).toMatch(/at (?:Object\.)?getUser /);
  });

  it("may be called above its own line: the first call creates the cached function", () => {
    const results = (() => {
      const early = twice(2);
      var $aot_twice: $aot.CachedFunction | undefined = /* @__PURE__ */ $aot.link(twice, $aot_twice_);
      function twice(n: number): number {
        const $aot_hit = ($aot_twice ?? $aot_twice_()).get1(n);
        if ($aot_hit !== undefined) return $aot_hit.value as never;
        return $aot_twice!.run([n], { twice: (n): number => (run(), n * 2) });
      }
      function $aot_twice_(): $aot.CachedFunction {
        return ($aot_twice ??= $aot.define(3, {
          id: ["x", "twice", "1"],
          mode: "sync",
          parts: [{ name: "n" }],
        }));
      }
      return [early, twice(2), cacheOf(twice).stats().hits];
    })();
    expect(results).toEqual([4, 4, 1]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("made for another ABI throws, with the name of the function", () => {
    const error = thrown(() =>
      // Newer code may need features that this runtime lacks.
      $aot.define($aot.ABI + 1, { id: ["x", "getUser", "1"], mode: "sync", parts: [] }, undefined as never),
    );
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code: "abi-mismatch" });
    expect((error as Error).message).toContain("getUser");
  });
});

/** A cached function with one slot, and a call of it in the emitted form. */
function cachedFn<R>(
  mode: $aot.Mode,
  body: (n: number) => R,
  options: $aot.SpecOptions = {},
): (n: number) => R {
  const needs = options.backend === undefined ? [] : [$aot.enableBackends];
  const made = $aot.define(3, { id: ["x", "f", "1"], mode, parts: [{ name: "n" }], options }, ...needs);
  return $aot.bind(
    (n: number): R => {
      const hit = made.get1(n);
      const give = { sync: "value", async: "value", promise: "promise", either: "result" } as const;
      if (hit !== undefined) {
        const kind = give[mode];
        return (kind === "value" ? hit.value : hit[kind]()) as never;
      }
      return made.run([n], { f: body });
    },
    () => made,
    "f",
  );
}

describe("a mode", () => {
  it("promise: returns a promise on hits", async () => {
    const f = cachedFn("promise", (n) => Promise.resolve({ n }));
    const first = await f(1);
    expect(f(1)).toBeInstanceOf(Promise);
    expect(await f(1)).toBe(first);
  });

  it("promise: throws where the function throws, but not for an unknown alias", async () => {
    const error = new Error("at once");
    const f = cachedFn("promise", (): Promise<number> => {
      throw error;
    });
    expect(thrown(() => f(1))).toBe(error);
    const g = cachedFn("promise", (n) => Promise.resolve(n), { backend: "nope" });
    await expect(g(1)).rejects.toMatchObject({ code: "backend-unknown" });
  });

  it("either: returns the kind of result that the function returned", async () => {
    const f = cachedFn("either", (n): number | Promise<number> => (n > 0 ? Promise.resolve(n) : n));
    expect([f(0), f(0)]).toEqual([0, 0]);
    await f(1);
    expect(f(1)).toBeInstanceOf(Promise);
    expect(await f(1)).toBe(1);
  });

  it.each([
    ["sync", (): unknown => Promise.resolve(1)],
    ["promise", (): unknown => 1],
  ] as const)("%s: a result of the wrong kind is returned unchanged, and not stored", async (mode, body) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const f = cachedFn<unknown>(mode, (_: number) => (run(), body()));
    expect(await f(1)).toBe(1);
    expect(await f(1)).toBe(1);
    expect(run).toHaveBeenCalledTimes(2);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    expect(cacheOf(f).stats()).toMatchObject({ bypassed: 2, entries: 0, inFlight: 0 });
  });
});

describe("slots", () => {
  it("may be absent, more than three, or objects", () => {
    const none = $aot.define(3, { id: ["x", "none", "1"], mode: "sync", parts: [] });
    const f = (): number => (none.get0()?.value ?? none.run([], { f: () => (run(), 1) })) as number;
    expect([f(), f()]).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(1);

    const parts = ["a", "b", "c", "d"].map((name) => ({ name }));
    const four = $aot.define(3, { id: ["x", "four", "1"], mode: "sync", parts }, $aot.enableBuiltInKeys);
    const g = (...args: unknown[]): unknown =>
      (four.get(args) ?? { value: four.run(args, { g: (...all: unknown[]) => (run(), all) }) }).value;
    run.mockReset();
    for (const args of [
      [1, 2, 3, -0],
      [1, 2, 3, 0],
      [1, { a: 1 }, [], NaN],
    ]) {
      expect(g(...args)).toEqual(args);
      expect(g(...structuredClone(args))).toEqual(args);
    }
    expect(run).toHaveBeenCalledTimes(3);
  });

  it("may differ from the parameters of the inner function", async () => {
    const made = $aot.define(3, {
      id: ["x", "f", "1"],
      mode: "async",
      parts: [
        { name: "{ a, b }", fields: ["a", "b"] },
        { name: "this.tenant", as: "extra" },
      ],
    });
    class Repo {
      tenant = "acme";
      static {
        $aot.link(this.prototype.find, () => made);
      }
      async find({ a, b = 2 }: { a: number; b?: number; log?: () => void }): Promise<string> {
        const hit = made.get3(a, b, this.tenant);
        if (hit !== undefined) return hit.value as never;
        return made.run(
          [a],
          {
            async find(this: Repo, a): Promise<string> {
              run();
              return `${this.tenant} ${a}`;
            },
          },
          [a, b, this.tenant],
          this,
        );
      }
    }
    const repo = new Repo();
    const log = (): void => undefined;
    expect(await repo.find({ a: 1, log })).toBe("acme 1");
    expect(await repo.find({ a: 1, b: 2, log })).toBe("acme 1");
    expect(run).toHaveBeenCalledTimes(1);
    expect(cacheOf(repo.find, repo).key({ a: 1 })).toBe('x:f@1({a:1,b:2};this.tenant="acme")');
    expect((await cacheOf(repo.find, repo).explain({ a: 1 })).parts).toEqual([
      { name: "{ a, b }", text: "{a:1,b:2}" },
      { name: "this.tenant", text: '"acme"' },
    ]);
    const lost = cacheOf(repo.find);
    expect(thrown(() => lost.key({ a: 1 }))).toMatchObject({ code: "key-unkeyable" });
    await expect(lost.refresh({ a: 1 })).rejects.toBeInstanceOf(TypeError);
    expect(await repo.find({ a: 1 })).toBe("acme 1");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("of defaults that throw: the handle reports no key, and a run throws the error of the default", async () => {
    const error = new Error("no default");
    const made = $aot.define(3, { id: ["x", "f", "1"], mode: "sync", parts: [{ name: "a" }] });
    const fail = (): number => {
      throw error;
    };
    const f = $aot.bind(
      (a: number = fail()): number => {
        const hit = made.get1(a);
        return hit === undefined ? made.run([a], { f: (a) => a }) : (hit.value as never);
      },
      () => made,
    );
    expect(thrown(() => cacheOf(f).key())).toMatchObject({ code: "key-unkeyable", cause: error });
    await expect(cacheOf(f).peek()).rejects.toMatchObject({ code: "key-unkeyable" });
    await expect(cacheOf(f).refresh()).rejects.toBe(error);
    expect(thrown(() => f())).toBe(error);
    expect([f(1), f(1), cacheOf(f).stats().hits]).toEqual([1, 1, 1]);
  });
});

describe("this=instance", () => {
  const made = $aot.define(3, {
    id: ["x", "Repo.find", "1"],
    mode: "async",
    parts: [{ name: "n" }],
    perInstance: true,
    options: { max: 2 },
  });
  class Repo {
    constructor(id: number) {
      this.id = id;
    }
    readonly id: number;
    other: Repo | undefined;
    async find(n: number): Promise<string> {
      const hit = made.of(this).get1(n);
      if (hit !== undefined) return hit.value as never;
      return made.of(this).run(
        [n],
        {
          async find(this: Repo, n): Promise<string> {
            run(this.id);
            return `${this.id} ${n} ${(await this.other?.find(n)) ?? ""}`;
          },
        },
        undefined,
        this,
      );
    }
  }
  $aot.link(Repo.prototype.find, () => made);

  it("has separate entries for each instance", async () => {
    const [one, two] = [new Repo(1), new Repo(2)];
    expect(await Promise.all([one.find(7), one.find(7), two.find(7)])).toEqual(["1 7 ", "1 7 ", "2 7 "]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(await cacheOf(one.find, one).invalidate(7)).toBe(true);
    expect(await cacheOf(one.find, one).peek(7)).toBeUndefined();
    expect(await cacheOf(two.find, two).peek(7)).toBe("2 7 ");
    for (let n = 0; n < 5; n++) await two.find(n);
    expect(cacheOf(two.find, two).stats().entries).toBe(2);
  });

  it("clears one instance, or all", async () => {
    const [one, two] = [new Repo(1), new Repo(2)];
    await Promise.all([one.find(7), two.find(7)]);
    await cacheOf(one.find, one).clear();
    expect(await cacheOf(one.find, one).peek(7)).toBeUndefined();
    expect(await cacheOf(two.find, two).peek(7)).toBe("2 7 ");
    await cacheOf(one.find).clear();
    expect(await cacheOf(two.find, two).peek(7)).toBeUndefined();
  });

  it("lets a run of a handle call another instance, which is answered from its cache", async () => {
    const [one, two] = [new Repo(1), new Repo(2)];
    one.other = two;
    await two.find(7);
    run.mockReset();
    expect(await cacheOf(one.find, one).refresh(7)).toBe("1 7 2 7 ");
    expect(run.mock.calls).toEqual([[1]]);
    expect(await cacheOf(one.find, one).bypass(7)).toBe("1 7 2 7 ");
    expect(run.mock.calls).toEqual([[1], [1]]);
  });

  it("a clear of all instances during a run prevents its result from being stored", async () => {
    const one = new Repo(1);
    const gate = deferred<string>();
    one.other = { find: () => gate.promise } as unknown as Repo;
    const call = one.find(7);
    await cacheOf(one.find).clear();
    gate.resolve("gate");
    expect(await call).toBe("1 7 gate");
    expect(await cacheOf(one.find, one).peek(7)).toBeUndefined();
  });
});

describe("members and expressions", () => {
  const define = (name: string): $aot.CachedFunction =>
    $aot.define(3, { id: ["x", name, "1"], mode: "sync", parts: [{ name: "n" }] });

  it("bind links an expression in place, and restores its name", () => {
    const made = define("f");
    const f = $aot.bind(
      (n: number) => n,
      () => made,
      "f",
    );
    expect(f.name).toBe("f");
    expect(cacheOf(f).stats().entries).toBe(0);
  });

  it("bindMember links a method of an object that no statement can name", () => {
    const made = define("find");
    const object = $aot.bindMember({ users: { find: (n: number) => n } }, ["users", "find"], () => made);
    expect(cacheOf(object.users.find).stats().entries).toBe(0);
  });

  it("named passes its id to the surrounding cached(), once", () => {
    const fetchUser = (id: number): number => (run(), id);
    const spec = (): $aot.FunctionSpec => ({
      id: ["x", "getUser", "9"],
      at: "src/users.ts:3",
      mode: "either",
      parts: [{ name: "id" }],
    });
    const getUser = cached($aot.named(fetchUser, spec), { ttl: 5 });
    const other = cached(fetchUser);
    expect([getUser(1), getUser(1), fetchUser(1)]).toEqual([1, 1, 1]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(getUser.cache.key(1)).toBe("x:getUser@9(1)");
    expect(other.cache.key(1)).toBe("uncompiled:fetchUser@0(1)");
    expect(() => cacheOf(fetchUser)).toThrow(CacheError);
  });

  it("options known only at run time are checked, and accepted by cached() around a compiled function", () => {
    const made = define("f");
    const f = $aot.bind(
      (n: number): number => {
        const hit = made.get1(n);
        return hit === undefined ? made.run([n], { f: (n) => (run(), n) }) : (hit.value as never);
      },
      () => made,
    );
    f(1);
    expect(cached(f, { skip: (result: number) => result > 5 })).toBe(f);
    for (const n of [1, 1, 9, 9]) f(n);
    expect(run).toHaveBeenCalledTimes(4);
    expect(thrown(() => $aot.options(undefined, { tll: 1 } as never))).toMatchObject({
      code: "option-unknown",
    });
    expect($aot.options(undefined, { ttl: 10, name: "x", key: ["a"] })).toEqual({ ttl: 10_000 });
  });

  it("without drops properties, and keeps the rest unchanged", () => {
    const given = { id: 1, signal: new AbortController().signal, ["__proto__"]: 5 };
    expect(Object.entries($aot.without(given, "signal"))).toEqual([
      ["id", 1],
      ["__proto__", 5],
    ]);
    const when = new Date(0);
    expect($aot.without(when, "signal")).toBe(when);
    expect($aot.without(undefined, "signal")).toBeUndefined();
  });
});

describe("options that the compiler could not see", () => {
  const late = (options: object): unknown => {
    const define = (): $aot.CachedFunction =>
      $aot.define($aot.ABI, { id: ["x", "late", "1"], mode: "sync", parts: [], seen: ["ttl"] });
    const own = define();
    return cached(
      $aot.bind(
        () => 1,
        () => own,
      ),
      options,
    );
  };

  it("are accepted if they concern the run", () => {
    expect(late({ ttl: 5, swr: 5 })).toBeTypeOf("function");
  });

  it.each(["key", "ignore", "this", "namespace", "name", "version"])("are rejected: %s", (name) => {
    const value = ["key", "ignore", "this"].includes(name) ? ["a"] : "a";
    expect(() => late({ [name]: value })).toThrow(`\`${name}\` came too late`);
  });
});
