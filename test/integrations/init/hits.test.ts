/** Projects that `aotcache init` has changed, with the built package: they compile, and a second call is a hit. */
import { expect, it } from "vitest";
import { emptyProject, node, repository, run } from "../../support/bundlers.ts";
import { JEST_OPTIONS, jestProject } from "../../support/jest-project.ts";

const CLI = `${repository}/dist/plugin/cli.js`;

const PRICE = `
// @cached ttl=10m
export async function price(id: number): Promise<number> {
  return id * 2;
}
`;

it("lets Vite compile, and its build check itself", async () => {
  const shop = emptyProject();
  const scripts = { build: "vite build --ssr src/main.ts" };
  shop.write("package.json", JSON.stringify({ name: "shop", type: "module", scripts }));
  shop.write(
    "tsconfig.json",
    '{ "compilerOptions": { "strict": true, "types": [], "module": "esnext", "moduleResolution": "bundler" } }',
  );
  shop.write(
    "src/main.ts",
    `import { cacheOf } from "aotcache";
${PRICE}
await price(1);
await price(1);
console.log(JSON.stringify(cacheOf(price).stats().hits));
`,
  );
  expect(await node(shop.root, CLI, "init", "--yes", "--no-install", "--check-built")).toMatchObject({
    code: 0,
  });
  expect(
    await node(shop.root, `${repository}/node_modules/vite/bin/vite.js`, "build", "--ssr", "src/main.ts"),
  ).toMatchObject({ code: 0 });
  expect(await node(shop.root, CLI, "check", "--built", "dist")).toMatchObject({ code: 0 });
  expect(await run(shop)).toBe(1);
});

it("lets Jest compile", async () => {
  const project = await jestProject({
    "package.json": JSON.stringify({
      name: "shop",
      scripts: { test: "jest" },
      jest: { ...JEST_OPTIONS, transform: { "^.+\\.(t|j)s$": "ts-jest" } },
    }),
    "price.ts": PRICE,
    "price.test.ts": `import { cacheOf } from "aotcache";
import { price } from "./price";
it("hits", async () => {
  await price(1);
  await price(1);
  expect(cacheOf(price).stats().hits).toBe(1);
});
`,
  });
  project.link("ts-jest");
  expect(await node(project.root, CLI, "init", "--yes", "--no-install")).toMatchObject({ code: 0 });
  expect(await project.run("--no-cache")).toMatchObject({ code: 0 });
});
