/** `aotcache build`: compiles marked functions, with the TypeScript of the project. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { describe, expect, it, vi } from "vitest";
import { build, type BuildOptions } from "../../../plugin/cli/build/index.ts";
import type { Outcome, TestProject } from "../../support/bundlers.ts";
import {
  copyApp,
  idsIn,
  idsOf,
  run,
  setOptions,
  startServer,
  tsc,
  watchBuild,
} from "../../support/tsc-app.ts";
import type { TypeScript } from "../../support/tsc-app.ts";

// Real compilers, several in each test.
vi.setConfig({ testTimeout: 240_000 });

const RELEASES: readonly TypeScript[] = ["typescript5.4", "typescript5.9", "typescript", "typescript7"];

/** The two ways to build: with the library, and with the native program of TypeScript 7. */
const WAYS: readonly TypeScript[] = ["typescript5.9", "typescript7"];

/** What is printed is the line that counts functions, if any were compiled. */
const SUCCESS = {
  code: 0,
  stdout: expect.stringMatching(/^(?:aotcache: \d+ functions? compiled[^\n]*\n)?$/) as string,
  stderr: "",
};

/** Runs the command in the folder of a project. */
async function buildIn(shop: TestProject, options: BuildOptions = {}): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text.toString();
      return true;
    }),
  );
  try {
    return { code: await build({ cwd: shop.root, ...options }), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Three type errors, two of them on lines with inserted text. */
const WRONG = `// @cached ttl=10
export function wrong(n: number, text: string = 1): number[] { const m: string = n; return [m.length + n];
}
export const other: string = 2;
`;

it("shows its progress on a terminal, and removes it before tsc prints", async () => {
  const shop = copyApp("tsc", "typescript5.9");
  for (let i = 0; i < 25; i++)
    shop.write(
      `src/many/${i}.ts`,
      `// @cached ttl=10\nexport const many${i} = (n: number): number[] => [n];\n`,
    );
  const { isTTY } = process.stderr;
  process.stderr.isTTY = true;
  try {
    const { code, stdout, stderr } = await buildIn(shop);
    expect([code, stdout]).toEqual([0, "aotcache: 28 functions compiled.\n"]);
    expect(stderr).toMatch(/compiling \d+\/\d+ src\/many\/[^]*\r\u001b\[2K$/);
  } finally {
    process.stderr.isTTY = isTTY;
  }
});

describe.each(RELEASES)("a project with %s", (typescript) => {
  it("builds, hits, and has the keys that the compiler computes", async () => {
    const shop = copyApp("tsc", typescript);
    expect(await buildIn(shop)).toEqual(SUCCESS);
    const ids = await idsOf(shop, "src/prices.ts");
    expect(idsIn(shop.read("dist/prices.js"))).toEqual(ids);
    expect(await run(shop)).toMatchObject({
      runs: { total: 1, rate: 1, label: 1 },
      keys: ids.map((id) => expect.stringContaining(`${id}(`) as string),
    });
    const [line, column] = positionOf(shop.read("dist/prices.js"), "runs.total++");
    expect(
      originalPositionFor(new TraceMap(shop.read("dist/prices.js.map")), { line, column }),
    ).toMatchObject({
      source: "../src/prices.ts",
      line: positionOf(shop.read("src/prices.ts"), "runs.total++")[0],
    });
  });

  it("has the type errors, declarations and exit code of its own tsc", async () => {
    const shop = copyApp("tsc", typescript, { "src/wrong.ts": WRONG });
    const own = await tsc(shop, typescript, "-p", ".", "--outDir", "plain");
    const { code, stdout } = await buildIn(shop);
    expect(stdout).toBe(own.stdout);
    expect(stdout.match(/error TS/g)).toHaveLength(3);
    expect(code).toBe(2);
    for (const name of ["main.js", "prices.d.ts", "prices.d.ts.map", "types.js"])
      expect(shop.read(`dist/${name}`), name).toBe(shop.read(`plain/${name}`));
  });
});

/** 1-based line, 0-based column. */
function positionOf(text: string, part: string): [line: number, column: number] {
  const lines = text.slice(0, text.indexOf(part)).split("\n");
  return [lines.length, lines.at(-1)!.length];
}

describe("the JavaScript", () => {
  it("is the same with every TypeScript", async () => {
    const texts = new Set<string>();
    for (const typescript of RELEASES) {
      const shop = copyApp("tsc", typescript);
      await buildIn(shop);
      texts.add(shop.read("dist/prices.js") + shop.read("dist/prices.js.map"));
    }
    expect(texts.size).toBe(1);
  });
});

describe.each(WAYS)("with %s", (typescript) => {
  it("errors of the compiler fail the build, next to type errors, and nothing is written", async () => {
    const shop = copyApp("tsc", typescript, { "src/wrong.ts": WRONG.replace("ttl=10", "ttl=0") });
    const { code, stdout } = await buildIn(shop);
    expect(code).toBe(1);
    expect(stdout).toContain("src/wrong.ts(1,16): error TS990001: [option-value] `ttl` cannot be `0`.");
    expect(stdout.match(/error TS2\d+/g)).toHaveLength(3);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("a type error stops the build with noEmitOnError", async () => {
    const shop = copyApp("tsc", typescript, { "src/wrong.ts": WRONG });
    setOptions(shop, { noEmitOnError: true });
    expect((await buildIn(shop)).code).toBe(1);
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("a tsconfig with noEmit is only checked, and a message says so", async () => {
    const shop = copyApp("tsc", typescript);
    setOptions(shop, { noEmit: true });
    const stderr = `aotcache: ${shop.at("tsconfig.json")} sets \`noEmit\`, so nothing is written.\n`;
    expect(await buildIn(shop)).toEqual({ ...SUCCESS, stderr });
    expect(existsSync(shop.at("dist"))).toBe(false);
  });

  it("CommonJS has inline maps to the source text", async () => {
    const shop = copyApp("tsc-commonjs", typescript);
    expect(await buildIn(shop)).toEqual(SUCCESS);
    expect(await run(shop)).toMatchObject({ runs: { total: 1, rate: 1, label: 1 } });
    const [, data] = /sourceMappingURL=data:application\/json;base64,(.+)$/.exec(
      shop.read("dist/prices.js"),
    )!;
    const { sourcesContent } = JSON.parse(Buffer.from(data!, "base64").toString()) as TraceMap;
    expect(sourcesContent).toEqual([shop.read("src/prices.ts")]);
  });

  it("compiler options are accepted, and warnings do not fail the build", async () => {
    const clock = "// @cached ttl=10\nexport const late = (n: number): number => n + Date.now();\n";
    const shop = copyApp("tsc", typescript, { "src/clock.ts": clock });
    const { code, stdout } = await buildIn(shop, { namespace: "elsewhere" });
    expect(stdout).toMatch(/^src\/clock\.ts\(2,48\): warning TS990001: \[ambient-read\]/);
    expect(code).toBe(0);
    expect(idsIn(shop.read("dist/clock.js"))[0]).toMatch(/^elsewhere\/src\/clock:late@/);
    expect((await buildIn(shop, { strict: true })).code).toBe(1);
    expect(await buildIn(shop, { allow: ["ambient-read"] })).toEqual(SUCCESS);
  });

  const COUNT =
    'import type { Order } from "@shop/core";\n// @cached ttl=10\nexport const count = (order: Order): number[] => [order.items.length];\n';
  const SORTS =
    'import { words } from "./words.js";\nexport const sorted = (text: string): string[] => words(text).sort();\n';
  const WORDS =
    '// @cached ttl=10\nexport function words(text: string): string[] {\n  return text.split(" ").filter(Boolean);\n}\n';

  it("a caller in another file that changes a result is reported, and fails a strict build", async () => {
    const shop = copyApp("tsc", typescript, { "src/words.ts": WORDS, "src/sorts.ts": SORTS });
    expect((await buildIn(shop, { strict: true })).code).toBe(1);
    expect(existsSync(shop.at("dist"))).toBe(false);
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await buildIn(shop);
      expect(stdout).toContain(
        "src/words.ts(2,17): warning TS990001: [result-shared] `words(text).sort` in src/sorts.ts:2 changes ",
      );
      expect(stdout.match(/\[result-shared\]/g)).toHaveLength(1);
      expect(code).toBe(0);
    }
    shop.edit("src/sorts.ts", ".sort()", ".toSorted()");
    expect(await buildIn(shop, { strict: true })).toEqual(SUCCESS);
  });

  it("references are built, also after plain tsc, and again when a type changes", async () => {
    const shop = copyApp("references", typescript, { "packages/app/src/count.ts": COUNT });
    await tsc(shop, typescript, "--build");
    expect(idsIn(shop.read("packages/core/dist/prices.js"))).toEqual([]);
    for (let time = 0; time < 2; time++) {
      expect(await buildIn(shop)).toEqual(SUCCESS);
      expect(idsIn(shop.read("packages/core/dist/prices.js"))).toEqual(
        await idsOf(shop, "packages/core/src/prices.ts"),
      );
      expect(await run(shop, "packages/app/dist/main.js")).toMatchObject({
        runs: { total: 1, rate: 1, label: 1 },
      });
    }
    const ids = (): string[] => idsIn(shop.read("packages/app/dist/count.js"));
    const before = ids();
    shop.edit("packages/core/src/types.ts", "readonly count: number", "readonly count: number; of?: string");
    expect(await buildIn(shop)).toEqual(SUCCESS);
    expect(ids()).toEqual(await idsOf(shop, "packages/app/src/count.ts"));
    expect(ids()).not.toEqual(before);
  });

  it("a caller is found also where declarations of another project are not built yet", async () => {
    const shop = copyApp("references", typescript, {
      "packages/core/src/words.ts": WORDS,
      "packages/core/src/sorts.ts": SORTS,
      "packages/app/src/count.ts": COUNT,
    });
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await buildIn(shop, { strict: true });
      expect(stdout).toContain("packages/core/src/words.ts(2,17): error TS990001: [result-shared]");
      expect(stdout.match(/\[result-shared\]/g)).toHaveLength(1);
      expect(code).toBeGreaterThan(0);
    }
  });

  it("an error in one of several projects leaves no uncompiled JavaScript", async () => {
    const shop = copyApp("references", typescript);
    shop.edit("packages/core/src/prices.ts", "ttl=10m", "ttl=0");
    const { code, stdout } = await buildIn(shop);
    expect(stdout.match(/\[option-value\]/g)).toHaveLength(1);
    expect(code).toBeGreaterThan(0);
    expect(existsSync(shop.at("packages/core/dist/prices.js"))).toBe(false);
    shop.edit("packages/core/src/prices.ts", "ttl=0", "ttl=10m");
    expect(await buildIn(shop)).toEqual(SUCCESS);
    expect(await run(shop, "packages/app/dist/main.js")).toMatchObject({
      runs: { total: 1, rate: 1, label: 1 },
    });
  });

  it("an incremental build notices a type change three imports away", async () => {
    const shop = copyApp("tsc", typescript, {
      "src/far.ts": "export interface Far { a: number }\n",
      "src/near.ts": 'import type { Far } from "./far.js";\nexport type Near = Far;\n',
      "src/use.ts":
        'import type { Near } from "./near.js";\n// @cached ttl=10\nexport function use(near: Near): number[] { return [near.a]; }\n',
    });
    setOptions(shop, { incremental: true });
    await buildIn(shop);
    const before = idsIn(shop.read("dist/use.js"));
    shop.edit("src/far.ts", "a: number", "a: number; b?: string");
    await buildIn(shop);
    expect(idsIn(shop.read("dist/use.js"))).toEqual(await idsOf(shop, "src/use.ts"));
    expect(idsIn(shop.read("dist/use.js"))).not.toEqual(before);
  });

  it("--watch builds again after a change, and keeps the last output while there is an error", async () => {
    const shop = copyApp("tsc", typescript);
    const watcher = watchBuild(shop);
    await watcher.until(/Watching for file changes\./);
    await vi.waitFor(() => expect(shop.read("dist/prices.js")).toContain("ttl: 600000"), WAIT);
    shop.edit("src/prices.ts", "ttl=10m", "ttl=20m");
    await vi.waitFor(() => expect(shop.read("dist/prices.js")).toContain("ttl: 1200000"), WAIT);
    shop.edit("src/prices.ts", "ttl=20m", "ttl=0");
    expect(await watcher.until(/\[option-value\]/)).toContain("error TS990001");
    shop.edit("src/prices.ts", "ttl=0", "ttl=30m");
    await vi.waitFor(() => expect(shop.read("dist/prices.js")).toContain("ttl: 1800000"), WAIT);
    writeFileSync(shop.at("src/words.ts"), WORDS);
    writeFileSync(shop.at("src/sorts.ts"), SORTS);
    expect(await watcher.until(/\[result-shared\]/)).toContain("src/words.ts(2,17): warning TS990001");
  });
});

const WAIT = { timeout: 50_000, interval: 100 };

describe("a server on TypeScript 7", () => {
  it("answers from the cache", async () => {
    const shop = copyApp("typescript7", "typescript7");
    expect(await buildIn(shop)).toEqual(SUCCESS);
    const ask = await startServer(shop, "dist/server.js");
    const answers = [await ask("/total"), await ask("/total"), await ask("/rate"), await ask("/rate")];
    expect(answers).toEqual([{ amount: 7, currency: "EUR" }, { amount: 7, currency: "EUR" }, 0.5, 0.5]);
    expect(await ask("/runs")).toEqual({ total: 1, rate: 1, label: 0 });
    const ids = await idsOf(shop, "src/prices.ts");
    expect(await ask("/keys")).toEqual([
      `${ids[0]}({items:[{count:1,price:7,sku:"cup"}],currency:"EUR"})`,
      `${ids[1]}("USD","EUR")`,
      `${ids[2]}("cup",undefined;this.shop="north")`,
    ]);
  });
});

describe("bad input", () => {
  const refused = async (shop: TestProject, options: BuildOptions = {}): Promise<string> => {
    const { code, stdout, stderr } = await buildIn(shop, options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    return stderr.replaceAll(shop.root, "<root>");
  };

  it("a missing project is reported", async () => {
    const shop = copyApp("tsc", "typescript5.9");
    expect(await refused(shop, { project: "tsconfig.prod.json" })).toBe(
      "aotcache: there is no <root>/tsconfig.prod.json. Write the path of a tsconfig or of its folder.\n",
    );
  });

  it("an unreadable tsconfig is reported", async () => {
    const shop = copyApp("tsc", "typescript5.9", { "tsconfig.json": '{ "compilerOptions": ' });
    expect(await refused(shop)).toMatch(/^aotcache: .*tsconfig\.json:1:\d+ cannot be used: /);
  });

  it("an unknown option is reported", async () => {
    const shop = copyApp("tsc", "typescript5.9");
    expect(await refused(shop, { namspace: "x" } as BuildOptions)).toBe(
      "aotcache: `namspace` is not an option. Write `namespace`.\n",
    );
  });

  it("a TypeScript that is too old is reported", async () => {
    const shop = copyApp("tsc", "typescript5.9");
    rmSync(shop.at("node_modules/typescript"));
    const manifest = { name: "typescript", version: "4.9.5", bin: { tsc: "./bin/tsc" } };
    shop.write("node_modules/typescript/package.json", JSON.stringify(manifest));
    expect(await refused(shop)).toBe(
      "aotcache: `build` takes TypeScript 5.4 or newer, and <root>/tsconfig.json has 4.9.5.\n",
    );
  });
});
