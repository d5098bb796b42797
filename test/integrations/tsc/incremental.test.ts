/** `tspc` with incremental builds: its stored state is never wrong about marked functions. */
import { describe, expect, it, vi } from "vitest";
import type { TestProject } from "../../support/bundlers.ts";
import {
  copyApp,
  idsIn,
  idsOf,
  run,
  setOptions,
  tsc,
  tspc,
  watchTspc,
  type TypeScript,
} from "../../support/tsc-app.ts";

// Real compilers, several in each test.
vi.setConfig({ testTimeout: 240_000 });

const RELEASES: readonly TypeScript[] = ["typescript5.4", "typescript5.9", "typescript"];
const ANY: TypeScript = "typescript5.9";

/** A function whose key contains a type that is re-exported by three files. */
const CHAIN = {
  "src/far.ts": "export interface Far { a: number }\n",
  "src/middle.ts": 'export type { Far } from "./far.js";\n',
  "src/near.ts": 'import type { Far } from "./middle.js";\nexport type Near = Far;\n',
  "src/use.ts":
    'import type { Near } from "./near.js";\n// @cached ttl=10\nexport function use(near: Near): number[] { return [near.a]; }\n',
};

const builtIds = (shop: TestProject, path = "dist/use.js"): string[] => idsIn(shop.read(path));

describe.each(RELEASES)("an incremental build with %s", (typescript) => {
  it("notices a type change three imports away", async () => {
    const shop = copyApp("tsc", typescript, CHAIN);
    setOptions(shop, { incremental: true });
    await tspc(shop, typescript, "-p", ".");
    const before = builtIds(shop);
    expect(before).toEqual(await idsOf(shop, "src/use.ts"));
    shop.edit("src/far.ts", "a: number", "a: number; b?: string");
    await tspc(shop, typescript, "-p", ".");
    expect(builtIds(shop)).toEqual(await idsOf(shop, "src/use.ts"));
    expect(builtIds(shop)).not.toEqual(before);
  });
});

describe("an incremental build", () => {
  it("fails until the error is fixed, and then writes the missing output", async () => {
    const shop = copyApp("tsc", ANY, CHAIN);
    setOptions(shop, { incremental: true });
    shop.edit("src/use.ts", "ttl=10", "ttl=0");
    for (let time = 0; time < 2; time++) {
      const { code, stdout } = await tspc(shop, ANY, "-p", ".");
      expect(stdout).toMatch(/^src\/use\.ts\(2,16\): error TS990001: \[option-value\]/);
      expect(code).toBe(1);
    }
    shop.edit("src/use.ts", "ttl=0", "ttl=10");
    expect((await tspc(shop, ANY, "-p", ".")).code).toBe(0);
    expect(builtIds(shop)).toEqual(await idsOf(shop, "src/use.ts"));
    expect(await run(shop)).toMatchObject({ runs: { total: 1, rate: 1, label: 1 } });
  });

  it("records nothing while the options are invalid", async () => {
    const shop = copyApp("tsc", ANY);
    const transform = { transform: "aotcache/tsc", transformProgram: true };
    setOptions(shop, { incremental: true, plugins: [{ ...transform, namspace: "x" }] });
    expect((await tspc(shop, ANY, "-p", ".")).code).toBe(1);
    setOptions(shop, { plugins: [transform] });
    expect((await tspc(shop, ANY, "-p", ".")).code).toBe(0);
    expect(await run(shop)).toMatchObject({ runs: { total: 1, rate: 1, label: 1 } });
  });

  it("compiles what plain tsc built before, and uses its options", async () => {
    const shop = copyApp("tsc", ANY, CHAIN);
    setOptions(shop, { incremental: true });
    await tsc(shop, ANY, "-p", ".");
    expect(builtIds(shop)).toEqual([]);
    await tspc(shop, ANY, "-p", ".");
    expect(builtIds(shop)).toEqual(await idsOf(shop, "src/use.ts"));
    const plugin = { transform: "aotcache/tsc", transformProgram: true, namespace: "elsewhere" };
    setOptions(shop, { plugins: [plugin] });
    await tspc(shop, ANY, "-p", ".");
    expect(builtIds(shop)).toEqual([expect.stringMatching(/^elsewhere\/src\/use:use@/)]);
  });
});

