/** Scripts of package.json that compile without a bundler: tsc, Node.js, Bun, and programs that call esbuild. */
import { SINGLETONS } from "./nest.ts";
import type { PackagePlan } from "./plan.ts";

/** Builders in which `cached()` works uncompiled, and nothing compiles it. */
export const UNCOMPILED: ReadonlySet<string> = new Set(["Angular's builder", "Metro"]);

const CALL_CACHED =
  "It takes no plugin, so a pragma does nothing: call `cached(fn, options)`, which works without the compiler.";

/** Whether what the package ships is not compiled. Its tests then are not either. */
export const shipsUncompiled = (plan: PackagePlan): boolean =>
  WITHOUT_PLUGIN.some(([tool, pattern]) => UNCOMPILED.has(tool) && plan.runs(pattern));

/** Compilers that take no plugin of aotcache, and what to do instead. */
const WITHOUT_PLUGIN: readonly (readonly [tool: string, command: RegExp, advice: string])[] = [
  [
    "esbuild",
    command("esbuild"),
    "Its command takes no plugins: call `build()` with `plugins: [aotcache()]` of aotcache/esbuild in a script.",
  ],
  ["swc", command("swc"), "It takes no plugin: build what `npx aotcache rewrite --out .aotcache` writes."],
  [
    "Babel",
    command("babel"),
    "It takes no plugin: build what `npx aotcache rewrite --out .aotcache` writes.",
  ],
  [
    "Parcel",
    command("parcel"),
    "It takes no plugin: build what `npx aotcache rewrite --out .aotcache` writes.",
  ],
  [
    "react-scripts",
    command("react-scripts"),
    "It takes no plugin of webpack: move to Vite, or build what `npx aotcache rewrite --out .aotcache` writes.",
  ],
  ["Angular's builder", command("ng"), CALL_CACHED],
  ["Metro", command("(?:metro|expo|react-native)"), CALL_CACHED],
  [
    "bun build",
    /\bbun build\b/,
    "Its command takes no plugins: call `Bun.build()` with `plugins: [aotcache()]` of aotcache/bun in a script.",
  ],
  [
    "ts-node",
    command("ts-node"),
    "Run the program by `node --import aotcache/register` or tsx in its place.",
  ],
];

/** A command, and no part of a path or of a longer name. */
function command(name: string): RegExp {
  return new RegExp(String.raw`(?<![\w./@-])${name}(?![\w./-])`);
}

/** Plans changes of scripts, and of the programs that they run. */
export function planScripts(plan: PackagePlan): void {
  planBuildPrograms(plan);
  for (const [tool, pattern, advice] of WITHOUT_PLUGIN) {
    const [name] = Object.entries(plan.scripts).find(([, script]) => pattern.test(script)) ?? [];
    // A test runner or a bundler may use it too.
    if (name === undefined || (plan.tools.size > 0 && !UNCOMPILED.has(tool))) continue;
    plan.tools.add(tool);
    plan.manual.push(`The script \`${name}\` runs ${tool}. ${advice}`);
  }
  if (plan.tools.size > (plan.tools.has("Jest") ? 1 : 0) + (plan.tools.has("Vitest") ? 1 : 0)) return;
  planTsc(plan);
  plan.editScripts((script) => {
    const changed = script.replace(RUNS_TYPESCRIPT, "$1 --import aotcache/register$2");
    if (changed !== script) plan.tools.add("Node.js");
    return script.includes("aotcache/register") ? undefined : changed;
  });
  if (plan.runs(/aotcache\/register/)) plan.tools.add("Node.js");
}

/** `node --watch src/main.ts`, `tsx watch src/main.ts`. */
const RUNS_TYPESCRIPT =
  /(?<![\w./@-])((?:node|tsx)(?:\s+watch)?(?:\s+--?[\w-]+(?:=\S+)?|\s+(?<=(?:--import|--env-file)\s+)[\w./@-]+)*)(\s+[\w./@-]+\.[cm]?tsx?\b)/g;

const TSC = command("(?:tsc|tspc)");

