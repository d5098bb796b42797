import { expect, test, vi } from "vitest";
import { CacheError, configure } from "aotcache";
import { counted, heard, stored, written, type Bench } from "./bench.ts";

const text = async (there: ReturnType<typeof stored>): Promise<string> =>
  Buffer.from((await there.get())!).toString("latin1");

/** How results are written. */
export function serializers(bench: Bench): void {
  test.each([
    ["json", { a: [1, "x", null] }, "json/1 "],
    ["msgpack", { a: [1, "x", null], when: new Date(5) }, "msgpack/1 "],
    ["v8", { a: 1n, map: new Map([[1, { b: 2 }]]) }, "v8/1 "],
    ["string", "plain text", "string/1 "],
    ["generic", { a: undefined, d: new Date(1) }, "generic/1 "],
  ])("%s: what is kept says so, and comes back", async (serializer, value, head) => {
    const { fn, runs } = counted(bench, () => value, { serializer });
    expect(await fn()).toEqual(value);
    await written(bench.cache);
    expect(await fn()).toEqual(value);
    expect(runs).toHaveLength(1);
    expect(await text(stored(bench.cache, fn.cache.key()))).toContain(head);
  });

  test.each([
    ["json", { a: undefined }],
    ["json", new Date(0)],
    ["string", 5],
    ["msgpack", { f: () => 1 }],
    ["v8", { f: () => 1 }],
  ])("%s: a result that it would change is not kept, and an event says so", async (serializer, value) => {
    const cache = bench.make({ namespace: bench.unique() });
    const events = heard(cache);
    const { fn, runs } = counted<[], unknown>(bench, () => value, { serializer, backend: cache });
    expect(await fn()).toBe(value);
    expect(await fn()).toBe(value);
    expect(runs).toHaveLength(2);
    const errors = events.filter(({ type }) => type === "error");
    expect(errors.map(({ error }) => (error as CacheError).code)).toEqual(["unstorable", "unstorable"]);
  });

  test("one of the cache's own serves functions that name none", async () => {
    const cache = bench.make({ namespace: bench.unique(), serializer: "v8" });
    const { fn } = counted(bench, () => ({ a: 1n }), { backend: cache });
    await fn();
    await written(cache);
    expect(await fn()).toEqual({ a: 1n });
    expect(await text(stored(cache, fn.cache.key()))).toContain("v8/1 ");
  });

  test("one of one's own encodes each write once, and decodes each read", async () => {
    const encode = vi.fn((value: { n: number }) => `n=${value.n}`);
    const decode = vi.fn((data: string) => ({ n: Number(data.slice(2)) }));
    const { fn } = counted(bench, (n: number) => ({ n }), { serializer: { name: "mine", encode, decode } });
    expect(await fn(5)).toEqual({ n: 5 });
    await written(bench.cache);
    expect(await fn(5)).toEqual({ n: 5 });
    expect([encode.mock.calls.length, decode.mock.calls.length]).toEqual([1, 1]);
    expect(await text(stored(bench.cache, fn.cache.key(5)))).toContain("n=5");
  });

  test("one of one's own that throws costs the entry, not the answer", async () => {
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
    const { fn, runs } = counted(bench, (n: number) => n, { serializer });
    expect(await fn(1)).toBe(1);
    broken.encode = false;
    expect(await fn(1)).toBe(1);
    await written(bench.cache);
    broken.decode = true;
    expect(await fn(1)).toBe(1);
    await written(bench.cache);
    broken.decode = false;
    expect(await fn(1)).toBe(1);
    expect(runs).toHaveLength(3);
  });

  test("by an alias of configure, which may come later and change", async () => {
    const { fn, runs } = counted(bench, (n: number) => n, { serializer: "ours" });
    await expect(fn(1)).rejects.toMatchObject({ name: "CacheError", code: "option-value" });
    await expect(fn.cache.peek(1)).rejects.toMatchObject({ code: "option-value" });
    expect(runs).toHaveLength(0);
    const named = (name: string) => ({ name, encode: String, decode: Number });
    configure({ serializers: { ours: named("first") } });
    expect(await fn(1)).toBe(1);
    await written(bench.cache);
    expect(await text(stored(bench.cache, fn.cache.key(1)))).toContain('"first" ');
    configure({ serializers: { ours: named("second") } });
    expect(await fn(1)).toBe(1);
    await written(bench.cache);
    expect(await text(stored(bench.cache, fn.cache.key(1)))).toContain('"second" ');
    expect(runs).toHaveLength(2);
  });

  test("none is an error: only memory keeps values as they are", async () => {
    const { fn, runs } = counted(bench, (n: number) => n, { serializer: "none" });
    await expect(fn(1)).rejects.toMatchObject({ name: "CacheError", code: "option-value" });
    await expect(fn(1)).rejects.toThrow(/"none".*memory/);
    await expect(fn.cache.prime([1], 1)).rejects.toMatchObject({ code: "option-value" });
    expect(runs).toHaveLength(0);
  });
}
