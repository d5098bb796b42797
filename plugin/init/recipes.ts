/** Finds what a package builds with, and plans the change for each tool. */
import type { ConfigFile, ConfigImport } from "./config-file.ts";
import { planJest } from "./jest.ts";
import { planNest, SINGLETONS, usesNest } from "./nest.ts";
import type { PackagePlan } from "./plan.ts";
import { planBun, planScripts, shipsUncompiled } from "./scripts.ts";
import { planWrangler } from "./wrangler.ts";

/** A tool whose configuration has a list that aotcache goes into. */
interface ListRecipe {
  readonly tool: string;
  /** The names of its configuration files. */
  readonly files: RegExp;
  /** The scripts that run it, also without a configuration. */
  readonly script?: RegExp;
  readonly entry: string;
  /** Where the list is: `plugins`, or `tools.rspack.plugins`. */
  readonly lists: readonly string[];
  /** What goes into the list. Default: a call of the imported function. */
  readonly item?: string;
  /** Whether the tool takes lists in the list. */
  readonly nested?: boolean;
  /** Another list, and what goes into it. */
  readonly more?: readonly [list: string, item: string];
}

const EXTENSIONS = String.raw`\.[cm]?[jt]s$`;
const configNamed = (name: string): RegExp => new RegExp(`^${name}\\.config${EXTENSIONS}`);

const LIST_RECIPES: readonly ListRecipe[] = [
  {
    tool: "Astro",
    files: configNamed("astro"),
    entry: "aotcache/astro",
    lists: ["integrations"],
  },
  {
    tool: "Nuxt",
    files: configNamed("nuxt"),
    entry: "aotcache/nuxt",
    lists: ["modules"],
    item: '"aotcache/nuxt"',
  },
  {
    tool: "SolidStart",
    files: configNamed("app"),
    entry: "aotcache/vite",
    lists: ["vite.plugins"],
    nested: true,
  },
  {
    tool: "electron-vite",
    files: configNamed("electron\\.vite"),
    entry: "aotcache/vite",
    lists: ["main.plugins", "preload.plugins", "renderer.plugins"],
    nested: true,
  },
  {
    tool: "Vite",
    files: configNamed("vite"),
    script: /(?<![\w./@-])vite(?! ?-|\w)/,
    entry: "aotcache/vite",
    lists: ["plugins"],
    nested: true,
  },
  {
    tool: "Vitest",
    files: new RegExp(String.raw`^vitest[\w.-]*\.config(?:\.[\w-]+)?${EXTENSIONS}`),
    script: /(?<![\w./@-])vitest\b/,
    entry: "aotcache/vite",
    lists: ["plugins"],
    nested: true,
  },
  {
    tool: "Farm",
    files: configNamed("farm"),
    entry: "aotcache/rollup",
    lists: ["vitePlugins"],
    more: ["compilation.external", '"msgpackr"'],
  },
  { tool: "webpack", files: configNamed("webpack"), entry: "aotcache/webpack", lists: ["plugins"] },
  { tool: "Rspack", files: configNamed("rspack"), entry: "aotcache/rspack", lists: ["plugins"] },
  {
    tool: "Rsbuild",
    files: configNamed("(?:rsbuild|rslib)"),
    entry: "aotcache/rspack",
    lists: ["tools.rspack.plugins"],
  },
  {
    tool: "Rollup",
    files: configNamed("rollup"),
    entry: "aotcache/rollup",
    lists: ["plugins"],
    nested: true,
  },
  {
    tool: "Rolldown",
    files: configNamed("rolldown"),
    entry: "aotcache/rolldown",
    lists: ["plugins"],
    nested: true,
  },
  {
    tool: "tsdown",
    files: configNamed("tsdown"),
    script: /(?<![\w./@-])tsdown\b/,
    entry: "aotcache/rolldown",
    lists: ["plugins"],
    nested: true,
  },
  {
    tool: "tsup",
    files: configNamed("tsup"),
    script: /(?<![\w./@-])tsup\b/,
    entry: "aotcache/esbuild",
    lists: ["esbuildPlugins"],
  },
];

