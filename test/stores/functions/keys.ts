import { expect, test } from "vitest";
import { cached, type Cache } from "aotcache";
import { countedRuns, storedEntry, writesDone, type FunctionContext } from "./context.ts";

const HOSTILE: readonly string[] = [
  "",
  " ",
  "a b",
  '")',
  '",("',
  "1,2",
  "\r\nflush_all\r\n",
  "\0",
  "\u2028",
  "é",
  "😀",
  "\ud83d",
  "{slot}",
  "*",
  "?[a-z]\\",
  "#0123456789012345678901234567890123456789",
  "@:",
  "__proto__",
  "x".repeat(2000),
  `${"x".repeat(1999)}y`,
];

/** Which entries a key finds, and which ones `clear()` removes. */
export function keys(context: FunctionContext): void {
  /** A function with the given name. It returns a text that identifies its cache. */
  const marked = (cache: Cache, name: string, mark: string) =>
    cached(async (_: string) => mark, { backend: cache, name, namespace: "marked" });

  test("each text argument has its own entry, whatever it contains", async () => {
    const { fn, runs } = countedRuns(context, (text: string) => ({ text }));
    for (let time = 0; time < 2; time++) {
      const found = await Promise.all(HOSTILE.map((text) => fn(text)));
      expect(found).toEqual(HOSTILE.map((text) => ({ text })));
      await writesDone(context.cache);
    }
    expect(runs).toHaveLength(HOSTILE.length);
    for (const text of HOSTILE) expect(await fn.cache.invalidate(text)).toBe(true);
    for (const text of HOSTILE) expect(await fn.cache.peek(text)).toBeUndefined();
  });

  test("arguments without a key run each time", async () => {
    const { fn, runs } = countedRuns(context, (_: unknown) => 1);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const odd of [() => 1, Symbol("s"), cycle, new (class {})()]) expect(await fn(odd)).toBe(1);
    expect(runs).toHaveLength(4);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 4, misses: 0, sets: 0 });
  });

  test.each([10, 100, 150, 170, 190, 200, 205, 210, 220, 240, 400, 470, 500, 600, 3000])(
    "finds entries under a name of %i characters, and clear() removes only those",
    async (length) => {
      const cache = context.make({ namespace: context.unique() });
      const name = "n".repeat(length);
      const names = [name, `${name}n`, name.slice(1), `${name}.n`];
      const calls = ["", "a", "b".repeat(60), "c".repeat(2000)];
      const all = names.map((each) => marked(cache, each, each));
      const fill = () => Promise.all(all.flatMap((fn) => calls.map((call) => fn(call))));
      await fill();
      await writesDone(cache);
      await all[0]!.cache.clear();
      for (const call of calls) {
        const found = await Promise.all(all.map((fn) => fn.cache.peek(call)));
        expect(found).toEqual([undefined, ...names.slice(1)]);
      }
      expect(await all[0]!.cache.invalidate(calls[0]!)).toBe(false);
      expect(await all[1]!.cache.invalidate(calls[3]!)).toBe(true);
    },
  );

  test("names with pattern characters clear only themselves", async () => {
    const cache = context.make({ namespace: context.unique() });
    const all = ["get", "get*", "g?t", "get[a]", "geta", "get(", "get@0(1)", "get#"].map((version) =>
      cached(async (_: number) => version, { backend: cache, name: "n", version }),
    );
    await Promise.all(all.map((fn) => fn(1)));
    await writesDone(cache);
    for (const [index, fn] of all.entries()) {
      await fn.cache.clear();
      const left = await Promise.all(all.map(async (each) => (await each.cache.peek(1)) !== undefined));
      expect(left).toEqual(all.map((_, other) => other > index));
    }
  });

  test("string keys never collide with keys of functions, whatever their names", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn, runs } = countedRuns(context, (n: number) => `result ${n}`, { backend: cache });
    await fn(1);
    await writesDone(cache);
    const key = fn.cache.key(1);
    const name = await storedEntry(cache, key).name();
    const likes = [key, name, `:f:${key}`, name.slice(name.indexOf(":") + 1)];
    for (const like of likes) {
      expect(await cache.get(like, "miss")).toBe("miss");
      await cache.set(like, "mine");
    }
    expect(await fn(1)).toBe("result 1");
    await fn.cache.clear();
    expect(await cache.get(key)).toBe("mine");
    await fn(1);
    await writesDone(cache);
    await cache.delete(key);
    expect(await fn(1)).toBe("result 1");
    expect(runs).toHaveLength(2);
  });

  test("caches whose namespaces are prefixes of each other share nothing", async () => {
    const base = context.unique();
    const spaces = [base, `${base}:f`, `${base}:f:marked`, `${base}f`, `${base}:`, "", `${base}é`].map(
      (namespace) => ({
        namespace,
        cache: namespace === "" ? context.make() : context.make({ namespace }),
      }),
    );
    const all = spaces.map(({ cache, namespace }) => marked(cache, "same", namespace));
    await Promise.all(all.map((fn) => fn("a")));
    await Promise.all(spaces.map(({ cache }) => writesDone(cache)));
    const found = await Promise.all(all.map((fn) => fn.cache.peek("a")));
    expect(found).toEqual(spaces.map(({ namespace }) => namespace));
    await all[0]!.cache.clear();
    await spaces[1]!.cache.clear();
    await all[5]!.cache.clear();
    const left = await Promise.all(all.map((fn) => fn.cache.peek("a")));
    expect(left).toEqual(
      spaces.map(({ namespace }, index) => ([0, 1, 5].includes(index) ? undefined : namespace)),
    );
  });
}
