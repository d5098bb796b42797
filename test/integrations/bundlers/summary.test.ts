/** Each build ends with one line that counts the compiled functions. */
import { expect, it } from "vitest";
import { build, copyProject, INTEGRATIONS, node, repository } from "../../support/bundlers.ts";

const LINES = /\d+ functions? compiled(?:, \d+ warnings?)?\./g;
const VITE = `${repository}/node_modules/vite/bin/vite.js`;

it.each(INTEGRATIONS)("%s", async (integration) => {
  const { code, stdout, stderr } = await build(copyProject(integration), integration);
  expect(code, stdout + stderr).toBe(0);
  expect((stdout + stderr).match(LINES), stdout + stderr).toEqual([
    expect.stringMatching(/^[1-9]\d* functions compiled/),
  ]);
});

it("is one line for client and server", async () => {
  const shop = copyProject("vite", {
    "build.mjs": `import { build } from "vite";
await build({ build: { ssr: "src/main.ts" } });
await build({ build: { ssr: "src/main.ts", outDir: "dist/client" } });
`,
  });
  const { stdout } = await node(shop.root, "build.mjs");
  expect(stdout.match(LINES)).toHaveLength(1);
});

it("is not printed with `logLevel: silent`", async () => {
  const shop = copyProject("vite");
  const vite = await node(shop.root, VITE, "build", "--ssr", "src/main.ts", "--logLevel", "silent");
  expect(vite).toMatchObject({ code: 0, stdout: "" });
  const rollup = copyProject("rollup");
  const { code, stdout, stderr } = await node(
    rollup.root,
    `${repository}/node_modules/rollup/dist/bin/rollup`,
    "-c",
    "--silent",
  );
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
  const tsup = await node(
    copyProject("tsup").root,
    `${repository}/node_modules/tsup/dist/cli-default.js`,
    "--silent",
  );
  expect(tsup).toMatchObject({ code: 0, stdout: "", stderr: "" });
});
