import { describe, expect, test } from "vitest";
import { CacheError } from "../../runtime/contract/errors.ts";
import {
  OPTION_NAMES,
  readOption,
  resolveOptions as resolveAtRunTime,
} from "../../runtime/contract/options.ts";
import { suggest } from "../../runtime/contract/suggest.ts";
import { resolveCompilerOptions, resolveOptions } from "../../src/options/function.ts";
import { type OptionValue, type WrittenOption, parsePragmas } from "../../src/pragma/parse.ts";

const context = { form: "pragma", defaults: undefined, sync: undefined } as const;

/** Resolves the options of a pragma. Returns problems with the texts that they underline. */
function resolve(pragma: string, facts: Partial<Parameters<typeof resolveOptions>[1]> = {}) {
  const text = `// @cached ${pragma}`;
  const [parsed] = parsePragmas(text, 0);
  const { options, problems } = resolveOptions(parsed!.options, { ...context, ...facts });
  return {
    options,
    problems: problems.map(
      ({ name, span, message, help }) => `${name} [${text.slice(span.start, span.end)}] ${message} ${help}`,
    ),
    text: (span: { start: number; end: number }) => text.slice(span.start, span.end),
  };
}

/** The options of a call in the compiler's form, each at a different offset. */
const call = (values: Record<string, OptionValue>): WrittenOption[] =>
  Object.entries(values).map(([name, value], index) => ({
    name,
    nameSpan: { start: index * 100, end: index * 100 + name.length },
    value,
    valueSpan: { start: index * 100 + 50, end: index * 100 + 60 },
  }));

const literal = (value: string | number | boolean | null | readonly unknown[]): OptionValue => ({
  kind: "literal",
  value,
});

describe("an option's value is resolved", () => {
  test.each([
    ["ttl", "10", 10_000],
    ["ttl", 10, 10_000],
    ["ttl", "500ms", 500],
    ["ttl", "forever", Infinity],
    ["swr", "5m", 300_000],
    ["sie", "2h", 7_200_000],
    ["retry", "10s", 10_000],
    ["deadline", 30, 30_000],
    ["timeout", 0.25, 250],
    ["refresh", "80%", 0.8],
    ["jitter", "10%", 0.1],
    ["jitter", "12.5%", 0.125],
    ["jitter", "0%", 0],
    ["namespace", "a b/c", "a b/c"],
    ["name", "Repo.#find", "Repo.#find"],
    ["name", "größe", "größe"],
    ["version", "2", "2"],
    ["key", "id,opts.locale", ["id", "opts.locale"]],
    ["key", ["id", "opts.locale"], ["id", "opts.locale"]],
    ["identity", "drawing,opts.engine", ["drawing", "opts.engine"]],
    ["ignore", "signal", ["signal"]],
    ["this", "tenant,config.region", ["tenant", "config.region"]],
    ["this", "instance", "instance"],
    ["this", ["instance"], ["instance"]],
    ["this", "ignore", "ignore"],
    ["backend", "main", "main"],
    ["serializer", "msgpack", "msgpack"],
    ["lock", "distributed", "distributed"],
    ["skip", "nullish", "nullish"],
    ["max", "1000", 1000],
    ["max", 1, 1],
    ["copy", "freeze", "freeze"],
    ["multi", "ids", "ids"],
    ["one", "Repo.findAll", "Repo.findAll"],
    ["near", "5s", 5000],
    ["near", "true", true],
    ["near", false, false],
    ["allow", "parameter-unproved,ambient-read", ["parameter-unproved", "ambient-read"]],
  ])("%s=%j", (name, value, expected) => {
    expect(readOption(name, value)).toEqual({ value: expected });
  });

  test("a cache, a serializer and a function remain unchanged", () => {
    const serializer = { name: "own", encode: String, decode: String };
    const skip = (): boolean => true;
    const cache = { multiGet: () => [] };
    expect(readOption("serializer", serializer)).toEqual({ value: serializer });
    expect(readOption("skip", skip)).toEqual({ value: skip });
    expect(readOption("backend", cache)).toEqual({ value: cache });
  });

  test("the table contains every option", () => {
    const names =
      "ttl swr sie refresh retry deadline jitter namespace name version key identity ignore this backend serializer lock timeout skip max copy tags multi one near allow";
    expect(OPTION_NAMES).toEqual(names.split(" "));
  });
});

