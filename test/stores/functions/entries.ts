import { expect, test } from "vitest";
import { until } from "../../support/servers/until.ts";
import {
  countedRuns,
  onOtherClient,
  recordEvents,
  storedEntry,
  writesDone,
  type FunctionContext,
} from "./context.ts";
import { nameOf } from "./values.ts";

const HOSTILE: readonly (readonly [what: string, data: string | Uint8Array])[] = [
  ["no data", ""],
  ["another program's text", "hello"],
  ["another program's JSON", '{"id":7}'],
  ["another program's number", "42"],
  ["bytes that are not text", new Uint8Array([0, 255, 254, 1, 128])],
  ["half of a stamp", "~17000"],
  ["a stamp without data", "~99999999999999 "],
  ["a stamp without end", `~${"9".repeat(5000)}`],
  ["a checksum without a key", "=abc"],
  ["a wrong length", 'json/1 3:{"a":1}'],
  ["a length without end", `generic/1 ${"9".repeat(400)}:1`],
  ["a negative length", "generic/1 -1:1"],
  ["another version", 'generic/2 3:"x"'],
  ["another serializer", "v8/1 1|\u0001"],
  ["JSON that names a prototype", 'generic/1 26:{"__proto__":{"hacked":1}}'],
  ["a thousand brackets", `generic/1 100000:${"[".repeat(100_000)}`],
];

/** Data under a function's key that something else has written. */
export function entries(context: FunctionContext): void {
  test.each(HOSTILE)("is a miss, and is overwritten: %s", async (_, data) => {
    const { fn, runs } = countedRuns(context, (n: number) => ({ n }));
    const there = storedEntry(context.cache, fn.cache.key(1));
    await there.set(data);
    expect(await fn.cache.peek(1)).toBeUndefined();
    expect((await fn.cache.explain(1)).state).toBe("absent");
    expect(await fn(1)).toEqual({ n: 1 });
    await writesDone(context.cache);
    expect(await fn(1)).toEqual({ n: 1 });
    expect(runs).toHaveLength(1);
    expect(({} as { hacked?: unknown }).hacked).toBeUndefined();
  });

  test("is a miss if it is truncated at any byte", async () => {
    const { fn } = countedRuns(context, () => ({ id: 7, name: "Ada", tags: new Set(["x"]) }), {
      ttl: 100,
      swr: 100,
    });
    await fn();
    await writesDone(context.cache);
    const there = storedEntry(context.cache, fn.cache.key());
    const whole = Buffer.from((await there.get())!);
    for (let length = 0; length < whole.length; length++) {
      await there.set(whole.subarray(0, length));
      expect(await fn.cache.peek()).toBeUndefined();
    }
    await there.set(whole);
    expect(await fn.cache.peek()).toEqual({ id: 7, name: "Ada", tags: new Set(["x"]) });
  });

  test("is not returned if it belongs to another key, and is overwritten", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn, runs } = countedRuns(context, (n: number) => `value ${n}`, { backend: cache });
    await fn(1);
    await writesDone(cache);
    await storedEntry(cache, fn.cache.key(2)).set((await storedEntry(cache, fn.cache.key(1)).get())!);
    await until("it is overwritten", async () => {
      expect(await fn(2)).toBe("value 2");
      await writesDone(cache);
      return fn.cache.stats().hits > 0;
    });
    expect(runs.length).toBeLessThanOrEqual(4);
  });

  test("of another serializer is a miss in both directions, and the last write remains", async () => {
    const one = countedRuns(context, () => ({ when: 1 }), { serializer: "json" });
    await one.fn();
    await writesDone(context.cache);
    const two = onOtherClient(context, nameOf(one.fn.cache.key()), () => ({ when: 2 }), { serializer: "v8" });
    expect(await two.fn()).toEqual({ when: 2 });
    await writesDone(context.other);
    expect(await one.fn.cache.peek()).toBeUndefined();
    expect(await two.fn.cache.peek()).toEqual({ when: 2 });
  });

  test("does not cause error events", async () => {
    const cache = context.make({ namespace: context.unique() });
    const { fn } = countedRuns(context, (n: number) => n, { backend: cache });
    for (const [index, [, data]] of HOSTILE.entries())
      await storedEntry(cache, fn.cache.key(index)).set(data);
    const events = recordEvents(cache);
    await Promise.all(HOSTILE.map((_, index) => fn(index)));
    await writesDone(cache);
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(["miss", "set"]));
  });
}