/** `tsc`, with options that `aotcache build` takes too. */
const PLAIN_TSC =
  /(?<![\w./@-])tsc((?:\s+(?:-p|--project|-b|--build|-w|--watch|[\w./-]*\.json|\.{0,2}\/[\w./-]*|(?<=(?:-p|--project|-b|--build)\s+)[\w./-]+))*)(?=\s*(?:$|[&|;"')]))/g;

function planTsc(plan: PackagePlan): void {
  const compiles = (script: string): boolean => TSC.test(script) && !/--(?:noEmit|clean|init)\b/.test(script);
  const isDone = plan.runs(/aotcache build/);
  if (!isDone && !Object.values(plan.scripts).some(compiles)) return;
  if (/"noEmit"\s*:\s*true/.test(plan.read("tsconfig.json") ?? "")) return;
  plan.tools.add("tsc");
  if (isDone) return;
  if (plan.dependency("ts-patch") !== undefined) {
    planTsPatch(plan);
    return;
  }
  plan.editScripts((script) =>
    script.replace(PLAIN_TSC, (_, flags: string) => {
      const kept = flags.replace(/\s+(?:-b|--build)(?=\s+[^-\s])/, " -p").replace(/\s+(?:-b|--build)\b/, "");
      return `aotcache build${kept}`;
    }),
  );
  const [name] =
    Object.entries(plan.scripts).find(([, script]) => compiles(script.replace(PLAIN_TSC, ""))) ?? [];
  if (name !== undefined)
    plan.manual.push(
      `The script \`${name}\` runs tsc with options that \`aotcache build\` does not take. Set them in tsconfig.json, and write \`aotcache build\` in place of \`tsc\`.`,
    );
}

function planTsPatch(plan: PackagePlan): void {
  plan.edit({
    file: "tsconfig.json",
    mark: "aotcache/tsc",
    change: (config) =>
      config.addToList(
        config.exported()[0]!,
        ["compilerOptions", "plugins"],
        '{ "transform": "aotcache/tsc", "transformProgram": true }',
      ),
    advice:
      'Write `"plugins": [{ "transform": "aotcache/tsc", "transformProgram": true }]` in `compilerOptions`.',
  });
  // A patched TypeScript needs no other command.
  if (plan.runs(/ts-patch install/)) return;
  plan.editScripts((script) => script.replace(new RegExp(command("tsc"), "g"), "tspc"));
}

/** Adds the plugin to the programs that scripts run and that call esbuild or `Bun.build`. */
function planBuildPrograms(plan: PackagePlan): void {
  const files = Object.values(plan.scripts).flatMap((script) =>
    [...script.matchAll(/(?<![\w./@-])(?:node|tsx|bun(?: run)?)\s+([\w./-]+\.[cm]?[jt]s)\b/g)].map(
      ([, file]) => file!,
    ),
  );
  for (const file of new Set(files)) {
    const text = plan.read(file) ?? "";
    const isBun = text.includes("Bun.build(");
    if (!isBun && !/["']esbuild["']/.test(text)) continue;
    plan.tools.add(isBun ? "Bun" : "esbuild");
    const entry = isBun ? "aotcache/bun" : "aotcache/esbuild";
    plan.edit({
      file,
      mark: entry,
      change(config) {
        for (const options of config.argumentsOf(["build", "buildSync", "context"]))
          config.addToList(options, ["plugins"], "aotcache()");
        config.import({ name: "aotcache", from: entry });
      },
      advice: `Write \`import aotcache from "${entry}";\` and \`plugins: [aotcache()]\` in it.`,
    });
  }
}

const PRELOAD = 'preload = ["aotcache/bun"]';

/** Lets Bun load aotcache before the program and its tests. */
export function planBun(plan: PackagePlan): void {
  const runsProgram = plan.runs(/\bbun (?:run )?(?:--\S+ )*[\w./-]+\.[cm]?[jt]sx?\b|\bbun test\b/);
  const isBun = plan.dependency("@types/bun") ?? plan.dependency("bun-types");
  const text = plan.read("bunfig.toml");
  if (text === undefined && !runsProgram && isBun === undefined) return;
  plan.tools.add("Bun");
  if (text?.includes("aotcache/bun")) return;
  if (text !== undefined && /^\s*preload\b/m.test(text)) {
    plan.manual.push('bunfig.toml has a `preload`. Write `"aotcache/bun"` first in it, also below `[test]`.');
    return;
  }
  const [before = "", after] = (text ?? "").split(/^\[test\][^\S\n]*\n/m);
  // Keys of the program stand before the first table.
  const tests = `[test]\n${PRELOAD}\n`;
  plan.write(
    "bunfig.toml",
    after === undefined
      ? `${PRELOAD}\n\n${before}${/\S/.test(before) ? "\n" : ""}${tests}`
      : `${PRELOAD}\n${before}${tests}${after}`,
  );
}

/** Adds the check of the build to the script that builds. */
export function planCheck(plan: PackagePlan): void {
  const { build } = plan.scripts;
  if (build === undefined) {
    plan.manual.push(
      `package.json has no script \`build\`. Run \`npx aotcache ${checkBuilt(plan).join(" ")}\` after the build.`,
    );
    return;
  }
  if (build.includes("check --built")) return;
  plan.editScripts((script, name) =>
    name === "build" ? `${script} && aotcache ${checkBuilt(plan).join(" ")}` : undefined,
  );
}

/** The arguments of the command that checks what the build wrote. */
export const checkBuilt = (plan: PackagePlan): readonly string[] => [
  "check",
  "--built",
  outputOf(plan),
  ...(plan.tools.has("Nest") ? ["--singletons", ...SINGLETONS] : []),
];

/** The folder that the build writes to. */
function outputOf(plan: PackagePlan): string {
  const configs = plan.files(/^(?:vite|astro|rsbuild|tsup|tsdown|webpack|rollup|farm)\.config\./);
  // Where a bundler builds, tsc only checks types.
  const compilers = ["tsc", "Nest", "Node.js"].some((tool) => plan.tools.has(tool));
  for (const file of [...configs, ...(compilers ? plan.files(/^tsconfig(?:\.build)?\.json$/) : [])]) {
    const [, folder] = /["']?\b(?:outDir|outdir)["']?\s*:\s*["']([^"'$]+)["']/.exec(plan.read(file)!) ?? [];
    if (folder !== undefined) return folder.replace(/^\.\//, "");
  }
  if (plan.tools.has("Next.js")) return ".next";
  if (plan.tools.has("electron-vite")) return "out";
  // What Nuxt, TanStack Start and SolidStart make a server with.
  if (["Nuxt", "SolidStart"].some((tool) => plan.tools.has(tool)) || plan.dependency("nitro"))
    return ".output";
  if (plan.dependency("@sveltejs/kit") !== undefined) return ".svelte-kit/output";
  if (plan.dependency("@react-router/dev") !== undefined) return "build";
  return "dist";
}