describe("an invalid value is rejected, with a correction", () => {
  test.each([
    ["ttl", "0", "`ttl` cannot be `0`.", "`10s`"],
    ["ttl", -1, "`ttl` cannot be `-1`.", "above zero"],
    ["ttl", NaN, "`ttl` cannot be `NaN`.", "above zero"],
    ["ttl", "10 s", "`ttl` cannot be `10 s`.", "`10s`"],
    ["ttl", null, "`ttl` cannot be `null`.", "above zero"],
    ["swr", true, "`swr` cannot be `true`.", "above zero"],
    ["refresh", "100%", "`refresh` cannot be `100%`.", "a percentage between `0%` and `100%`, like `80%`"],
    ["refresh", "0%", "`refresh` cannot be `0%`.", "a percentage between `0%` and `100%`, like `80%`"],
    ["refresh", "8s", "`refresh` cannot be `8s`.", "a percentage between `0%` and `100%`, like `80%`"],
    ["jitter", "10", "`jitter` cannot be `10`.", "`10%`"],
    ["jitter", 0.1, "`jitter` cannot be `0.1`.", "`10%`"],
    ["jitter", "101%", "`jitter` cannot be `101%`.", "`100%`"],
    ["namespace", "", "`namespace` cannot be empty.", "not empty"],
    ["name", "a b", "`name` cannot be `a b`.", "`Repo.find`"],
    ["version", 2, "`version` cannot be `2`.", `Write \`"2"\`.`],
    ["key", "id,", "`key` cannot be `id,`.", "`id,opts.locale`"],
    ["key", [], "`key` cannot be `[]`.", '`["id", "opts.locale"]`'],
    ["key", [1], "`key` cannot be this list.", '`["id", "opts.locale"]`'],
    ["key", "id,id", "`key` cannot be `id,id`.", "`id` only once"],
    ["this", "instance,tenant", "`this` cannot be `instance,tenant`.", "`instance` alone"],
    ["backend", {}, "`backend` cannot be an object.", "text"],
    ["backend", new Map(), "`backend` cannot be an object.", "text"],
    ["serializer", { name: "x" }, "`serializer` cannot be an object.", "text"],
    ["lock", "locl", "`lock` cannot be `locl`.", "Write `local`."],
    ["lock", "yes", "`lock` cannot be `yes`.", "Write `local`, `distributed` or `none`."],
    ["skip", "never", "`skip` cannot be `never`.", "Write `null`, `undefined`, `nullish` or `empty`."],
    ["lock", () => 1, "`lock` cannot be a function.", "Write `local`"],
    ["max", "0", "`max` cannot be `0`.", "whole number above zero"],
    ["max", 1.5, "`max` cannot be `1.5`.", "whole number above zero"],
    ["copy", "constructor", "`copy` cannot be `constructor`.", "`clone`, `freeze` or `none`"],
    ["toString", 1, "`toString` is not an option.", "Write `ttl`, `swr`"],
    ["tll", 1, "`tll` is not an option.", "Write `ttl`."],
    ["nameSpace", 1, "`nameSpace` is not an option.", "Write `namespace`."],
  ])("%s=%j", (name, value, problem, help) => {
    expect(readOption(name, value)).toMatchObject({
      problem,
      help: expect.stringContaining(help) as unknown,
    });
  });
});

