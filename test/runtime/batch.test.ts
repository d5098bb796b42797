/** Functions from ids to results: each id has an entry of its own. */
import { describe, expect, it, vi } from "vitest";
import { CacheError, cached, cacheOf, invalidateTags, memory, type CachedOptions } from "aotcache";
import { deferred, type Deferred } from "../support/deferred.ts";

interface User {
  readonly id: number;
  readonly lang: string;
}

/** A batch function, and the ids of its runs. */
function usersBy(options: CachedOptions = {}) {
  const runs: (readonly number[])[] = [];
  const users = cached(
    async (ids: readonly number[], lang = "en"): Promise<User[]> => {
      runs.push(ids);
      return ids.map((id) => ({ id, lang }));
    },
    { multi: "ids", ...options },
  );
  return { users, runs };
}

/** A batch function whose runs end when the test ends them. */
function pausedUsers(options: CachedOptions = {}) {
  const runs: (readonly number[])[] = [];
  const ends: Deferred<string[]>[] = [];
  const users = cached(
    async (ids: readonly number[]): Promise<string[]> => {
      runs.push(ids);
      const end = deferred<string[]>();
      ends.push(end);
      return end.promise;
    },
    { multi: "ids", ...options },
  );
  return { users, runs, ends };
}

describe("a batch", () => {
  it("runs once, for the ids that are missing, in their order and each once", async () => {
    const { users, runs } = usersBy();
    for (const ids of [
      [3, 1],
      [4, 3, 2, 2, 1, 4],
      [1, 2],
    ])
      expect(await users(ids)).toEqual(ids.map((id) => ({ id, lang: "en" })));
    expect(runs).toEqual([
      [3, 1],
      [4, 2],
    ]);
    expect(users.cache.stats()).toMatchObject({ hits: 4, misses: 4, sets: 4, entries: 4, runs: 4 });
  });

  it("begins its run at once", () => {
    const { users, runs } = usersBy();
    void users([1]);
    expect(runs).toHaveLength(1);
  });

  it("has entries for each value of its other parameters", async () => {
    const { users, runs } = usersBy();
    await users([1, 2], "de");
    expect(await users([1], "fr")).toEqual([{ id: 1, lang: "fr" }]);
    expect(await users([2, 1], "de")).toEqual([
      { id: 2, lang: "de" },
      { id: 1, lang: "de" },
    ]);
    expect(runs).toEqual([[1, 2], [1]]);
    expect(users.cache.key([1], "de")).toBe('uncompiled:anonymous@0(1,"de")');
  });

  it("gives a list, a Map or an object, as the function does", async () => {
    const form = async <R>(result: (ids: Iterable<string>) => R): Promise<R[]> => {
      let runs = 0;
      const fn = cached((ids: Iterable<string>) => (runs++, result(ids)), { multi: "ids" });
      const results = [fn(["b", "a"]), fn(["a", "c", "b"]), fn(["c", "a"]), fn([])];
      expect(runs).toBe(2);
      return results;
    };
    const upper = (id: string): string => id.toUpperCase();
    expect(await form((ids) => [...ids].map(upper))).toEqual([["B", "A"], ["A", "C", "B"], ["C", "A"], []]);
    expect(await form((ids) => new Map([...ids].map((id) => [id, upper(id)])))).toEqual([
      new Map(Object.entries({ a: "A", b: "B" })),
      new Map(Object.entries({ a: "A", b: "B", c: "C" })),
      new Map(Object.entries({ a: "A", c: "C" })),
      new Map(),
    ]);
    expect(await form((ids) => Object.fromEntries([...ids].map((id) => [id, upper(id)])))).toEqual([
      { a: "A", b: "B" },
      { a: "A", b: "B", c: "C" },
      { a: "A", c: "C" },
      {},
    ]);
  });

  it("takes a Set, and gives the function one", async () => {
    const runs: unknown[] = [];
    const fn = cached(async (ids: Set<number>) => (runs.push(ids), [...ids]), { multi: "ids" });
    expect(await fn(new Set([2, 1]))).toEqual([2, 1]);
    expect(await fn(new Set([3, 1]))).toEqual([3, 1]);
    expect(runs).toEqual([new Set([2, 1]), new Set([3])]);
  });

  it("works for a sync function", () => {
    const runs: (readonly number[])[] = [];
    const squares = cached((ids: readonly number[]) => (runs.push(ids), ids.map((id) => id * id)), {
      multi: "ids",
    });
    expect([squares([2, 3]), squares([3, 4, 4]), squares([])]).toEqual([[4, 9], [9, 16, 16], []]);
    expect(runs).toEqual([[2, 3], [4]]);
  });

  it("keeps ids that the result leaves out as missing, unless `skip` says otherwise", async () => {
    for (const [skip, count] of [
      [undefined, 1],
      ["nullish", 2],
    ] as const) {
      const runs: (readonly number[])[] = [];
      const found = cached(
        async (ids: readonly number[]) => (
          runs.push(ids),
          new Map(ids.filter((id) => id > 1).map((id) => [id, "x"]))
        ),
        { multi: "ids", ...(skip && { skip }) },
      );
      for (let n = 0; n < 2; n++) expect(await found([1, 2])).toEqual(new Map([[2, "x"]]));
      expect(runs).toHaveLength(count);
    }
  });

  it("keeps a null of a list as a result", async () => {
    const run = vi.fn((ids: readonly number[]) => ids.map((id) => (id > 1 ? id : null)));
    const fn = cached(async (ids: readonly number[]) => run(ids), { multi: "ids" });
    for (let n = 0; n < 2; n++) expect(await fn([1, 2])).toEqual([null, 2]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("takes 10,000 ids", async () => {
    const { users, runs } = usersBy();
    const ids = Array.from({ length: 10_000 }, (_, id) => id);
    await users(ids.filter((id) => id % 2));
    expect(await users(ids)).toHaveLength(10_000);
    expect(runs.map(({ length }) => length)).toEqual([5000, 5000]);
  });

  it("runs uncached for what is no list of ids", async () => {
    const run = vi.fn(async (ids: unknown) => ids);
    const fn = cached((ids: unknown) => run(ids), { multi: "ids" });
    for (const ids of [undefined, [{ a: 1 }], "ab"]) expect(await fn(ids)).toBe(ids);
    expect(run).toHaveBeenCalledTimes(3);
    expect(fn.cache.stats().bypassed).toBe(3);
  });
});

describe("batches in flight", () => {
  it("share the ids that they share", async () => {
    const { users, runs, ends } = pausedUsers();
    const results = [users([1, 2]), users([2, 3]), users([3, 1])];
    expect(runs).toEqual([[1, 2], [3]]);
    ends[0]!.resolve(["a", "b"]);
    ends[1]!.resolve(["c"]);
    expect(await Promise.all(results)).toEqual([
      ["a", "b"],
      ["b", "c"],
      ["c", "a"],
    ]);
  });

  it("run alone with `lock: none`", () => {
    const { users, runs } = pausedUsers({ lock: "none" });
    void users([1, 2]);
    void users([2, 3]);
    expect(runs).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it("keep no result of an id that was removed meanwhile", async () => {
    const { users, runs, ends } = pausedUsers();
    const result = users([1, 2]);
    expect(await cacheOf(users).invalidate([2, 9])).toBe(true);
    ends[0]!.resolve(["a", "b"]);
    expect(await result).toEqual(["a", "b"]);
    void users([1, 2]);
    expect(runs).toEqual([[1, 2], [2]]);
  });

  it("keep no result of an id that the run itself removes", () => {
    const runs: (readonly number[])[] = [];
    const fn = cached(
      (ids: readonly number[]): readonly number[] => {
        runs.push(ids);
        void fn.cache.invalidate([2]);
        return ids;
      },
      { multi: "ids" },
    );
    fn([1, 2]);
    fn([2]);
    expect(runs).toEqual([[1, 2], [2]]);
  });

  it("are aborted when all their callers have left", async () => {
    const signals: AbortSignal[] = [];
    const fn = cached(
      async (ids: readonly number[], signal?: AbortSignal): Promise<readonly number[]> => {
        signals.push(signal!);
        await new Promise((resolve) => signal!.addEventListener("abort", resolve));
        return ids;
      },
      { multi: "ids" },
    );
    const [one, two] = [new AbortController(), new AbortController()];
    const first = fn([1, 2], one.signal).catch(String);
    const second = fn([2], two.signal).catch(String);
    expect(signals).toHaveLength(1);
    one.abort("one");
    expect(await first).toBe("one");
    expect(signals[0]!.aborted).toBe(false);
    two.abort("two");
    expect(await second).toBe("two");
    expect(signals[0]!.aborted).toBe(true);
  });
});

describe("errors of a batch", () => {
  it("reject all that wait for the run, and nothing is kept", async () => {
    const { users, runs, ends } = pausedUsers();
    const results = [users([1, 2]), users([2])];
    ends[0]!.reject(new Error("down"));
    for (const result of results) await expect(result).rejects.toThrow("down");
    void users([1, 2]);
    expect(runs).toHaveLength(2);
  });

  it("are thrown by a sync function", () => {
    const fn = cached(
      (ids: readonly number[]): number[] => {
        throw new RangeError(`ids: ${ids.length}`);
      },
      { multi: "ids" },
    );
    for (let n = 0; n < 2; n++) expect(() => fn([1, 2])).toThrow("ids: 2");
  });

  it("that the result has in place of an id's are that id's, and are not kept", async () => {
    const runs: (readonly number[])[] = [];
    const fn = cached(
      async (ids: readonly number[]) => {
        runs.push(ids);
        return ids.map((id) => (id > 1 ? id : new Error(`no ${id}`)));
      },
      { multi: "ids" },
    );
    const results = [fn([1, 2]), fn([3, 1])];
    expect(await Promise.all(results)).toEqual([
      [new Error("no 1"), 2],
      [3, new Error("no 1")],
    ]);
    await fn([2, 1]);
    expect(runs).toEqual([[1, 2], [3], [1]]);
  });

  it("tell that a list has another length than the ids", async () => {
    const fn = cached(
      async function users(ids: readonly number[]) {
        return ids.slice(1);
      },
      { multi: "ids" },
    );
    const error: unknown = await fn([1, 2]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({
      code: "multi-result",
      message: expect.stringMatching(
        /^users \(.*\) returned 1 result for 2 ids; return one result for each id, in the order of the ids, or a Map or an object by id\.$/,
      ),
    });
    const text = cached((ids: readonly number[]) => ids.join(), { multi: "ids", name: "text" });
    expect(() => text([1])).toThrow("text returned neither a list, nor a Map, nor an object");
  });
});

describe("options of a batch", () => {
  it("`ttl`, `skip` and `tags` that are functions get the result and the id", async () => {
    const seen: unknown[][] = [];
    const { users } = usersBy({
      ttl: (...args: unknown[]) => void seen.push(["ttl", ...args]),
      skip: (...args: unknown[]) => (seen.push(["skip", ...args]), false),
      tags: (...args: unknown[]) => (seen.push(["tags", ...args]), ["a"]),
    });
    await users([1], "de");
    const user = { id: 1, lang: "de" };
    expect(seen).toEqual([
      ["tags", 1, "de"],
      ["skip", user, 1, "de"],
      ["ttl", user, 1, "de"],
    ]);
  });

  it("`tags` name the id by the parameter", async () => {
    const { users, runs } = usersBy({ tags: ["user:{ids}"] });
    await users([1, 2]);
    await invalidateTags("user:2");
    await users([1, 2]);
    expect(runs).toEqual([[1, 2], [2]]);
  });

  it("`swr` refreshes the ids that are stale in one run behind the caller", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    try {
      const { users, runs } = usersBy({ ttl: 10, swr: 10 });
      await users([1, 2]);
      vi.advanceTimersByTime(11_000);
      await users([3]);
      expect(await users([1, 2, 3])).toHaveLength(3);
      await vi.waitFor(() => expect(runs).toHaveLength(3));
      expect(runs).toEqual([[1, 2], [3], [1, 2]]);
      expect(users.cache.stats().stale).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("`sie` gives the old results of ids whose run fails", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    try {
      let isDown = false;
      const fn = cached(
        async (ids: readonly number[]) => {
          if (isDown) throw new Error("down");
          return ids;
        },
        { multi: "ids", ttl: 10, sie: 10 },
      );
      await fn([1, 2]);
      isDown = true;
      vi.advanceTimersByTime(11_000);
      expect(await fn([1, 2])).toEqual([1, 2]);
      await expect(fn([1, 3])).rejects.toThrow("down");
    } finally {
      vi.useRealTimers();
    }
  });

  it("`copy` protects the result of each id", async () => {
    const { users } = usersBy({ copy: "clone" });
    const [first] = await users([1]);
    Object.assign(first!, { lang: "changed" });
    expect(await users([1])).toEqual([{ id: 1, lang: "en" }]);
  });

  it("`deadline` limits the run", async () => {
    const { users } = pausedUsers({ deadline: "10ms", name: "slow" });
    await expect(users([1, 2])).rejects.toMatchObject({ code: "deadline" });
  });

  it("that leave the ids out of the key are refused", () => {
    const fn = (ids: readonly number[], lang: string): string[] => ids.map((id) => lang + String(id));
    for (const options of [
      { multi: "ids", ignore: ["ids"] },
      { multi: "ids", key: ["lang"] },
      { multi: "ids", identity: ["ids"] },
    ])
      expect(() => cached(fn, options)).toThrow(expect.objectContaining({ code: "option-conflict" }));
    expect(() => cached(fn, { multi: "lists" })).toThrow("`lists` is not a parameter of fn(ids, lang).");
    expect(() => cached(fn, { multi: "opts.ids" })).toThrow("Write the name of the parameter with the ids");
    expect(() => cached((...ids: number[]) => ids, { multi: "ids" })).toThrow(
      "`ids`, which is a rest parameter",
    );
  });

  it("work with `key`, `ignore` and `this`", async () => {
    const runs: (readonly number[])[] = [];
    class Repo {
      readonly tenant: string;
      constructor(tenant: string) {
        this.tenant = tenant;
      }
      find = cached(
        async function (this: Repo, _trace: string, ids: readonly number[]) {
          runs.push(ids);
          return ids.map((id) => `${this.tenant} ${id}`);
        },
        { multi: "ids", key: ["ids"], this: ["tenant"], name: "find" },
      );
    }
    const repo = new Repo("acme");
    expect(await repo.find("x", [1, 2])).toEqual(["acme 1", "acme 2"]);
    expect(await repo.find("y", [3, 2])).toEqual(["acme 3", "acme 2"]);
    expect(runs).toEqual([[1, 2], [3]]);
    const ignoring = cached(async (_trace: string, ids: readonly number[]) => (runs.push(ids), ids), {
      multi: "ids",
      ignore: ["_trace"],
    });
    await ignoring("x", [7]);
    expect(await ignoring("y", [7, 8])).toEqual([7, 8]);
    expect(runs.slice(2)).toEqual([[7], [8]]);
  });
});

describe("the handle of a batch", () => {
  it("does for each id what it does for a call", async () => {
    const { users, runs } = usersBy({ name: "users" });
    const handle = cacheOf(users);
    expect(await handle.peek([1, 2])).toBeUndefined();
    await users([1, 2]);
    expect(await handle.peek([2, 3, 2])).toEqual([{ id: 2, lang: "en" }, undefined, { id: 2, lang: "en" }]);
    expect(await handle.refresh([2, 3])).toHaveLength(2);
    expect(await handle.bypass([2])).toHaveLength(1);
    await handle.prime(
      [[8, 9]],
      [
        { id: 8, lang: "primed" },
        { id: 9, lang: "primed" },
      ],
    );
    expect(await users([1, 3, 9])).toEqual([
      { id: 1, lang: "en" },
      { id: 3, lang: "en" },
      { id: 9, lang: "primed" },
    ]);
    expect(await handle.invalidate([1, 3])).toBe(true);
    expect(await handle.invalidate([1, 3])).toBe(false);
    expect(await handle.invalidateWhere({ ids: 9 })).toBe(1);
    await users([1, 2, 3, 8, 9]);
    expect(runs).toEqual([[1, 2], [2, 3], [2], [1, 3, 9]]);
  });

  it("has the key of one id, and says so for others", async () => {
    const handle = cacheOf(usersBy({ name: "users" }).users);
    expect(handle.key([7])).toBe("uncompiled:users@0(7)");
    expect(await handle.explain([7])).toMatchObject({ key: "uncompiled:users@0(7)", state: "absent" });
    expect(() => handle.key([7, 8])).toThrow(
      "Each of the ids of users has a key of its own; give a list of one.",
    );
    expect(() => handle.key("7" as never)).toThrow("`ids` of users takes a list or a Set");
  });
});

describe("a single-id function", () => {
  const both = (options: CachedOptions = {}) => {
    const { users, runs } = usersBy({ name: "users", ...options });
    const user = cached(
      async (id: number, lang = "en"): Promise<User | undefined> => {
        runs.push([id]);
        return { id, lang };
      },
      { one: users },
    );
    return { users, user, runs };
  };

  it("shares the entries of its batch function", async () => {
    const { users, user, runs } = both();
    await users([1, 2]);
    expect(await user(2)).toEqual({ id: 2, lang: "en" });
    await user(3);
    expect(await users([3, 1])).toHaveLength(2);
    await user(3, "de");
    expect(runs).toEqual([[1, 2], [3], [3]]);
    expect(cacheOf(user).key(3)).toBe(cacheOf(users).key([3]));
    expect(await cacheOf(user).invalidate(3)).toBe(true);
    expect(await cacheOf(users).peek([3])).toBeUndefined();
    expect(await cacheOf(user).peek(1)).toEqual({ id: 1, lang: "en" });
  });

  it("shares its runs in flight", async () => {
    const { users, runs, ends } = pausedUsers();
    const user = cached(async (id: number) => `alone ${id}`, { one: users });
    const batch = users([1, 2]);
    const one = user(2);
    ends[0]!.resolve(["a", "b"]);
    expect([await batch, await one]).toEqual([["a", "b"], "b"]);
    expect(runs).toEqual([[1, 2]]);
  });

  it("may call its batch function", async () => {
    const { users, runs } = usersBy();
    const user: (id: number) => Promise<User | undefined> = cached(
      async (id: number) => (await users([id]))[0],
      {
        one: users,
      },
    );
    expect(await user(1)).toEqual({ id: 1, lang: "en" });
    expect(await users([1, 2])).toHaveLength(2);
    expect(runs).toEqual([[1], [2]]);
  });

  it("rejects with the error that a result has for its id", async () => {
    const fail = cached(async (ids: readonly number[]) => ids.map((id) => new Error(`no ${id}`)), {
      multi: "ids",
    });
    const one = cached(async (id: number) => id, { one: fail });
    const batch = fail([1]);
    await expect(one(1)).rejects.toThrow("no 1");
    expect(await batch).toEqual([new Error("no 1")]);
  });

  it("has the options of its batch function, and refuses others", async () => {
    const { user } = both({ tags: ["user:{ids}"] });
    await user(1);
    await invalidateTags("user:1");
    expect(await cacheOf(user).peek(1)).toBeUndefined();
    const { users } = usersBy();
    expect(() => cached(async (id: number) => id, { one: users, ttl: 5 })).toThrow(
      "`ttl` has no effect next to `one`",
    );
    expect(() =>
      cached(
        async function one(id: number) {
          return id;
        },
        { one: user },
      ),
    ).not.toThrow();
    expect(() => cached((id: number) => id, { one: (id: number) => id, allow: [] as never })).toThrow(
      CacheError,
    );
  });

  it("works on a cache of its batch function", async () => {
    const cache = memory({ namespace: "batch" });
    const { users, user } = both({ backend: cache });
    await user(1);
    expect(await users([1])).toHaveLength(1);
    expect(cache.stats().sets).toBe(1);
  });
});
