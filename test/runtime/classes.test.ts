/** `configure({ classes })`: instances of classes of others make keys, and are in results. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  cached,
  CacheError,
  cacheOf,
  configure,
  memory,
  type CachedOptions,
  type ClassCodec,
} from "aotcache";
import { thrown } from "../support/caught.ts";
import type * as Marked from "../support/foreign-marked.ts";
import { ALL, DECIMAL, Decimal, INSTANT, Instant, OtherDecimal, Price } from "../support/foreign-classes.ts";

const marked = (await import("../support/foreign-marked.ts?compiled" as string)) as typeof Marked;

const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);

beforeEach(() => {
  warn.mockClear();
  configure({ classes: ALL });
});
afterEach(() => configure({ classes: [] }));

describe("an instance of a configured class makes a key", () => {
  const values = (): unknown[] => [
    new Decimal("1"),
    new Decimal("2"),
    "1",
    new OtherDecimal("1"),
    new Instant(1),
    new Instant(2),
    1,
    new Price("1", "EUR"),
    new Price("2", "EUR"),
    [new Decimal("1"), "EUR"],
  ];

  it.each<[where: string, (value: unknown) => unknown]>([
    ["as an argument", (value) => value],
    ["in a list", (value) => [value]],
    ["in a record", (value) => ({ value, count: 1 })],
    ["in a map", (value) => new Map([[value, value]])],
  ])("%s: one for equal instances, and another for each other value", (_, wrap) => {
    const fn = cached((value: unknown) => ({ value }));
    const first = values().map((value) => fn(wrap(value)));
    expect(new Set(first).size).toBe(first.length);
    expect(values().map((value) => fn(wrap(value)))).toEqual(first);
    expect(fn.cache.stats()).toMatchObject({ hits: first.length, bypassed: 0 });
  });

  it("with the name of the class in its text, or the configured one", () => {
    const key = (value: unknown): string => cached((each: unknown) => each).cache.key(value);
    expect(key(new Decimal("1"))).toContain('(@@Decimal("1"))');
    expect(key(new OtherDecimal("1"))).toContain('(@@other/Decimal("1"))');
    expect(key(new Price("1", "EUR"))).toContain('(@@Price([@@Decimal("1"),"EUR"]))');
  });

  it("only if its class is that class, and not a subclass", () => {
    class Rate extends Decimal {}
    const fn = cached((value: unknown) => value, { name: "rated" });
    expect(() => fn.cache.key(new Rate("1"))).toThrow(CacheError);
    fn(new Rate("1"));
    expect(fn.cache.stats()).toMatchObject({ bypassed: 1, entries: 0 });
  });

  it("and a call whose instance cannot be encoded runs uncached", () => {
    const encode = (): never => {
      throw new Error("no digits");
    };
    configure({ classes: [{ ...DECIMAL, encode }] });
    const fn = cached((value: Decimal) => value.digits, { name: "fails" });
    expect([fn(new Decimal("1")), fn(new Decimal("1"))]).toEqual(["1", "1"]);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 2, entries: 0 });
  });
});

describe("a call with an instance of a class that is not configured", () => {
  it.each([
    ["no class of its name", [INSTANT], "has no key; add the class to configure({ classes })"],
    ["another class of its name", [DECIMAL], "is not the class of that name in configure({ classes })"],
  ])("runs uncached, and one warning says what to configure, with %s", (_, classes, reason) => {
    configure({ classes });
    const fn = cached((rate: unknown, _n: number) => rate, { name: "total" });
    for (const n of [1, 2]) fn({ rate: new OtherDecimal("1") }, n);
    expect(fn.cache.stats()).toMatchObject({ bypassed: 2 });
    expect(warn.mock.calls).toEqual([
      [`aotcache: a call of total is not cached: arguments[0] has an instance of Decimal, which ${reason}.`],
    ]);
  });

  it("is cached from the call on that sees the class configured", () => {
    configure({ classes: [] });
    const fn = cached((value: Decimal) => value.digits, { name: "later" });
    fn(new Decimal("1"));
    configure({ classes: [DECIMAL] });
    fn(new Decimal("1"));
    fn(new Decimal("1"));
    expect(fn.cache.stats()).toMatchObject({ bypassed: 1, misses: 1, hits: 1 });
  });
});

describe("a compiled function", () => {
  const line = (price: string, count = 1) => ({ price: new Decimal(price), count });

  it("has one entry for equal instances, in lists, in records, and alone", () => {
    const { total, ofLine } = marked;
    const first = total([line("1")], new Decimal("2"));
    expect(total([line("1")], new Decimal("2"))).toBe(first);
    expect(total([line("2")], new Decimal("2"))).not.toBe(first);
    expect(total([line("1")], new Decimal("1"))).not.toBe(first);
    const one = ofLine(line("1"));
    expect([ofLine(line("1")), ofLine({ count: 1, price: new Decimal("1") })]).toEqual([one, one]);
    expect([
      ofLine(line("2")),
      ofLine(line("1", 2)),
      ofLine({ price: "1" as never, count: 1 }),
    ]).not.toContain(one);
    expect(cacheOf(ofLine).key(line("1"))).toContain('({count:1,price:@@Decimal("1")})');
  });

  it("also in its receiver and in what it captures", () => {
    const first = new marked.Shop("1").gross(5);
    expect(new marked.Shop("1").gross(5)).toBe(first);
    expect(new marked.Shop("2").gross(5)).not.toBe(first);
    const at = (rate: string) => marked.netAt(new Decimal(rate))(5);
    expect([at("1"), at("2"), at("1")]).toEqual(["5 at 1", "5 at 2", "5 at 1"]);
  });

  it("gets equal instances back from a store that copies", async () => {
    configure({ backends: { foreign: memory({ serializer: "generic" }) } });
    const { gross, run } = await marked.stored(new Decimal("1.50"));
    expect(await marked.stored(new Decimal("1.50"))).toStrictEqual({ gross, run });
    expect((await marked.stored(new Decimal("1.5"))).run).not.toBe(run);
  });

  it("runs uncached while the class is not configured, with one warning", () => {
    configure({ classes: [] });
    const runs = [1, 2].map(() => marked.total([line("9")], new Decimal("2")));
    expect(runs[1]).not.toBe(runs[0]);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining(
        "total (test/support/foreign-marked.ts:8) is not cached: _lines has an instance of Decimal",
      ) as string,
    ]);
  });
});

describe("a result with instances", () => {
  const make = () => ({
    total: new Decimal("1.50"),
    at: [new Instant(5)],
    prices: new Map([["a", new Price("1", "EUR")]]),
    rates: new Set([new Decimal("2")]),
    ["__proto__"]: { list: [1, , new Decimal("3")] },
  });

  it.each<CachedOptions>([{ copy: "clone" }, { backend: memory({ serializer: "generic" }) }])(
    "is equal at each hit, and each caller has its own, with %j",
    async (options) => {
      const fn = cached(async (_: number) => make(), { name: "copied", ...options });
      await fn(1);
      const [second, third] = [await fn(1), await fn(1)];
      for (const { at, ...others } of [second, third]) {
        const { at: _, ...expected } = make();
        expect(others).toStrictEqual(expected);
        expect(at[0]).toBeInstanceOf(Instant);
        expect(at[0]!.ms).toBe(5);
      }
      if (options.copy) expect(second.total).not.toBe(third.total);
      expect(fn.cache.stats()).toMatchObject({ runs: 1, hits: 2, errors: 0 });
    },
  );

  it("is copied for calls that share a run", async () => {
    const fn = cached(async (_: number) => make(), { copy: "clone" });
    const [first, second] = await Promise.all([fn(1), fn(1)]);
    expect(second!.total).toStrictEqual(first!.total);
    expect(second!.total).not.toBe(first!.total);
  });

  it.each<[what: string, Partial<ClassCodec>]>([
    ["makes another instance", { decode: () => new Decimal("0") }],
    ["makes no instance", { decode: (digits: string) => ({ digits }) as Decimal }],
    [
      "throws",
      {
        decode: () => {
          throw new Error("no");
        },
      },
    ],
  ])("is not kept as a copy if `decode` %s, and one warning says so", async (_, codec) => {
    configure({ classes: [{ ...DECIMAL, ...codec }] });
    const fn = cached(async (_n: number) => new Decimal("1"), { name: "wrong", copy: "clone" });
    expect([await fn(1), await fn(1)]).toEqual([new Decimal("1"), new Decimal("1")]);
    expect(fn.cache.stats()).toMatchObject({ runs: 2, entries: 0 });
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringContaining("a result of wrong is not stored: it cannot be copied") as string,
    ]);
  });

  it("is not kept as a copy if private fields differ, which only `encode` shows", () => {
    configure({ classes: [{ ...INSTANT, decode: () => new Instant(0) }] });
    const fn = cached((_: number) => new Instant(1), { copy: "clone" });
    expect([fn(1).ms, fn(1).ms]).toEqual([1, 1]);
  });

  it("is still copied after another configuration", () => {
    const fn = cached((_: number) => new Decimal("1"), { copy: "clone" });
    fn(1);
    configure({ classes: [] });
    expect(fn(1)).toStrictEqual(new Decimal("1"));
    expect(fn.cache.stats().runs).toBe(1);
  });
});

describe("configure refuses", () => {
  const { encode, decode } = DECIMAL;
  it.each<[classes: unknown, code: string, message: string]>([
    [{}, "option-value", "`classes` is not an array; write [{ class, encode, decode }]."],
    [[5], "option-value", "`classes[0]` is not an object; write { class, encode, decode }."],
    [[{ encode, decode }], "option-value", "`classes[0]` has no class; write it as `class`"],
    [[{ class: () => 1, encode, decode }], "option-value", "`classes[0]` has no class;"],
    [[{ class: "Decimal", encode, decode }], "option-value", "`classes[0]` has no class;"],
    [
      [DECIMAL, { class: Instant, encode }],
      "option-value",
      "`classes[1]` has no `decode`; write a function.",
    ],
    [[{ class: Decimal, decode }], "option-value", "`classes[0]` has no `encode`; write a function."],
    [[{ ...DECIMAL, nmae: "x" }], "option-unknown", "`classes[0]` has no option `nmae`; write `name`."],
    [[{ ...DECIMAL, name: " " }], "option-value", "`classes[0]` has no name; write a string"],
    [[{ ...DECIMAL, class: (() => class {})() }], "option-value", "`classes[0]` has no name;"],
    [[{ ...DECIMAL, class: Date }], "option-value", "`classes[0]` is Date, which is built in"],
    [[{ ...DECIMAL, class: Uint8Array }], "option-value", "`classes[0]` is Uint8Array, which is built in"],
    [[DECIMAL, DECIMAL], "option-value", "`classes` contains the class Decimal twice; remove one."],
    [[DECIMAL, { ...DECIMAL, name: "D" }], "option-value", "`classes` contains the class D twice;"],
    [
      [DECIMAL, { ...DECIMAL, class: OtherDecimal }],
      "option-value",
      '`classes` contains two classes called "Decimal"; give one of them a `name`.',
    ],
  ])("%j", (classes, code, message) => {
    const error = thrown(() => configure({ classes: classes as ClassCodec[] }));
    expect(error).toBeInstanceOf(CacheError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) as string });
  });
});
