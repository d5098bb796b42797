import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import type { CacheOptions } from "../../../runtime/cache/options.ts";
import type { CacheContext } from "./contract.ts";

/** Values that JSON represents. */
const PLAIN: readonly unknown[] = [
  ...[null, 0, "", false, true, 42, -7, 1.5, 2 ** 53, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
  ...["text", "7", "-7", "größer als 😀\u2028", "a\r\nEND\r\n\0", "generic/1 2:=1", '="a"', "~Date:0"],
  ...[[], {}, [null], { any: "value" }, { a: { b: [{ c: [[]] }] } }, { "": 1, "~": "~~", then: 1 }],
];

/** Values that JSON does not represent. */
const RICH: readonly unknown[] = [
  ...[undefined, -0, NaN, Infinity, -Infinity, 10n, -(2n ** 80n)],
  ...[new Date(0), new Map<unknown, unknown>([[{ a: 1 }, new Set([1, "1"])]]), new Set(), /a+/gi],
  ...[new URL("https://example.com/?q=1"), new Uint8Array([0, 255]), new Float64Array([NaN, -0])],
  { deep: [{ undefined, date: new Date(1e12), none: null, zero: -0 }], map: new Map([["a", undefined]]) },
];

/** About a million bytes, the most that Memcached accepts. */
const BIG = { text: "é😀".repeat(120_000), list: Array.from({ length: 20_000 }, (_, id) => ({ id })) };
const CYCLE: { self?: unknown } = {};
CYCLE.self = CYCLE;

/** Values that no serializer can restore. */
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

/** Each serializer: the values it restores, and the values it rejects. */
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

/** Values are returned as they were stored, or rejected. */
export function values(context: CacheContext): void {
  test("returns values as they were stored", async () => {
    for (const value of [...PLAIN, ...RICH]) {
      const key = context.key();
      await context.cache.set(key, value);
      const found = await context.cache.get(key, "fallback");
      expect(isDeepStrictEqual(found, value), `${String(found)} is not ${String(value)}`).toBe(true);
    }
  });

  test("returns values of a megabyte as they were, several at once", async () => {
    const keys = ["a", "b", "c"].map((tail) => context.key(tail));
    const big = keys.map((key) => ({ ...BIG, key }));
    await context.cache.multiSet(keys.map((key, index) => [key, big[index]] as const));
    expect(isDeepStrictEqual(await context.other.multiGet(keys), big)).toBe(true);
  });

  if (!context.asIs) {
    test("stores a value as it is at the time of the call, whatever happens to it later", async () => {
      const keys = ["set", "add", "many"].map((tail) => context.key(tail));
      const value = { list: [1] };
      await context.cache.set(keys[0]!, value);
      const storable = [
        context.cache.set(keys[0]!, value),
        context.cache.add(keys[1]!, value),
        context.cache.multiSet({ [keys[2]!]: value }),
      ];
      value.list.push(2);
      await Promise.all(storable);
      expect(await context.cache.multiGet(keys)).toEqual(keys.map(() => ({ list: [1] })));
    });
  }

  if (context.asIs) {
    test("returns the same object that was stored", async () => {
      for (const [, value] of UNSTORABLE) {
        if (value instanceof Promise) continue; // Anyone who awaits `get` would also await it.
        const key = context.key();
        await context.cache.set(key, value);
        expect(await context.cache.get(key)).toBe(value);
      }
    });
  }

  describe.each(
    SERIALIZERS.map(
      ([serializer, storable, unstorable]) =>
        [nameOf(serializer), { serializer, storable, unstorable }] as const,
    ),
  )("with the serializer %s", (_, { serializer, storable, unstorable }) => {
    test("returns an equal value, which the caller may change", async () => {
      const cache = context.make({ namespace: context.namespace(), serializer });
      const keys = storable.map((_, index) => `${index}`);
      await cache.multiSet(keys.map((key, index) => [key, storable[index]] as const));
      const found = await cache.multiGet(keys);
      for (const [index, value] of storable.entries()) {
        expect(isDeepStrictEqual(found[index], value), `${String(found[index])}, not ${String(value)}`).toBe(
          true,
        );
        if (typeof value === "object" && value !== null) expect(found[index]).not.toBe(value);
        expect(isDeepStrictEqual(await cache.get(keys[index]!), value)).toBe(true);
      }
    });

    test("every operation rejects what the serializer cannot restore, emits an error, and changes nothing", async () => {
      const cache = context.make({ namespace: context.namespace(), serializer });
      const errors: unknown[] = [];
      cache.on("error", ({ key, error }) => errors.push([key, (error as { code?: string }).code]));
      await cache.set("there", "kept", { ttl: 600 });
      for (const value of unstorable) {
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
      expect(errors).toHaveLength(3 * unstorable.length);
      expect(errors.slice(0, 2)).toEqual([
        ["there", "unstorable"],
        ["free", "unstorable"],
      ]);
      expect(cache.stats()).toMatchObject({ errors: errors.length, sets: 1 });
    });

    test("increments counters", async () => {
      const cache = context.make({ namespace: context.namespace(), serializer });
      await cache.set("count", 41);
      expect(await cache.increment("count")).toBe(42);
      expect(await cache.get("count")).toBe(42);
    });
  });

  if (!context.isAlone) {
    test("a value of another serializer is a miss, and is overwritten", async () => {
      const namespace = context.namespace();
      const every = SERIALIZERS.map(([serializer]) => context.make({ namespace, serializer }));
      for (const writer of every) {
        await writer.set("key", "text");
        const found = await Promise.all(every.map((cache) => cache.get("key", "miss")));
        expect(found).toEqual(every.map((reader) => (reader === writer ? "text" : "miss")));
      }
    });
  }
}
