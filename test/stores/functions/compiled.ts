import { beforeAll, beforeEach, expect, test } from "vitest";
import { cacheOf, configure, type Cache } from "aotcache";
import { thrown } from "../../support/caught.ts";
import { until } from "../../support/servers/until.ts";
import { recordEvents, storedEntry, writesDone, type FunctionContext } from "./context.ts";

/** Functions in the compiled form. */
export function compiled(context: FunctionContext): void {
  let marked: typeof import("./marked.ts");
  let far: Cache;
  beforeAll(async () => {
    marked = (await import("./marked.ts?compiled" as string)) as typeof marked;
  });
  beforeEach(() => {
    far = context.make({ namespace: context.unique() });
    configure({ backends: { far } });
    marked.seen.length = 0;
  });

  test("apply defaults to their arguments, and share entries", async () => {
    const users = await Promise.all([
      marked.getUser(1),
      marked.getUser(1, "en"),
      marked.getUser(1, undefined),
    ]);
    expect(users).toEqual([1, 1, 1].map((id) => ({ id, locale: "en" })));
    await writesDone(far);
    expect(await marked.getUser(1)).toEqual({ id: 1, locale: "en" });
    expect(await marked.promised({ id: 1 })).toBe("1:none");
    expect(await marked.promised({ id: 1, tag: "none" })).toBe("1:none");
    expect(marked.seen).toEqual([
      [1, "en"],
      [1, "none"],
    ]);
    expect(cacheOf(marked.getUser).key(1)).toMatch(/^marked:getUser@[0-9a-f]{8}\(1,"en"\)$/);
  });

  test("return results of their declared types", async () => {
    const first = await marked.tagged(5);
    await writesDone(far);
    const second = await marked.tagged(5);
    expect(second).toStrictEqual(first);
    expect(second.when).toBeInstanceOf(Date);
    expect("nothing" in second).toBe(true);
    expect(marked.seen).toEqual([[5]]);
  });

  test("accept values outside of their declared type, and return them unchanged", async () => {
    const odd = [new Map([[1, undefined]]), NaN, -0, null, undefined, "", { a: [undefined] }];
    for (const value of odd) await marked.anything(value);
    await writesDone(far);
    for (const value of odd) expect(await marked.anything(value)).toStrictEqual(value);
    expect(marked.seen).toHaveLength(odd.length);
  });

  test("that are sync stay in memory, or throw for a remote backend", () => {
    configure({ default: far });
    const events = recordEvents(far);
    const first = marked.sync(1);
    expect(marked.sync(1)).toBe(first);
    expect(thrown(() => marked.syncFar(1))).toMatchObject({ code: "backend-remote" });
    expect(events).toEqual([]);
  });

  test("methods: the named properties of the receiver are in the key, and instances cache in memory", async () => {
    const [one, two] = [new marked.Repo("a"), new marked.Repo("b")];
    const found = [await one.find(1), await two.find(1), await new marked.Repo("a").find(1)];
    expect(found).toEqual(["a1", "b1", "a1"]);
    expect(marked.seen).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(await cacheOf(one.find, one).invalidate(1)).toBe(true);
    expect(await cacheOf(two.find, two).peek(1)).toBe("b1");
    configure({ default: far });
    const events = recordEvents(far);
    expect([await one.own(1), await one.own(1), await two.own(1)]).toEqual([1, 1, 1]);
    expect(marked.seen).toHaveLength(4);
    expect(events).toEqual([]);
  });

  test("an unknown alias rejects, and works once it is configured", async () => {
    configure({ backends: {} });
    await expect(marked.getUser(7)).rejects.toMatchObject({ code: "backend-unknown" });
    configure({ backends: { far } });
    expect(await marked.getUser(7)).toEqual({ id: 7, locale: "en" });
    await writesDone(far);
    expect(await storedEntry(far, cacheOf(marked.getUser).key(7)).get()).toBeDefined();
  });

  test("a signal inside an argument is not in the key, and an aborting caller rejects alone", async () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const call = ({ signal }: AbortController, deep = 1) => marked.signalled(1, { signal, deep });
    const calls = [call(one), call(two)];
    await until("it runs", () => marked.seen.length === 1);
    one.abort(new Error("one"));
    await expect(calls[0]).rejects.toThrow("one");
    const given = marked.seen[0]![1] as AbortSignal;
    expect(given.aborted).toBe(false);
    two.abort(new Error("two"));
    await expect(calls[1]).rejects.toThrow("two");
    expect(given.aborted).toBe(true);
    expect(await call(new AbortController(), 0)).toBe("value");
    await writesDone(far);
    expect(await marked.signalled(1, { deep: 0 })).toBe("value");
    expect(marked.seen).toHaveLength(2);
  });

  test("a batch has an entry for each id, ids that are left out included, which a single-id function shares", async () => {
    const all = new Map([2, 1].map((id) => [id, `${id} en`]));
    expect(await marked.namesByIds([2, -1, 1, 2])).toEqual(all);
    await writesDone(far);
    const signal = new AbortController().signal;
    expect(await marked.namesByIds([1, -1, 2], { signal })).toEqual(all);
    expect(await marked.nameById(2)).toBe("2 en");
    expect(await marked.nameById(3, { locale: "de" })).toBe("3 de");
    await writesDone(far);
    expect(await marked.namesByIds([3, -1], { locale: "de" })).toEqual(new Map([[3, "3 de"]]));
    expect(marked.seen).toEqual([[[2, -1, 1], "en"], [3], [[3], "de"], [[-1], "de"]]);
    expect(cacheOf(marked.nameById).key(3)).toBe(cacheOf(marked.namesByIds).key([3]));
  });
}
