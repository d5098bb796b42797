/** Modules that a development server or a test runner evaluates again, with a store outside of memory. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { cached, type Cache } from "aotcache";
import { keyv } from "aotcache/keyv";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

type Find = (id: number) => Promise<string>;

/** What a module does when it is evaluated. */
const evaluate = (backend: Cache): Find =>
  cached(async (id: number) => `user ${id}`, { backend, name: "find" });
const evaluateEdited = (backend: Cache): Find =>
  cached(async (id: number) => `edited ${id}`, { backend, name: "find" });
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const duplicate = { code: "id-duplicate" };

describe("a function with the id of an earlier one", () => {
  it("replaces it if its module was evaluated again", async () => {
    const cache = keyv(new Map());
    const first = evaluate(cache);
    expect(await first(1)).toBe("user 1");
    await nextTurn();
    const second = evaluate(cache);
    expect([await second(2), await second.call(undefined, 1), await first(2)]).toEqual([
      "user 2",
      "user 1",
      "user 2",
    ]);
  });

  it("replaces it if its file was edited", async () => {
    const cache = keyv(new Map());
    const first = evaluate(cache);
    expect(await first(1)).toBe("user 1");
    const now = performance.now() + 5000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    await nextTurn();
    expect(await evaluateEdited(cache)(2)).toBe("edited 2");
  });

  it("is refused if it is another one of the same evaluation", async () => {
    const cache = keyv(new Map());
    const [first, same, other] = [evaluate(cache), evaluate(cache), evaluateEdited(cache)];
    expect(await first(1)).toBe("user 1");
    await expect(same(1)).rejects.toMatchObject(duplicate);
    await expect(other(1)).rejects.toMatchObject(duplicate);
  });

  it("is refused if its text differs, although no edit can have happened", async () => {
    const cache = keyv(new Map());
    const first = evaluate(cache);
    await nextTurn();
    const second = evaluateEdited(cache);
    expect(await first(1)).toBe("user 1");
    await expect(second(1)).rejects.toMatchObject(duplicate);
  });

  it("is refused in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    const cache = keyv(new Map());
    const first = evaluate(cache);
    expect(await first(1)).toBe("user 1");
    await nextTurn();
    await expect(evaluate(cache)(1)).rejects.toMatchObject(duplicate);
  });
});
