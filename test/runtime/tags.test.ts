import { afterEach, describe, expect, test, vi } from "vitest";
import { cached, cacheOf, configure, invalidateTags, memory, type Cache } from "aotcache";
import { deferred } from "../support/deferred.ts";

afterEach(() => configure({ default: undefined, backends: {} } as never));

describe("tags in memory", () => {
  test("invalidate the results of all functions that have them, and no others", async () => {
    const runs: string[] = [];
    const user = cached((id: number) => runs.push(`user ${id}`), { tags: ["user:{id}", "users"] });
    const posts = cached((id: number) => runs.push(`posts ${id}`), { tags: ["user:{id}"] });
    const callAll = (): number[] => [user(1), user(2), posts(1), posts(2)];
    callAll();
    callAll();
    expect(runs.splice(0)).toEqual(["user 1", "user 2", "posts 1", "posts 2"]);
    await invalidateTags("user:1");
    callAll();
    expect(runs.splice(0)).toEqual(["user 1", "posts 1"]);
    await invalidateTags(["users", "unknown"]);
    callAll();
    callAll();
    expect(runs).toEqual(["user 1", "user 2"]);
  });

  test("take effect at once, before the promise fulfils", () => {
    const run = vi.fn((id: number) => id);
    const fn = cached(run, { tags: ["t"] });
    fn(1);
    void invalidateTags("t");
    fn(1);
    expect(run).toHaveBeenCalledTimes(2);
  });

  test("keep the result of a run in flight from being stored, and later calls do not join it", async () => {
    const ends = [deferred<string>(), deferred<string>()];
    let runs = 0;
    const fn = cached(async (_: number) => ends[runs++]!.promise, { tags: ["t"] });
    const early = fn(1);
    await invalidateTags("t");
    const late = fn(1);
    ends[0]!.resolve("old");
    expect(await early).toBe("old");
    ends[1]!.resolve("new");
    expect(await late).toBe("new");
    expect(await fn(1)).toBe("new");
    expect(runs).toBe(2);
  });

  test("keep the result of a sync run that invalidates them from being stored", () => {
    let runs = 0;
    const fn = cached(
      (_: number) => {
        void invalidateTags("t");
        return ++runs;
      },
      { tags: ["t"] },
    );
    expect([fn(1), fn(1)]).toEqual([1, 2]);
  });

  test("leave no old value to swr, sie, peek or explain", async () => {
    vi.useFakeTimers();
    try {
      let runs = 0;
      const fn = cached(async (_: number) => ++runs, { ttl: 10, swr: 100, sie: 100, tags: ["t"] });
      await fn(1);
      vi.advanceTimersByTime(11_000);
      await invalidateTags("t");
      expect(await fn.cache.peek(1)).toBeUndefined();
      expect((await fn.cache.explain(1)).state).toBe("absent");
      expect(await fn(1)).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("reach primed values, refreshed ones and those of instances", async () => {
    class Repo {
      runs = 0;
      find(id: number): number {
        this.runs++;
        return id;
      }
    }
    const find = cached(Repo.prototype.find, { this: "instance", tags: ["repo"] });
    const [one, other] = [new Repo(), new Repo()];
    find.call(one, 1);
    find.call(other, 1);
    await cacheOf(find, one).prime([2], 2);
    await invalidateTags("repo");
    find.call(one, 1);
    find.call(other, 1);
    find.call(one, 2);
    expect([one.runs, other.runs]).toEqual([3, 2]);
  });

  test("insert properties of parameters, and may come from a function of the arguments", async () => {
    const run = vi.fn((user: { id: number; name: string }) => user.name);
    const byPath = cached((user: { id: number; name: string }) => run(user), { tags: ["user:{user.id}"] });
    const byFunction = cached(run, { tags: (user: { id: number }) => [`user:${user.id}`, "a,b"] });
    const callAll = (): void => void [byPath({ id: 1, name: "Ada" }), byFunction({ id: 1, name: "Ada" })];
    callAll();
    await invalidateTags("user:1");
    callAll();
    expect(run).toHaveBeenCalledTimes(4);
    await invalidateTags("a,b");
    callAll();
    expect(run).toHaveBeenCalledTimes(5);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no tags");
      },
      "its `tags` threw: no tags",
    ],
    ["returns no array", () => "users", "its `tags` returned no array"],
    ["returns no texts", () => [1], "its `tags` returned a value that is no text"],
    ["returns a long text", () => ["x".repeat(513)], "a tag has more than 512 bytes"],
  ])("a function that %s bypasses the cache, with a reason", (_, tags, reason) => {
    const backend = memory();
    const onBypass = vi.fn();
    backend.on("bypass", onBypass);
    const run = vi.fn((id: number) => id);
    const fn = cached(run, { backend, tags: tags as never });
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect([fn(1), fn(1)]).toEqual([1, 1]);
    expect(run).toHaveBeenCalledTimes(2);
    expect(onBypass).toHaveBeenCalledWith(expect.objectContaining({ reason }));
  });

  test.each([
    [{ tags: ["user:{name}"] }, "`name` is not a part of the key of fn; its parts are `id`, `locale`."],
    [
      { tags: ["user:{id}"], key: ["locale"] },
      "`id` is not a part of the key of fn; its parts are `locale`.",
    ],
    [{ tags: [] }, '`tags` cannot be `[]`. Write an array of texts, like `["user:{id}", "users"]`.'],
    [{ tags: ["user:{id"] }, "Write braces around the names of parameters only, like `user:{id}`."],
    [{ tags: ["x".repeat(513)] }, "Write tags of at most 512 bytes."],
  ])("refuse %j", (options, message) => {
    expect(() =>
      cached((id: number, locale?: string) => `${id} ${locale}`, { name: "fn", ...options }),
    ).toThrow(message);
  });

  test("free the values in the background, also many", async () => {
    const fn = cached((id: number) => ({ id }), { tags: ["t{id}", "all"], max: 20_000 });
    for (let id = 0; id < 15_000; id++) fn(id);
    await invalidateTags("all");
    await vi.waitFor(() => expect(fn.cache.stats().entries).toBe(0));
  });
});

describe("invalidateTags()", () => {
  test("reaches the default cache, the named ones and the built-in one, each by itself as a method", async () => {
    const [main, named] = [memory(), memory()];
    configure({ default: main, backends: { named } });
    await Promise.all([main.set("k", 1, { tags: ["t"] }), named.set("k", 1, { tags: ["t"] })]);
    await named.invalidateTags("t");
    expect([await main.get("k"), await named.get("k")]).toEqual([1, undefined]);
    await invalidateTags("t");
    expect(await main.get("k")).toBeUndefined();
  });

  test("rejects if a cache fails, after it has reached the others", async () => {
    const [closed, open] = [memory(), memory()];
    configure({ default: closed, backends: { open } });
    await open.set("k", 1, { tags: ["t"] });
    await closed.close();
    await expect(invalidateTags("t")).rejects.toMatchObject({ code: "closed" });
    expect(await open.get("k")).toBeUndefined();
  });

  test.each([[1], [[1]], [undefined], ["x".repeat(513)]])("refuses %j", async (tags) => {
    for (const cache of [memory(), { invalidateTags } as Pick<Cache, "invalidateTags">])
      await expect(cache.invalidateTags(tags as never)).rejects.toMatchObject({ code: "option-value" });
  });
});
