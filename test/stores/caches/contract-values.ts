import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import type { CacheOptions } from "../../../runtime/cache/options.ts";
import type { Bench } from "./contract.ts";

/** What JSON carries. */
const PLAIN: readonly unknown[] = [
  ...[null, 0, "", false, true, 42, -7, 1.5, 2 ** 53, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
  ...["text", "7", "-7", "größer als 😀\u2028", "a\r\nEND\r\n\0", "generic/1 2:=1", '="a"', "~Date:0"],
  ...[[], {}, [null], { any: "value" }, { a: { b: [{ c: [[]] }] } }, { "": 1, "~": "~~", then: 1 }],
];

/** What it takes more than JSON for. */
const RICH: readonly unknown[] = [
  ...[undefined, -0, NaN, Infinity, -Infinity, 10n, -(2n ** 80n)],
  ...[new Date(0), new Map<unknown, unknown>([[{ a: 1 }, new Set([1, "1"])]]), new Set(), /a+/gi],
  ...[new URL("https://example.com/?q=1"), new Uint8Array([0, 255]), new Float64Array([NaN, -0])],
  { deep: [{ undefined, date: new Date(1e12), none: null, zero: -0 }], map: new Map([["a", undefined]]) },
];

/** A million bytes, about, which is as much as Memcached takes. */
const BIG = { text: "é😀".repeat(120_000), list: Array.from({ length: 20_000 }, (_, id) => ({ id })) };
const CYCLE: { self?: unknown } = {};
CYCLE.self = CYCLE;

/** What no serializer can give back. */
const UNSTORABLE: readonly [string, unknown][] = [
  ["a function", () => 1],
  ["a symbol", Symbol("a")],
  ["a function deep inside", { a: [{ b: () => 1 }] }],
  ["an instance of a class", new (class Thing {})()],
  ["a promise", Promise.resolve(1)],
  ["a cycle", CYCLE],
];

const UPPER = {
  name: "upper",
  encode: (value: unknown): string => JSON.stringify(value).toUpperCase(),
  decode: (data: string | Uint8Array): unknown => JSON.parse(String(data).toLowerCase()),
};
const BYTES = {
  name: "bytes",
  encode: (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value)),
  decode: (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data)),
};

/** Each serializer: what it carries, and what it refuses. */
const SERIALIZERS: readonly [
  NonNullable<CacheOptions["serializer"]>,
  readonly unknown[],
  readonly unknown[],
][] = [
  ["generic", [...PLAIN, ...RICH, "\ud800"], UNSTORABLE.map(([, value]) => value)],
  [
    "json",
    PLAIN,
    [...RICH.filter((value) => !Object.is(value, -0)), ...UNSTORABLE.map(([, value]) => value)],
  ],
  ["msgpack", [...PLAIN, ...RICH], UNSTORABLE.map(([, value]) => value)],
  ["v8", [...PLAIN, ...RICH], UNSTORABLE.map(([, value]) => value)],
  ["string", ["", "text", "größer als 😀", "7", 7], [null, undefined, 1.5, true, {}, new Date(0)]],
  [UPPER, [{ a: ["b", 1.5, null] }, "text", 7], [10n, undefined]],
  [BYTES, [{ a: ["b", 1.5, null] }, "text", 7], [10n, CYCLE]],
];

const nameOf = (serializer: CacheOptions["serializer"]): string =>
  typeof serializer === "object" ? `{ name: "${serializer.name}" }` : String(serializer);

