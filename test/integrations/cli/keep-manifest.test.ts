import { expect, it } from "vitest";
import { createManifestBuilder, type ManifestBuilder } from "../../../plugin/core/manifest.ts";
import { createCompiler, type Compiler } from "../../../src/index.ts";
import { project, shop, type CliApp } from "../../support/cli.ts";

/** A build that includes the given files. */
async function build(
  app: CliApp,
  ...files: string[]
): Promise<{ manifestBuilder: ManifestBuilder; compiler: Compiler; see: (file: string) => void }> {
  const compiler = await createCompiler({ root: app.root });
  const manifestBuilder = createManifestBuilder({
    root: app.root,
    manifest: "aotcache.manifest.json",
    compiler: {},
    scanner: {
      compile: async (path, text) => compiler.compile(path, text),
      checkCallers: async () => new Map(),
    },
  });
  const see = (file: string): void => {
    manifestBuilder.add(app.at(file), app.read(file), compiler.compile(app.at(file), app.read(file)));
  };
  for (const file of files) see(file);
  await manifestBuilder.write();
  return { manifestBuilder, compiler, see };
}

const filesIn = (app: CliApp): string[] => {
  const { sites } = JSON.parse(app.read("aotcache.manifest.json")) as { sites: { file: string }[] };
  return [...new Set(sites.map(({ file }) => file))];
};

it("the manifest of a build equals that of the command line, whatever files the build includes", async () => {
  const app = shop();
  await app.run("list", "--manifest");
  const expected = app.read("aotcache.manifest.json");
  for (const files of [["src/stock.ts", "src/products.ts"], ["src/products.ts"], []]) {
    app.remove("aotcache.manifest.json");
    await build(app, ...files);
    expect(app.read("aotcache.manifest.json")).toBe(expected);
  }
});

it("the manifest is updated in a watch", async () => {
  const app = shop({ "src/late.ts": "// @cached\nexport const f = (n: number): number => n;\n" });
  const { manifestBuilder, compiler } = await build(app, "src/late.ts");
  expect(filesIn(app)).toEqual(["src/late.ts", "src/products.ts", "src/stock.ts"]);
  app.remove("src/late.ts");
  app.write("src/stock.ts", "export {};\n");
  for (const file of ["src/late.ts", "src/stock.ts"]) {
    compiler.invalidate(app.at(file));
    manifestBuilder.changed(app.at(file));
  }
  await manifestBuilder.write();
  expect(filesIn(app)).toEqual(["src/products.ts"]);
});

it("the manifest includes files of another package while the build includes them", async () => {
  const text = "// @cached\nexport const f = (n: number): number => n;\n";
  const app = project({
    "app/package.json": '{ "name": "app" }',
    "app/tsconfig.json": "{}",
    "app/main.ts": text,
    "lib/package.json": '{ "name": "lib" }',
    "lib/src/lib.ts": text,
  });
  const inside: CliApp = {
    ...app,
    root: app.at("app"),
    at: (path) => app.at(`app/${path}`),
    read: (path) => app.read(`app/${path}`),
  };
  const { manifestBuilder } = await build(inside, "../lib/src/lib.ts", "main.ts");
  expect(filesIn(inside)).toEqual(["../lib/src/lib.ts", "main.ts"]);
  app.remove("lib");
  await manifestBuilder.write();
  expect(filesIn(inside)).toEqual(["main.ts"]);
});