describe("incompatible options are conflicts", () => {
  test.each<[pragma: string, at: string, because: string, sync?: boolean]>([
    ["swr=5", "swr=5", "`swr` has no effect without `ttl`."],
    ["sie=5", "sie=5", "`sie` has no effect without `ttl`."],
    ["refresh=80%", "refresh=80%", "`refresh` has no effect without `ttl`."],
    ["refresh=80% ttl=forever", "refresh=80%", "`refresh` has no effect on results that are fresh forever."],
    ["jitter=5%", "jitter=5%", "`jitter` has no effect without `ttl`."],
    ["ttl=forever swr=5", "swr=5", "`swr` has no effect on results that are fresh forever."],
    ["jitter=5% ttl=forever", "jitter=5%", "`jitter` has no effect on results that are fresh forever."],
    ["key=id ignore=b", "ignore=b", "`ignore` has no effect next to `key`."],
    ["this=instance backend=main", "backend=main", "`backend` has no effect on entries that go with"],
    ["this=instance lock=distributed", "lock=distributed", "`lock` has no effect as `distributed` on"],
    ["serializer=none timeout=1", "timeout=1", "`timeout` has no effect on results that are not serialized"],
    [
      "lock=distributed",
      "lock=distributed",
      "`lock` has no effect as `distributed` on a sync function",
      true,
    ],
    ["timeout=1", "timeout=1", "`timeout` has no effect on a sync function", true],
  ])("%s", (pragma, at, because, sync) => {
    const { problems } = resolve(pragma, { sync });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`option-conflict [${at}] ${because}`);
  });

  test.each<[pragma: string, sync?: boolean]>([
    ["ttl=10 swr=5 sie=5 jitter=10%"],
    ["ttl=10 refresh=80% retry=5"],
    ["ttl=10 swr=forever"],
    ["timeout=1 lock=distributed"],
    ["timeout=1 lock=distributed", false],
    ["this=instance lock=none max=10"],
    ["ttl=10 swr=5 backend=local lock=local", true],
  ])("%s is not a conflict", (pragma, sync) => {
    expect(resolve(pragma, { sync }).problems).toEqual([]);
  });

  test("an option that could not be read counts as set", () => {
    expect(resolve("ttl=0 swr=5").problems.map((text) => text.split("]")[0])).toEqual(["option-value [0"]);
    expect(resolve("ttl= swr=5").problems).toEqual([]);
    expect(resolve("swr=").problems).toEqual([]);
  });
});

describe("the options of a function", () => {
  test("are sorted into those for the runtime and those for the compiler", () => {
    const { options, problems, text } = resolve(
      "ttl=10 namespace=x key=id,opts.locale version=2 max=5 allow=ambient-read lock=none",
    );
    expect(problems).toEqual([]);
    expect(options).toMatchObject({
      site: { ttl: 10_000, max: 5, lock: "none" },
      namespace: "x",
      version: "2",
      allow: ["ambient-read"],
      dynamic: [],
      unread: [],
    });
    expect(options).not.toHaveProperty("name");
    expect(options.key!.map(({ text: item, span }) => [item, text(span)])).toEqual([
      ["id", "id"],
      ["opts.locale", "opts.locale"],
    ]);
    expect(
      [...options.spans].slice(0, 2).map(([name, spans]) => [name, text(spans.name), text(spans.value)]),
    ).toEqual([
      ["ttl", "ttl", "10"],
      ["namespace", "namespace", "x"],
    ]);
  });

  test("report every problem at the exact word, all at once", () => {
    const { problems, options } = resolve(
      "tll=1 ttl=0 max=3 max=4 key=a,b-c,d lock=locl allow=module-state,ambient-reed ignore=x,x",
    );
    expect(problems).toEqual([
      "option-unknown [tll] `tll` is not an option. Write `ttl`.",
      expect.stringMatching(/^option-value \[0\] `ttl` cannot be `0`\. Write a number of seconds above zero/),
      "option-duplicate [max] `max` is given more than once. Keep one `max` and remove the others.",
      expect.stringMatching(/^option-value \[b-c\] `key` cannot be `a,b-c,d`\./),
      "option-value [locl] `lock` cannot be `locl`. Write `local`.",
      "option-value [ambient-reed] `ambient-reed` is not the name of a warning. Write `ambient-read`.",
      "option-value [x] `ignore` cannot be `x,x`. Write `x` only once.",
      expect.stringContaining("option-conflict [ignore=x,x]"),
    ]);
    expect(options.site).toEqual({ max: 3 });
  });

  test("cannot silence an error", () => {
    expect(resolve("allow=function-void").problems[0]).toContain(
      "`function-void` is an error, and only warnings can be silenced. Write one of `parameter-unproved`,",
    );
  });

  test("may be known only at run time, except those that the build needs", () => {
    const written = call({
      ttl: { kind: "dynamic" },
      swr: literal(5),
      backend: { kind: "dynamic" },
      key: { kind: "dynamic" },
      name: { kind: "dynamic" },
    });
    const { options, problems } = resolveOptions(written, { ...context, form: "call" });
    expect(options).toMatchObject({ site: { swr: 5000 }, dynamic: ["ttl", "backend"] });
    expect(problems.map(({ name, message, span }) => [name, message, span.start])).toEqual([
      ["option-value", "`key` is needed at build time, but this value is known only at run time.", 350],
      ["option-value", "`name` is needed at build time, but this value is known only at run time.", 450],
    ]);
  });

  test("of a call are values, with the spans of list items if they are known", () => {
    const key = {
      ...call({ key: literal(["id", "a.b"]) })[0]!,
      itemSpans: [
        { start: 51, end: 55 },
        { start: 57, end: 62 },
      ],
    };
    const { options, problems } = resolveOptions(
      [key, ...call({ backend: literal(5), this: literal(["instance", "tenant"]) })],
      { ...context, form: "call" },
    );
    expect(options.key).toEqual([
      { text: "id", span: { start: 51, end: 55 } },
      { text: "a.b", span: { start: 57, end: 62 } },
    ]);
    expect(options.this).toEqual([
      { text: "instance", span: { start: 150, end: 160 } },
      { text: "tenant", span: { start: 150, end: 160 } },
    ]);
    expect(problems.map(({ message }) => message)).toEqual(["`backend` cannot be `5`."]);
  });
});

