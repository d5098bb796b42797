/** A bundler drops an unused marked function, with all code that compiling it added. */
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { createCompiler } from "aotcache/compiler";

/** Replaces the runtime, so that remaining references to it are visible. */
const RUNTIME = `
globalThis.linked = [];
export const link = (fn, define) => (linked.push(fn), define());
export const bind = (fn, define) => (link(fn, define), fn);
export const define = (abi, spec) => ({ spec });
`;

/** Bundles an entry that imports from one compiled module. */
async function bundle(module: string, entry: string): Promise<string> {
  const { code } = (await createCompiler()).compile("fixtures/compile/virtual/module.ts", module);
  const texts: Record<string, string> = {
    "entry.ts": entry,
    "./module.ts": code!,
    "aotcache/internal": RUNTIME,
  };
  const build = await rolldown({
    input: "entry.ts",
    treeshake: { moduleSideEffects: false },
    plugins: [{ name: "texts", resolveId: (id) => (id in texts ? id : undefined), load: (id) => texts[id] }],
  });
  const { output } = await build.generate({ format: "esm" });
  return output[0].code;
}

const DECLARATIONS = `
// @cached
export function used(n: number): string {
  return "the used one " + n;
}
// @cached
export function unused(n: number): string {
  return "the unused one " + n;
}
// @cached
export const alsoUnused = (n: number): string => "the other unused one " + n;
export class Unused {
  // @cached
  find(n: number): string {
    return "the unused method " + n;
  }
}
export const table = {
  // @cached
  find: (n: number): string => "the unused property " + n,
};
// @cached
export default (n: number): string => "the unused default " + n;
export const plain = "not marked";
`;

it("keeps the used function only", async () => {
  const code = await bundle(DECLARATIONS, `import { used } from "./module.ts"; console.log(used(1));`);
  expect(code).toContain("the used one");
  expect(code).not.toContain("unused");
});

it("keeps nothing of aotcache if no marked function is used", async () => {
  const code = await bundle(DECLARATIONS, `import { plain } from "./module.ts"; console.log(plain);`);
  expect(code).not.toMatch(/unused|used one|\$aot|linked/);
});

it("keeps a method with its class", async () => {
  const code = await bundle(
    DECLARATIONS,
    `import { Unused } from "./module.ts"; console.log(new Unused().find(1));`,
  );
  expect(code).toContain("the unused method");
  expect(code).not.toMatch(/the (?:unused (?:one|property|default)|other)/);
});

it("drops an unused call of a marked function that is said to have no side effects", async () => {
  const module = `
/* @__NO_SIDE_EFFECTS__ */
// @cached
export function configOf(name: string): string {
  return "the config " + name;
}
export const plain = "not marked";
`;
  const entry = `import { configOf, plain } from "./module.ts"; configOf("a"); console.log(plain);`;
  expect(await bundle(module, entry)).not.toMatch(/the config|\$aot|linked/);
});