/** What is kept comes back as it was, or is refused. */
export function values(bench: Bench): void {
  test("a value comes back as it was", async () => {
    for (const value of [...PLAIN, ...RICH]) {
      const key = bench.key();
      await bench.cache.set(key, value);
      const found = await bench.cache.get(key, "fallback");
      expect(isDeepStrictEqual(found, value), `${String(found)} is not ${String(value)}`).toBe(true);
    }
  });

  test("values of a megabyte come back as they were, several at once", async () => {
    const keys = ["a", "b", "c"].map((tail) => bench.key(tail));
    const big = keys.map((key) => ({ ...BIG, key }));
    await bench.cache.multiSet(keys.map((key, index) => [key, big[index]] as const));
    expect(isDeepStrictEqual(await bench.other.multiGet(keys), big)).toBe(true);
  });

  if (!bench.asIs) {
    test("a value is kept as it is when it is handed over, whatever happens to it next", async () => {
      const keys = ["set", "add", "many"].map((tail) => bench.key(tail));
      const value = { list: [1] };
      await bench.cache.set(keys[0]!, value);
      const kept = [
        bench.cache.set(keys[0]!, value),
        bench.cache.add(keys[1]!, value),
        bench.cache.multiSet({ [keys[2]!]: value }),
      ];
      value.list.push(2);
      await Promise.all(kept);
      expect(await bench.cache.multiGet(keys)).toEqual(keys.map(() => ({ list: [1] })));
    });
  }

  if (bench.asIs) {
    test("a value is the one that was kept, whatever it is", async () => {
      for (const [, value] of UNSTORABLE) {
        if (value instanceof Promise) continue; // whoever waits for `get` waits for it, too
        const key = bench.key();
        await bench.cache.set(key, value);
        expect(await bench.cache.get(key)).toBe(value);
      }
    });
  }

  describe.each(
    SERIALIZERS.map(
      ([serializer, kept, refused]) => [nameOf(serializer), { serializer, kept, refused }] as const,
    ),
  )("with the serializer %s", (_, { serializer, kept, refused }) => {
    test("what it carries comes back equal, and is nobody else's to change", async () => {
      const cache = bench.make({ namespace: bench.namespace(), serializer });
      const keys = kept.map((_, index) => `${index}`);
      await cache.multiSet(keys.map((key, index) => [key, kept[index]] as const));
      const found = await cache.multiGet(keys);
      for (const [index, value] of kept.entries()) {
        expect(isDeepStrictEqual(found[index], value), `${String(found[index])}, not ${String(value)}`).toBe(
          true,
        );
        if (typeof value === "object" && value !== null) expect(found[index]).not.toBe(value);
        expect(isDeepStrictEqual(await cache.get(keys[index]!), value)).toBe(true);
      }
    });

    test("what it cannot give back is refused by every operation, said, and changes nothing", async () => {
      const cache = bench.make({ namespace: bench.namespace(), serializer });
      const errors: unknown[] = [];
      cache.on("error", ({ key, error }) => errors.push([key, (error as { code?: string }).code]));
      await cache.set("there", "kept", { ttl: 600 });
      for (const value of refused) {
        for (const run of [
          () => cache.set("there", value),
          () => cache.add("free", value),
          () => cache.multiSet({ there: "new", free: "new", bad: value }),
        ]) {
          await expect(run()).rejects.toMatchObject({ name: "CacheError", code: "unstorable" });
        }
      }
      expect(await cache.multiGet(["there", "free", "bad"])).toEqual(["kept", undefined, undefined]);
      expect(await cache.ttl("there")).toBeGreaterThan(500);
      expect(errors).toHaveLength(3 * refused.length);
      expect(errors.slice(0, 2)).toEqual([
        ["there", "unstorable"],
        ["free", "unstorable"],
      ]);
      expect(cache.stats()).toMatchObject({ errors: errors.length, sets: 1 });
    });

    test("it counts", async () => {
      const cache = bench.make({ namespace: bench.namespace(), serializer });
      await cache.set("count", 41);
      expect(await cache.increment("count")).toBe(42);
      expect(await cache.get("count")).toBe(42);
    });
  });

  if (!bench.isAlone) {
    test("what another serializer wrote is a miss, and is overwritten", async () => {
      const namespace = bench.namespace();
      const every = SERIALIZERS.map(([serializer]) => bench.make({ namespace, serializer }));
      for (const writer of every) {
        await writer.set("key", "text");
        const found = await Promise.all(every.map((cache) => cache.get("key", "miss")));
        expect(found).toEqual(every.map((reader) => (reader === writer ? "text" : "miss")));
      }
    });
  }
}