describe("a project's defaults", () => {
  const defaults = { ttl: "1h", swr: 5, jitter: "10%", timeout: "1s", lock: "distributed" } as const;

  test("apply if a function does not set them", () => {
    expect(resolve("ttl=10", { defaults }).options.site).toEqual({
      ttl: 10_000,
      swr: 5000,
      jitter: 0.1,
      timeout: 1000,
      lock: "distributed",
    });
  });

  test("complete a function's own options", () => {
    expect(resolve("swr=5", { defaults: { ttl: 10 } }).problems).toEqual([]);
  });

  test("are ignored, without a problem, if they have no effect", () => {
    const forever = resolve("ttl=forever", { defaults, sync: true });
    expect(forever.problems).toEqual([]);
    expect(forever.options.site).toEqual({ ttl: Infinity });
    expect(resolve("", { defaults: { swr: 5 } }).options.site).toEqual({});
  });
});

describe("at run time", () => {
  test("options resolve by the same rules, and undefined counts as omitted", () => {
    const skip = (): boolean => false;
    const options = { ttl: "5m", key: ["id"], skip, this: "instance", swr: undefined } as never;
    expect(resolveAtRunTime(options)).toEqual({ ttl: 300_000, key: ["id"], skip, this: "instance" });
  });

  test.each<[options: unknown, code: string, message: string]>([
    [{ ttl: 0 }, "ttl-invalid", "`ttl` cannot be `0`."],
    [{ ttl: "5 minutes" }, "ttl-invalid", "`ttl` cannot be `5 minutes`."],
    [{ swr: 0 }, "option-value", "`swr` cannot be `0`."],
    [{ tll: 5 }, "option-unknown", "`tll` is not an option. Write `ttl`."],
    [{ tll: undefined }, "option-unknown", "`tll` is not an option. Write `ttl`."],
    [JSON.parse('{"__proto__": 1}'), "option-unknown", "`__proto__` is not an option."],
    [{ swr: 5 }, "option-conflict", "`swr` has no effect without `ttl`. Add `ttl`, or remove `swr`."],
    [10, "option-value", "Options cannot be `10`. Write an object, like `{ ttl: 10 }`."],
    [null, "option-value", "Options cannot be `null`."],
  ])("%j throws a CacheError", (options, code, message) => {
    let thrown: unknown;
    try {
      resolveAtRunTime(options as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CacheError);
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(message) as unknown });
  });
});

