/** `aotcache rewrite`: writes the sources with compiled functions, for any compiler. */
import { existsSync, rmSync, statSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { rewrite, type RewriteOptions } from "../../../plugin/cli/rewrite/index.ts";
import { createCompiler } from "../../../src/index.ts";
import type { Outcome, TestProject } from "../../support/bundlers.ts";
import { copyApp, idsIn, idsOf, run, setOptions, tsc } from "../../support/tsc-app.ts";

/** Runs the command in the folder of a project. */
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
  it("is written in compiled form, and can be built by any compiler", async () => {
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

  it("is written again without removed files, and unchanged files keep their time", async () => {
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
    // The changed type is part of its key.
    expect(timeOf("out/src/prices.ts")).toBeGreaterThan(prices);
    expect(timeOf("out/src/main.ts")).toBe(main);
  });

  it("is written again without what was written, if its tsconfig has no `include`", async () => {
    const shop = copyApp("tsc", "typescript");
    setOptions(shop, { rootDir: undefined });
    const { include: _, ...config } = JSON.parse(shop.read("tsconfig.json")) as { include: unknown };
    shop.write("tsconfig.json", JSON.stringify(config));
    const first = await rewriteIn(shop);
    expect(await rewriteIn(shop)).toEqual(first);
    expect(existsSync(shop.at("out/out"))).toBe(false);
  });

  it("includes its references, at their places", async () => {
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

describe("a tsconfig means the same in the copy", () => {
  const USES = `import { label } from "label";
import { size } from "#lib/size";
import type { Version } from "@made/version";
export const text: Label = label + size;
export const version: Version = { major: MAJOR };
`;
  const FILES = {
    "src/uses.ts": USES,
    "types/globals/index.d.ts": "type Label = string;\n",
    "node_modules/@types/label/index.d.ts": "export declare const label: string;\n",
    "node_modules/label/index.js": "exports.label = 'a';\n",
    "node_modules/made/version.d.ts": "export interface Version { major: number }\n",
    "node_modules/made/globals.d.ts": "declare const MAJOR: number;\n",
    "node_modules/made/base.json": '{ "compilerOptions": { "strict": true } }',
    "lib/size.ts": "export const size = 1;\n",
  };
  /** Few declarations to check. */
  const lean = { lib: ["es2023", "esnext.decorators"], skipLibCheck: true };
  const LEAN = JSON.stringify(lean).slice(1, -1);
  const compilerOptions = {
    ...lean,
    ...{ target: "es2022", module: "esnext", moduleResolution: "bundler", outDir: "dist", rootDir: "." },
    typeRoots: ["./types", "node_modules/@types"],
    types: ["globals", "label"],
    paths: { "#lib/*": ["./lib/*"], "@made/*": ["./node_modules/made/*"] },
  };

  it.each<[string, object]>([
    ["with typeRoots, paths, files and extends", { compilerOptions }],
    [
      "with ${configDir}",
      {
        compilerOptions: {
          ...compilerOptions,
          typeRoots: ["${configDir}/types", "${configDir}/node_modules/@types"],
        },
      },
    ],
  ])("%s", async (_what, config) => {
    const shop = copyApp("tsc", "typescript", FILES);
    const files = ["src/uses.ts", "./node_modules/made/globals.d.ts"];
    const written = JSON.stringify(
      { extends: "./node_modules/made/base.json", include: ["src/prices.ts"], files, ...config },
      null,
      2,
    );
    shop.write("tsconfig.json", `// A comment\n${written}\n`);
    expect(await tsc(shop, "typescript", "-p", ".", "--noEmit")).toMatchObject({ code: 0, stdout: "" });
    expect(await rewriteIn(shop)).toMatchObject({ code: 0 });
    expect(await tsc(shop, "typescript", "-p", "out")).toMatchObject({ code: 0, stdout: "" });
    expect(existsSync(shop.at("out/dist/src/uses.js"))).toBe(true);
    expect(shop.read("out/tsconfig.json")).toContain("// A comment");
  });

  it("with typeRoots of a base that another folder has", async () => {
    const shop = copyApp("tsc", "typescript", {
      ...FILES,
      "config/base.json": '{ "compilerOptions": { "typeRoots": ["../types", "../node_modules/@types"] } }',
      "tsconfig.json": `{ "extends": "./config/base", "files": ["src/prices.ts", "src/label.ts"], "compilerOptions": {
        "target": "es2022", "module": "nodenext", "outDir": "dist", "rootDir": "src", "types": ["globals", "label"], ${LEAN} } }`,
      "src/label.ts": 'export const label: Label = "a";\n',
    });
    expect(await tsc(shop, "typescript", "-p", ".", "--noEmit")).toMatchObject({ code: 0, stdout: "" });
    expect(await rewriteIn(shop)).toMatchObject({ code: 0 });
    expect(await tsc(shop, "typescript", "-p", "out")).toMatchObject({ code: 0, stdout: "" });
    expect(existsSync(shop.at("out/dist/label.js"))).toBe(true);
  });

  it("with baseUrl and a type package that is a path", async () => {
    const shop = copyApp("tsc", "typescript", {
      ...FILES,
      "tsconfig.json": `{ "files": ["src/b.ts"], "compilerOptions": { "module": "esnext", "moduleResolution": "bundler",
        "target": "es2022", "baseUrl": "./src", "ignoreDeprecations": "6.0", "outDir": "dist", "rootDir": ".",
        "types": ["./types/globals", "./node_modules/made/globals.d.ts", "label"], "paths": { "#lib/*": ["../lib/*"] }, ${LEAN} } }`,
      "src/a.ts": "export const a: Label = String(MAJOR);\n",
      "src/b.ts": 'import { a } from "a";\nimport { size } from "#lib/size";\nexport const b = a + size;\n',
    });
    expect(await tsc(shop, "typescript", "-p", ".", "--noEmit")).toMatchObject({ code: 0, stdout: "" });
    expect(await rewriteIn(shop)).toMatchObject({ code: 0 });
    expect(await tsc(shop, "typescript", "-p", "out")).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("the command fails for", () => {
  it("an error of the compiler: nothing is written", async () => {
    const shop = copyApp("tsc", "typescript");
    shop.edit("src/prices.ts", "ttl=10m", "ttl=0");
    const { code, stderr } = await rewriteIn(shop);
    expect(code).toBe(1);
    expect(stderr).toContain("src/prices.ts:7:16 error option-value");
    expect(existsSync(shop.at("out"))).toBe(false);
  });

  it.each([".", "src", ".."])("a folder with files that it did not write: %s", async (out) => {
    const shop = copyApp("tsc", "typescript");
    const { code, stderr } = await rewriteIn(shop, { out });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^aotcache: .* holds files that `rewrite` did not write\. .*\n$/);
    expect(shop.read("src/prices.ts")).not.toContain("$aot");
  });

  it("a missing project", async () => {
    const shop = copyApp("tsc", "typescript");
    expect(await rewriteIn(shop, { project: "elsewhere" })).toMatchObject({ code: 2, stdout: "" });
  });
});
