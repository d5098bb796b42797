/** In development, an async function that waits for its own run fails instead of waiting forever. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CacheError, cached, type Cached } from "aotcache";
import { deferred } from "../support/deferred.ts";

beforeEach(() => void vi.stubEnv("NODE_ENV", "development"));
afterEach(() => void vi.unstubAllEnvs());

type Load = Cached<(id: number, retries?: number) => Promise<string>>;

describe("an async function that calls itself behind an await", () => {
  it("rejects for the key that it is running", async () => {
    const load: Load = cached(
      async (id: number, retries = 3): Promise<string> => {
        await Promise.resolve();
        return retries > 0 ? load(id, retries - 1) : "never";
      },
      { ignore: ["retries"], name: "load" },
    );
    const error: unknown = await load(1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({
      code: "recursion-same-key",
      message:
        "The run of uncompiled:load@0(1) calls load with the same key and would wait for itself forever; move what is repeated into a function that is not cached, or write `lock=none`.",
    });
    expect(load.cache.stats()).toMatchObject({ inFlight: 0, entries: 0, errors: 1 });
  });

  it("rejects through other functions, which the message names", async () => {
    const one: Load = cached(async function one(id: number): Promise<string> {
      await Promise.resolve();
      return two(id);
    });
    const two: Load = cached(async function two(id: number): Promise<string> {
      await Promise.resolve();
      return three(id);
    });
    const three = async (id: number): Promise<string> => (await Promise.resolve(), one(id));
    await expect(one(1)).rejects.toMatchObject({
      code: "recursion-same-key",
      message: expect.stringMatching(/through two( \(.*\))?, and/) as string,
    });
  });

  it("may ask for another key, also in a long chain", async () => {
    const sum: Load = cached(async function sum(n: number): Promise<string> {
      await Promise.resolve();
      return n === 0 ? "" : `${await sum(n - 1)}x`;
    });
    expect(await sum(500)).toHaveLength(500);
  });

  it("may ask for its own key with `lock: none`, and in its first synchronous part", async () => {
    let left = 3;
    const free: Load = cached(
      async function free(id: number): Promise<string> {
        await Promise.resolve();
        return left-- > 0 ? free(id) : "done";
      },
      { lock: "none" },
    );
    expect(await free(1)).toBe("done");
    left = 3;
    const early: Load = cached(async function early(id: number): Promise<string> {
      return left-- > 0 ? early(id) : "done";
    });
    expect(await early(1)).toBe("done");
  });

  it("may be called for its key by others meanwhile, and by what it started after it ended", async () => {
    const gate = deferred<string>();
    const later: (() => Promise<string>)[] = [];
    const fn: Load = cached(async function fn(id: number): Promise<string> {
      await Promise.resolve();
      later.push(() => fn(id));
      return gate.promise;
    });
    const resume = deferred<undefined>();
    const outer = cached(async function outer(id: number): Promise<string> {
      const result = await fn(id);
      // Continues in the context of this run.
      void resume.promise.then(() => later.push(() => outer(id)));
      return result;
    });
    const calls = [outer(1), fn(1), outer(1)];
    gate.resolve("done");
    expect(await Promise.all(calls)).toEqual(["done", "done", "done"]);
    resume.resolve(undefined);
    await resume.promise;
    expect(await Promise.all(later.map((call) => call()))).toEqual(["done", "done"]);
  });
});