/** Frameworks that have a configuration of their own in place of Vite's. */
const OWN_VITE: readonly string[] = ["Astro", "Nuxt", "SolidStart", "electron-vite"];

/** Plans the changes of a package. */
export function planPackage(plan: PackagePlan): void {
  const isTested = !shipsUncompiled(plan);
  for (const recipe of LIST_RECIPES) if (isTested || recipe.tool !== "Vitest") planList(plan, recipe);
  planNext(plan);
  planNest(plan);
  if (isTested) planJest(plan);
  planWrangler(plan);
  planBun(plan);
  planScripts(plan);
}

function planList(plan: PackagePlan, recipe: ListRecipe): void {
  const { tool, files, script, entry, lists, more } = recipe;
  const found = plan.files(files);
  const isRun = script !== undefined && plan.runs(script);
  if (found.length === 0 && !isRun) return;
  if (tool === "Vite" && found.length === 0 && OWN_VITE.some((each) => plan.tools.has(each))) return;
  plan.tools.add(tool);
  const item =
    recipe.item ??
    (usesNest(plan) ? `aotcache({ singletons: ${JSON.stringify(SINGLETONS)} })` : "aotcache()");
  if (found.length === 0) {
    // Vitest takes the configuration of Vite.
    if (tool === "Vitest" && plan.tools.has("Vite")) return;
    createConfig(plan, recipe);
  }
  for (const file of found) {
    // Vitest's file may take in that of Vite.
    if (tool === "Vitest" && /["']\.\/vite\.config/.test(plan.read(file)!)) continue;
    plan.edit({
      file,
      mark: entry,
      change(config) {
        const objects = config.exported();
        for (const object of objects) {
          for (const list of lists) config.addToList(object, list.split("."), item, recipe.nested);
          if (more) config.addToList(object, more[0].split("."), more[1]);
        }
        if (!recipe.item) config.import(importOf(entry));
      },
      advice: `Write ${recipe.item ? "" : `\`import aotcache from "${entry}";\` and `}\`${lists[0]!.replaceAll(".", ": { ")}: [${item}]\`${" }".repeat(lists[0]!.split(".").length - 1)} in it.`,
    });
  }
}

const importOf = (entry: string): ConfigImport => ({ name: "aotcache", from: entry });

/** Writes a configuration for a tool that has run without one. */
function createConfig(plan: PackagePlan, { tool, entry, lists }: ListRecipe): void {
  const name = tool.toLowerCase();
  const isTypeScript = plan.names.includes("tsconfig.json");
  const from = tool === "Vitest" ? "vitest/config" : name;
  plan.write(
    `${name}.config.${isTypeScript ? "ts" : plan.manifest.type === "module" ? "js" : "mjs"}`,
    `import { defineConfig } from "${from}";\nimport aotcache from "${entry}";\n\nexport default defineConfig({ ${lists[0]!}: [aotcache()] });\n`,
  );
}

function planNext(plan: PackagePlan): void {
  const [file] = plan.files(configNamed("next"));
  if (file === undefined && !(plan.dependency("next") && plan.runs(/(?<![\w./@-])next\b/))) return;
  plan.tools.add("Next.js");
  if (file === undefined) {
    plan.write(
      "next.config.mjs",
      'import { withAotcache } from "aotcache/next";\n\nexport default withAotcache({});\n',
    );
    return;
  }
  plan.edit({
    file,
    mark: "aotcache/next",
    change(config: ConfigFile) {
      config.wrapExport("withAotcache");
      config.import({ name: "withAotcache", from: "aotcache/next", named: true });
    },
    advice:
      'Write `import { withAotcache } from "aotcache/next";` in it, and export `withAotcache(config)` in place of `config`.',
  });
}
