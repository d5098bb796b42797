/** `configure({ log })`, and the lines for which `DEBUG` asks. */
import * as esbuild from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached, configure, memory, type LogDetails, type LogLevel } from "aotcache";
import { keyv } from "aotcache/keyv";
import { ABI } from "../../runtime/contract/spec.ts";
import { debugNames } from "../../runtime/platform/environment.ts";
import { thrown } from "../support/caught.ts";

type Message = readonly [level: LogLevel, message: string, details: LogDetails];
let messages: Message[];
const warn = vi.spyOn(console, "warn");
beforeEach(() => {
  messages = [];
  warn.mockReset().mockImplementation(() => undefined);
});
afterEach(() => configure({ log: undefined, backends: {} }));

const log = (...message: Message): void => void messages.push(message);
const texts = (): string[] =>
  messages.map(([level, text]) => `${level} ${text.replace(/[\d.]+ ms/, "0 ms")}`);

describe("a log", () => {
  it("gets each event of a function in memory, with its key, its time and its cache", () => {
    configure({ log });
    const fn = cached((n: { id: number }) => n.id, { name: "fn", namespace: "x" });
    fn({ id: 1 });
    fn({ id: 1 });
    expect(texts()).toEqual([
      "debug miss x:fn@0({id:1}) 0 ms",
      "debug set x:fn@0({id:1}) 0 ms",
      "debug hit x:fn@0({id:1}) 0 ms",
    ]);
    expect(messages[2]![2]).toEqual({
      ...{ type: "hit", key: "x:fn@0({id:1})", id: "x:fn@0", cache: "memory" },
      seconds: expect.any(Number),
    });
  });

  it("gets events of string keys", async () => {
    const cache = memory();
    configure({ log });
    await cache.set("a", 1);
    await cache.get("a");
    expect(texts()).toEqual(["debug set a", "debug hit a"]);
  });

  it("gets warnings instead of the console, in production too", () => {
    vi.stubEnv("NODE_ENV", "production");
    configure({ log });
    cached((_: unknown) => 1, { name: "fn" })(() => 1);
    vi.unstubAllEnvs();
    expect(texts()).toContain(
      "warn a call of fn is not cached: arguments[0] has a value that no key can be made of.",
    );
    expect(warn).not.toHaveBeenCalled();
  });

  it("gets a failure as an error, and its repetitions within a second as details", async () => {
    const down = keyv({
      get: async () => Promise.reject(new Error("refused")),
      set: async () => Promise.reject(new Error("refused")),
      delete: async () => true,
    });
    const fn = cached(async (n: number) => n, { name: "fn", backend: down });
    configure({ log });
    for (const n of [1, 2]) await fn(n);
    const failures = messages.filter(([, , { type }]) => type === "error");
    expect(failures.map(([level]) => level)).toContain("error");
    expect(new Set(failures.map(([level]) => level))).toEqual(new Set(["error", "debug"]));
    expect(failures[0]![1]).toMatch(
      /^error uncompiled:fn@0\(1\) .* ms: the store failed; the function runs: /,
    );
  });

  it("may be an object", () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    configure({ log: logger });
    cached((n: number) => n, { name: "fn" })(1);
    expect(logger.debug).toHaveBeenCalledWith(
      expect.stringContaining("miss uncompiled:fn@0(1)"),
      expect.objectContaining({ type: "miss" }),
    );
  });

  it("may throw, reject, and call cached functions", async () => {
    const inner = cached((n: number) => n, { name: "inner" });
    let calls = 0;
    const results = [
      () => inner(calls),
      () => {
        throw new Error("no disk");
      },
      async () => Promise.reject(new Error("no line")),
    ];
    configure({ log: () => results[calls++ % 3]!() });
    const fn = cached((n: number) => n, { name: "outer" });
    expect([fn(1), fn(1), fn(2)]).toEqual([1, 1, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warn.mock.calls.flat()).toEqual(["aotcache: the log threw: no disk"]);
  });

  it("gets nothing more once it is removed", () => {
    configure({ log });
    configure({ log: undefined });
    cached((_: unknown) => 1, { name: "fn" })(() => 1);
    expect(messages).toEqual([]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it.each(["debug", {}, null, { debug: console.debug }])("is refused if it is none: %j", (wrong) => {
    expect(thrown(() => configure({ log: wrong as never }))).toMatchObject({ code: "option-value" });
  });
});

describe("DEBUG", () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each<[text: string, yes: string[], no: string[]]>([
    ["aotcache", ["aotcache"], ["aotcache:redis"]],
    ["other,aotcache:redis", ["aotcache:redis"], ["aotcache"]],
    ["aotcache* -aotcache:redis", ["aotcache", "aotcache:keyv"], ["aotcache:redis"]],
    ["*", ["aotcache", "aotcache:redis"], []],
    ["aotcach", [], ["aotcache"]],
  ])("%s", (text, yes, no) => {
    vi.stubEnv("DEBUG", text);
    const isWanted = debugNames()!;
    expect([yes.filter(isWanted), no.filter(isWanted)]).toEqual([yes, []]);
  });

  it.each(["false", "true"])(
    "is read at run time where a bundler replaces it by %s, like Nitro",
    async (value) => {
      vi.stubEnv("DEBUG", "aotcache");
      const { outputFiles } = await esbuild.build({
        entryPoints: ["runtime/platform/environment.ts"],
        bundle: true,
        format: "esm",
        define: { "process.env.DEBUG": value },
        write: false,
      });
      const code = Buffer.from(outputFiles[0]!.text).toString("base64");
      const bundled = (await import(`data:text/javascript;base64,${code}`)) as {
        debugNames: typeof debugNames;
      };
      expect(bundled.debugNames()!("aotcache")).toBe(true);
    },
  );

  it("writes a line for each event and each request to a store, to standard error", async () => {
    vi.stubEnv("DEBUG", "aotcache*");
    vi.resetModules();
    const lines: string[] = [];
    vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
    const globals = globalThis as Record<symbol, Record<string, unknown> | undefined>;
    const state = globals[Symbol.for(`aotcache/${ABI}`)]!;
    delete state["log"];
    const fresh = await import("aotcache");
    const { keyv: open } = await import("aotcache/keyv");
    const fn = fresh.cached(async (n: number) => n, { name: "fn", backend: open(new Map()) });
    for (let n = 0; n < 30; n++) await fn(1);
    const shown = lines.map((line) => line.replace(/[\d.]+ ms/, "0 ms"));
    expect(shown.filter((line) => line === "aotcache hit uncompiled:fn@0(1) 0 ms").length).toBeGreaterThan(
      25,
    );
    expect(shown).toContain("aotcache miss uncompiled:fn@0(1) 0 ms");
    expect(shown.filter((line) => /^aotcache:keyv get \S+ 0 ms$/.test(line)).length).toBeGreaterThan(25);
    vi.mocked(console.error).mockRestore();
  });
});