describe("the compiler's options", () => {
  test("have defaults", () => {
    const { include, exclude, ...rest } = resolveCompilerOptions();
    expect(rest).toEqual({
      tsconfig: undefined,
      namespace: undefined,
      strict: false,
      allow: [],
      defaults: {},
      classes: [],
      singletons: [],
      manifest: undefined,
    });
    const matches = (path: string): boolean =>
      include.some((pattern) => new RegExp(pattern).test(path)) &&
      !exclude.some((pattern) => new RegExp(pattern).test(path));
    expect(["/a/b.ts", "/a/b.cts", "/a/b.jsx", "C:\\a\\b.tsx", "/a/b.ts?v=1"].filter(matches)).toHaveLength(
      5,
    );
    expect(["/a/b.css", "/a/node_modules/b/c.ts", "C:\\node_modules\\b.ts"].filter(matches)).toEqual([]);
  });

  test("are accepted as given, with lists as lists", () => {
    const options = {
      tsconfig: "tsconfig.app.json",
      include: "src/**",
      exclude: [/\.test\.ts$/, "dist/**"],
      namespace: "shop",
      strict: true,
      allow: ["ambient-read"],
      defaults: { ttl: "1h", lock: "distributed" },
      classes: ["decimal.js#Decimal", "./src/money.ts#Money"],
      singletons: ["@Injectable"],
      manifest: true,
    };
    expect(resolveCompilerOptions(options)).toEqual({
      ...options,
      include: ["src/**"],
      manifest: "aotcache.manifest.json",
    });
  });

  test.each<[options: unknown, message: string]>([
    [{ tsconfg: "x" }, "aotcache: `tsconfg` is not an option. Write `tsconfig`."],
    [{ toString: 1 }, "aotcache: `toString` is not an option. Write one of `tsconfig`,"],
    [{ strict: "yes" }, "aotcache: `strict` must be `true` or `false`."],
    [{ include: 5 }, "aotcache: `include` must be a pattern,"],
    [{ tsconfig: "" }, "aotcache: `tsconfig` must be the path of a tsconfig.json."],
    [{ allow: "ambient-read" }, "aotcache: `allow` must be an array of names of warnings."],
    [
      { allow: ["ambientread"] },
      "aotcache: `allow`: `ambientread` is not the name of a warning. Write `ambient-read`.",
    ],
    [{ classes: "decimal.js#Decimal" }, "aotcache: `classes` must be an array of modules and exports"],
    [{ classes: ["decimal.js"] }, "aotcache: `classes`: `decimal.js` is not a module and an export."],
    [{ singletons: "@Injectable" }, "aotcache: `singletons` must be an array of decorators"],
    [{ allow: ["option-value"] }, "aotcache: `allow`: `option-value` is an error,"],
    [{ defaults: { tll: 1 } }, "aotcache: `defaults`: `tll` is not an option. Write `ttl`."],
    [{ defaults: { ttl: 0 } }, "aotcache: `defaults`: `ttl` cannot be `0`."],
    [
      { defaults: { key: ["id"] } },
      "aotcache: `defaults` cannot contain `key`, which belongs to one function.",
    ],
    [{ defaults: { skip: () => true } }, "aotcache: `defaults`: `skip` must be a string,"],
    ["strict", "aotcache: options must be an object,"],
  ])("%j is refused", (options, message) => {
    expect(() => resolveCompilerOptions(options)).toThrow(message);
  });
});

describe("suggests the nearest known word", () => {
  const known = ["ttl", "swr", "namespace", "serializer", "parameter-unproved"];
  test.each([
    ["tll", "ttl"],
    ["tt", "ttl"],
    ["TTL", "ttl"],
    ["srw", "swr"],
    ["nmaesapce", "namespace"],
    ["serialiser", "serializer"],
    ["parameter-unprooved", "parameter-unproved"],
    ["age", undefined],
    ["", undefined],
    ["colour", undefined],
  ])("%j → %j", (word, nearest) => {
    expect(suggest(word, known)).toBe(nearest);
  });
});
