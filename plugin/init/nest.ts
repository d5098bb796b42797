import { ConfigFile } from "./config-file.ts";
import type { PackagePlan } from "./plan.ts";

/** The classes of Nest with one instance, whose methods need no `this=`. */
export const SINGLETONS: readonly string[] = ["@Injectable"];

export const usesNest = (plan: PackagePlan): boolean => plan.names.includes("nest-cli.json");

/** Adds aotcache to what `nest build` runs: TypeScript's own compiler, or webpack. */
export function planNest(plan: PackagePlan): void {
  if (!usesNest(plan)) return;
  plan.tools.add("Nest");
  const config = new ConfigFile("nest-cli.json", plan.read("nest-cli.json")!);
  const options = config.objectIn(config.exported()[0]!, "compilerOptions");
  const builder = (options && config.textOf(options, "builder")) ?? '"tsc"';
  const isWebpack = (options && config.textOf(options, "webpack")) === "true";
  const isScriptedAs = (name: string): boolean =>
    plan.runs(new RegExp(`\\bnest\\b.*(?:-b|--builder)[ =]${name}`));
  const isBuiltBy = (name: string): boolean => builder.includes(name) || isScriptedAs(name);
  if (isWebpack || isBuiltBy("webpack")) planBundler(plan, "webpack");
  else if (isBuiltBy("rspack")) planBundler(plan, "rspack");
  else if (isBuiltBy("swc"))
    plan.manual.push(
      'nest-cli.json names the builder swc, which takes no plugin. Write `"builder": "tsc"` and run `aotcache init` again, or let it build what `npx aotcache rewrite` writes.',
    );
  else planTypeScript(plan);
}

/** `nest build` runs the installed TypeScript, which ts-patch extends. */
function planTypeScript(plan: PackagePlan): void {
  const [major = "5"] = /\d+/.exec(plan.dependency("typescript") ?? "") ?? [];
  if (Number(major) > 6) {
    plan.manual.push(
      "ts-patch cannot extend TypeScript 7, which has no hook. Install TypeScript 6 for `nest build`, and run `aotcache init` again.",
    );
    return;
  }
  plan.devDependencies.set("ts-patch", major === "6" ? "4" : "3");
  plan.edit({
    file: "tsconfig.json",
    mark: "aotcache/tsc",
    change(config) {
      const plugin = `{ "transform": "aotcache/tsc", "transformProgram": true, "singletons": ${JSON.stringify(SINGLETONS)} }`;
      config.addToList(config.exported()[0]!, ["compilerOptions", "plugins"], plugin);
    },
    advice:
      'Write `"plugins": [{ "transform": "aotcache/tsc", "transformProgram": true }]` in `compilerOptions`.',
  });
  plan.edit({
    file: "package.json",
    mark: "ts-patch install",
    change(config) {
      const [root] = config.exported();
      const scripts = config.objectIn(root!, "scripts");
      const prepare = plan.scripts["prepare"];
      const script = JSON.stringify(prepare ? `ts-patch install && ${prepare}` : "ts-patch install");
      if (scripts) config.set(scripts, "prepare", script);
      else config.set(root!, "scripts", `{ "prepare": ${script} }`);
      // Adding packages does not run `prepare`.
      plan.programs.push(["ts-patch", "install"]);
    },
    advice: 'Write `"prepare": "ts-patch install"` in `scripts`.',
  });
}

/** Nest passes its own configuration of a bundler to a function. */
function planBundler(plan: PackagePlan, bundler: "webpack" | "rspack"): void {
  if (plan.files(new RegExp(`^${bundler}[\\w.-]*\\.config\\.[cm]?[jt]s$`)).length > 0) return;
  const head =
    plan.manifest.type === "module"
      ? `import aotcache from "aotcache/${bundler}";\n\nexport default (options) => ({`
      : `const { default: aotcache } = require("aotcache/${bundler}");\n\nmodule.exports = (options) => ({`;
  plan.write(
    `${bundler}.config.js`,
    `${head}\n  ...options,\n  plugins: [...options.plugins, aotcache({ singletons: ${JSON.stringify(SINGLETONS)} })],\n});\n`,
  );
}
