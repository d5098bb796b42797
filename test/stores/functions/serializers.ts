import { expect, test, vi } from "vitest";
import { CacheError, configure } from "aotcache";
import { DECIMAL, Decimal, Price, PRICE } from "../../support/foreign-classes.ts";
import { countedRuns, recordEvents, storedEntry, writesDone, type FunctionContext } from "./context.ts";

const text = async (there: ReturnType<typeof storedEntry>): Promise<string> =>
  Buffer.from((await there.get())!).toString("latin1");

/** The format in which results are stored. */
export function serializers(context: FunctionContext): void {
  test.each([
    ["json", { a: [1, "x", null] }, "json/1 "],
    ["msgpack", { a: [1, "x", null], when: new Date(5) }, "msgpack/1 "],
    ["v8", { a: 1n, map: new Map([[1, { b: 2 }]]) }, "v8/1 "],
    ["string", "plain text", "string/1 "],
    ["generic", { a: undefined, d: new Date(1) }, "generic/1 "],
  ])("%s: the entry names it, and the result is restored", async (serializer, value, head) => {
    const { fn, runs } = countedRuns(context, () => value, { serializer });
    expect(await fn()).toEqual(value);
    await writesDone(context.cache);
    expect(await fn()).toEqual(value);
    expect(runs).toHaveLength(1);
    expect(await text(storedEntry(context.cache, fn.cache.key()))).toContain(head);
  });

  test.each([
    ["json", { a: undefined }],
    ["json", new Date(0)],
    ["string", 5],
    ["msgpack", { f: () => 1 }],
    ["v8", { f: () => 1 }],
  ])("%s: a result that it would change is not stored, and emits an error", async (serializer, value) => {
    const cache = context.make({ namespace: context.unique() });
    const events = recordEvents(cache);
    const { fn, runs } = countedRuns<[], unknown>(context, () => value, { serializer, backend: cache });
    expect(await fn()).toBe(value);
    expect(await fn()).toBe(value);
    expect(runs).toHaveLength(2);
    const errors = events.filter(({ type }) => type === "error");
    expect(errors.map(({ error }) => (error as CacheError).code)).toEqual(["unstorable", "unstorable"]);
  });

  test.each(["generic", "msgpack", "v8"])(
    "%s: instances of configured classes are restored",
    async (serializer) => {
      configure({ classes: [DECIMAL, PRICE] });
      const result = (): object => ({ total: new Decimal("1.50"), rows: [new Price("1", "EUR")] });
      const { fn, runs } = countedRuns(context, (_: Decimal) => result(), { serializer });
      await fn(new Decimal("1"));
      await writesDone(context.cache);
      expect(await fn(new Decimal("1"))).toStrictEqual(result());
      expect(runs).toHaveLength(1);
      await fn(new Decimal("2"));
      expect(runs).toHaveLength(2);
      // As in a process that has not configured them: the entry is a miss, and the result is not stored.
      configure({ classes: [DECIMAL] });
      expect(await fn(new Decimal("1"))).toStrictEqual(result());
      expect(runs).toHaveLength(3);
      configure({ classes: [] });
    },
  );

  test("the serializer of the cache is the default of its functions", async () => {
    const cache = context.make({ namespace: context.unique(), serializer: "v8" });
    const { fn } = countedRuns(context, () => ({ a: 1n }), { backend: cache });
    await fn();
    await writesDone(cache);
    expect(await fn()).toEqual({ a: 1n });
    expect(await text(storedEntry(cache, fn.cache.key()))).toContain("v8/1 ");
  });

  test("a custom serializer encodes each write once, and decodes it at once and at each read", async () => {
    const encode = vi.fn((value: { n: number }) => `n=${value.n}`);
    const decode = vi.fn((data: string) => ({ n: Number(data.slice(2)) }));
    const { fn } = countedRuns(context, (n: number) => ({ n }), {
      serializer: { name: "mine", encode, decode },
    });
    expect(await fn(5)).toEqual({ n: 5 });
    await writesDone(context.cache);
    expect(await fn(5)).toEqual({ n: 5 });
    expect([encode.mock.calls.length, decode.mock.calls.length]).toEqual([1, 2]);
    expect(await text(storedEntry(context.cache, fn.cache.key(5)))).toContain("n=5");
  });

  test("a custom serializer that throws loses the entry, not the result", async () => {
    const broken = { encode: true, decode: false };
    const serializer = {
      name: "broken",
      encode: (value: never) => {
        if (broken.encode) throw new Error("no");
        return String(value);
      },
      decode: (data: never) => {
        if (broken.decode) throw new Error("no");
        return Number(data);
      },
    };
    const { fn, runs } = countedRuns(context, (n: number) => n, { serializer });
    expect(await fn(1)).toBe(1);
    broken.encode = false;
    expect(await fn(1)).toBe(1);
    await writesDone(context.cache);
    broken.decode = true;
    expect(await fn(1)).toBe(1);
    await writesDone(context.cache);
    broken.decode = false;
    expect(await fn(1)).toBe(1);
    expect(runs).toHaveLength(3);
  });

  test("may be an alias of configure, which may be set later and change", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n, { serializer: "ours" });
    await expect(fn(1)).rejects.toMatchObject({ name: "CacheError", code: "option-value" });
    await expect(fn.cache.peek(1)).rejects.toMatchObject({ code: "option-value" });
    expect(runs).toHaveLength(0);
    const named = (name: string) => ({ name, encode: String, decode: Number });
    configure({ serializers: { ours: named("first") } });
    expect(await fn(1)).toBe(1);
    await writesDone(context.cache);
    expect(await text(storedEntry(context.cache, fn.cache.key(1)))).toContain('"first" ');
    configure({ serializers: { ours: named("second") } });
    expect(await fn(1)).toBe(1);
    await writesDone(context.cache);
    expect(await text(storedEntry(context.cache, fn.cache.key(1)))).toContain('"second" ');
    expect(runs).toHaveLength(2);
  });

  test("none is an error: only memory stores values by reference", async () => {
    const { fn, runs } = countedRuns(context, (n: number) => n, { serializer: "none" });
    await expect(fn(1)).rejects.toMatchObject({ name: "CacheError", code: "option-value" });
    await expect(fn(1)).rejects.toThrow(/"none".*memory/);
    await expect(fn.cache.prime([1], 1)).rejects.toMatchObject({ code: "option-value" });
    expect(runs).toHaveLength(0);
  });
}