/** A function of the second project with a type of the first. */
const ACROSS =
  'import type { Order } from "@shop/core";\n// @cached ttl=10\nexport const count = (order: Order): number[] => [order.items.length];\n';

describe.each(RELEASES)("--build with %s", (typescript) => {
  it("builds references, and again when a type changes", async () => {
    const shop = copyApp("references", typescript, { "packages/app/src/count.ts": ACROSS });
    expect(await tspc(shop, typescript, "--build")).toMatchObject({ code: 0, stdout: "" });
    const core = await idsOf(shop, "packages/core/src/prices.ts");
    expect(idsIn(shop.read("packages/core/dist/prices.js"))).toEqual(core);
    expect(await run(shop, "packages/app/dist/main.js")).toMatchObject({
      runs: { total: 1, rate: 1, label: 1 },
    });
    const before = builtIds(shop, "packages/app/dist/count.js");
    expect(before).toEqual(await idsOf(shop, "packages/app/src/count.ts"));

    shop.edit("packages/core/src/types.ts", "readonly price: number", "readonly price: number | bigint");
    shop.edit("packages/core/src/prices.ts", "price * count", "Number(price) * count");
    expect(await tspc(shop, typescript, "--build")).toMatchObject({ code: 0, stdout: "" });
    const after = builtIds(shop, "packages/app/dist/count.js");
    expect(after).toEqual(await idsOf(shop, "packages/app/src/count.ts"));
    expect(after).not.toEqual(before);
  });
});

describe("--watch", () => {
  it("compiles again after a change, and reports errors until they are fixed", async () => {
    const shop = copyApp("tsc", ANY, CHAIN);
    const watcher = watchTspc(shop, ANY, "-p", ".", "--watch");
    await watcher.until(/Found 0 errors\. Watching/);
    const before = builtIds(shop);
    expect(before).toEqual(await idsOf(shop, "src/use.ts"));

    shop.edit("src/far.ts", "a: number", "a: number; b?: string");
    await watcher.until(/Found 0 errors\. Watching/);
    const after = builtIds(shop);
    expect(after).toEqual(await idsOf(shop, "src/use.ts"));
    expect(after).not.toEqual(before);

    shop.edit("src/use.ts", "ttl=10", "ttl=0");
    expect(await watcher.until(/Found 1 error\. Watching/)).toContain("[option-value]");
    expect(builtIds(shop)).toEqual(after);
    shop.edit("src/use.ts", "ttl=0", "ttl=20");
    await watcher.until(/Found 0 errors\. Watching/);
    expect(shop.read("dist/use.js")).toContain("ttl: 20000");
  });

  it("reports a caller that begins to change a result", async () => {
    const shop = copyApp("tsc", ANY, {
      "src/words.ts":
        '// @cached ttl=10\nexport const words = (text: string): string[] => text.split(" ").filter(Boolean);\n',
      "src/sorts.ts":
        'import { words } from "./words.js";\nexport const sorted = (text: string): string[] => words(text).toSorted();\n',
    });
    setOptions(shop, { lib: ["es2023"], target: "es2023" });
    const watcher = watchTspc(shop, ANY, "-p", ".", "--watch");
    expect(await watcher.until(/Found 0 errors\. Watching/)).not.toContain("result-shared");
    shop.edit("src/sorts.ts", ".toSorted()", ".sort()");
    expect(await watcher.until(/Found 0 errors\. Watching/)).toContain(
      "[result-shared] `words(text).sort` in src/sorts.ts:2 ",
    );
  });
});
