/** `aotcache rewrite`: sources with marked functions compiled, for any compiler to take from there. */
import { existsSync, rmSync, statSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { rewrite, type RewriteOptions } from "../../../plugin/cli/rewrite/index.ts";
import { createCompiler } from "../../../src/index.ts";
import type { Outcome, TestProject } from "../../support/bundlers.ts";
import { copyApp, idsIn, idsOf, run, setOptions, tsc } from "../../support/tsc-app.ts";

/** Runs the command in a project's folder. */
async function rewriteIn(shop: TestProject, options: Partial<RewriteOptions> = {}): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text.toString();
      return true;
    }),
  );
  try {
    return { code: await rewrite({ cwd: shop.root, out: "out", ...options }), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe("a project", () => {
  it("is written as the compiler writes it, and is built from there by any compiler", async () => {
    const shop = copyApp("tsc", "typescript");
    expect(await rewriteIn(shop)).toEqual({
      code: 0,
      stdout: "aotcache: 5 files in out, 1 of them compiled.\n",
      stderr: "",
    });
    const compiler = await createCompiler({ root: shop.root });
    const { code } = compiler.compile("src/prices.ts", shop.read("src/prices.ts"));
    expect(shop.read("out/src/prices.ts")).toBe(code);
    for (const same of ["src/main.ts", "src/types.ts", "tsconfig.json", "package.json"])
      expect(shop.read(`out/${same}`)).toBe(shop.read(same));

    expect(await tsc(shop, "typescript", "-p", "out")).toMatchObject({ code: 0, stdout: "" });
    expect(await run(shop, "out/dist/main.js")).toMatchObject({
      runs: { total: 1, rate: 1, label: 1 },
      keys: (await idsOf(shop, "src/prices.ts")).map((id) => expect.stringContaining(`${id}(`) as string),
    });
  });

  it("is written again without what is gone, and what is the same keeps its time", async () => {
    const shop = copyApp("tsc", "typescript", { "src/extra.ts": "export const extra = 1;\n" });
    setOptions(shop, { rootDir: undefined });
    await rewriteIn(shop);
    const timeOf = (path: string): number => statSync(shop.at(path)).mtimeMs;
    const [prices, main] = [timeOf("out/src/prices.ts"), timeOf("out/src/main.ts")];
    rmSync(shop.at("src/extra.ts"));
    shop.edit("src/types.ts", "count: number", "count: bigint");
    expect(await rewriteIn(shop)).toMatchObject({ code: 0 });
    expect(existsSync(shop.at("out/src/extra.ts"))).toBe(false);
    expect(shop.read("out/src/types.ts")).toContain("count: bigint");
    // Its key is made of the type that changed.
    expect(timeOf("out/src/prices.ts")).toBeGreaterThan(prices);
    expect(timeOf("out/src/main.ts")).toBe(main);
  });

  it("takes in its references, at their places", async () => {
    const shop = copyApp("references", "typescript");
    expect(await rewriteIn(shop)).toMatchObject({ code: 0, stderr: "" });
    expect(idsIn(shop.read("out/packages/core/src/prices.ts"))).toEqual(
      await idsOf(shop, "packages/core/src/prices.ts"),
    );
    for (const path of [
      "tsconfig.json",
      "tsconfig.base.json",
      "packages/app/tsconfig.json",
      "packages/app/src/main.ts",
    ])
      expect(shop.read(`out/${path}`)).toBe(shop.read(path));
  });
});

describe("what stands in the way", () => {
  it("is an error of the compiler: nothing is written", async () => {
    const shop = copyApp("tsc", "typescript");
    shop.edit("src/prices.ts", "ttl=10m", "ttl=0");
    const { code, stderr } = await rewriteIn(shop);
    expect(code).toBe(1);
    expect(stderr).toContain("src/prices.ts:7:16 error option-value");
    expect(existsSync(shop.at("out"))).toBe(false);
  });

  it.each([".", "src", ".."])("is a folder with files that it did not write: %s", async (out) => {
    const shop = copyApp("tsc", "typescript");
    const { code, stderr } = await rewriteIn(shop, { out });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^aotcache: .* holds files that `rewrite` did not write\. .*\n$/);
    expect(shop.read("src/prices.ts")).not.toContain("$aot");
  });

  it("is a project that is not there", async () => {
    const shop = copyApp("tsc", "typescript");
    expect(await rewriteIn(shop, { project: "elsewhere" })).toMatchObject({ code: 2, stdout: "" });
  });
});
