import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, rolldown, type ChunkingContext, type OutputOptions, type Plugin } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
/** Without ts-morph: `src/ts-morph.ts` replaces it, because it loads TypeScript faster than an import of ts-morph. */
const peers = Object.keys(manifest.peerDependenciesMeta).filter((peer) => peer !== "ts-morph");

interface Target {
  readonly import?: Target;
  readonly browser?: Target;
  readonly default: string;
}

/** The entry of a path in `dist`: `./dist/runtime/index.js` → `runtime/index`. */
const entryOf = (path: string): string => path.replace(/^(?:\.\/)?dist\//, "").replace(".js", "");
const targets = Object.values<Target | string>(manifest.exports).filter(
  (target) => typeof target === "object",
);
const isModule = ({ default: path }: Target): boolean => path.endsWith(".js");
/** The entries of the runtime, which has a CommonJS form too. */
const runtimeEntries = targets.flatMap((target) =>
  [target.import, target.import?.browser].flatMap((each) => (each ? entryOf(each.default) : [])),
);
/** One input for each published entry of the compiler and its integrations, and for the command. */
const toolEntries = [
  ...targets.filter((target) => !target.import && isModule(target)).map((target) => entryOf(target.default)),
  ...Object.values<string>(manifest.bin).map(entryOf),
  // Started by their paths.
  "src/thread/worker",
  "plugin/ts-plugin/worker",
];

/**
 * Modules that are loaded together are one file: what emitted code imports, what else `aotcache` imports, what it imports
 * for the option `serializer` of a cache in memory, and what stores share.
 */
const CHUNKS: readonly (readonly [file: string, entry: string])[] = [
  ["memory", "internal"],
  ["main", "index"],
  ["serializers", "cache/serializer"],
];
const runtimeChunks: OutputOptions = {
  entryFileNames: "[name].js",
  chunkFileNames: "runtime/chunks/[name].js",
  codeSplitting: {
    groups: [
      ...CHUNKS.map(([file, entry], index) => ({
        name: (id: string, graph: ChunkingContext) => (needsOf(entry, graph).has(id) ? file : null),
        priority: CHUNKS.length - index,
      })),
      { name: "stores", minShareCount: 2 },
    ],
  },
};

const needs = new Map<string, ReadonlySet<string>>();

/** The modules that an entry of the runtime imports, directly or not. */
function needsOf(entry: string, graph: ChunkingContext): ReadonlySet<string> {
  const known = needs.get(entry);
  if (known) return known;
  const found = new Set([fileURLToPath(new URL(`runtime/${entry}.ts`, import.meta.url))]);
  // A set also goes through what is added meanwhile.
  for (const id of found)
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  needs.set(entry, found);
  return found;
}

/** Loaders that unplugin passes to webpack and Rspack by path: the paths must be those that unplugin expects. */
const loaders = ["webpack", "rspack"].map((host) => [
  `vendor/unplugin/dist/${host}/loaders/transform`,
  `unplugin/${host}/loaders/transform`,
]);

/** The licences of the bundled libraries require that they are published with them. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
    const names = modules.flatMap((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
    const texts = [...new Set(names)].sort().map((name) => {
      const text = readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
      return `${name}\n\n${text}`;
    });
    this.emitFile({ type: "asset", fileName: "vendor/LICENSES.txt", source: texts.join("\n\n") });
  },
};

/** With webpack, unplugin requires webpack-virtual-modules. aotcache has no virtual modules, so a stub will do. */
const noVirtualModules: Plugin = {
  name: "no-virtual-modules",
  transform: {
    filter: { id: /\/unplugin\/dist\/index\.mjs$/ },
    handler(code) {
      const [before, after, ...more] = code.split('__require("webpack-virtual-modules")');
      if (after === undefined || more.length > 0)
        this.error(
          "unplugin no longer requires webpack-virtual-modules once. Adapt the plugin no-virtual-modules.",
        );
      return `${before}class {}${after}`;
    },
  },
};

/** In `dist/cjs`, `.js` is CommonJS. The declarations are those of the ES modules, one folder deeper. */
const commonJsFolder: Plugin = {
  name: "commonjs-folder",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
    for (const path of readdirSync("dist/runtime", { recursive: true, encoding: "utf8" })) {
      if (!/\.d\.ts(?:\.map)?$/.test(path)) continue;
      const source = readFileSync(`dist/runtime/${path}`, "utf8").replace('"sources":["', '"sources":["../');
      this.emitFile({ type: "asset", fileName: `runtime/${path.replaceAll("\\", "/")}`, source });
    }
  },
};

/** tsserver requires its plugins, whose module is a function. */
const tsPluginTypes: Plugin = {
  name: "ts-plugin-types",
  generateBundle() {
    const source = `import type ts from "typescript";
declare function init(modules: { readonly typescript: typeof ts }): ts.server.PluginModule;
export = init;
`;
    this.emitFile({ type: "asset", fileName: "ts-plugin.d.cts", source });
  },
};

/** `import text from "./main.ts?script"`: a module of a page, with all that it imports, as one minified script. */
export const scripts: Plugin = {
  name: "scripts",
  resolveId: (source, importer = "") =>
    source.endsWith(".ts?script")
      ? join(importer, "..", source.replace(".ts?script", ".script.js")).replaceAll("\\", "/")
      : undefined,
  async load(id) {
    if (!id.endsWith(".script.js")) return undefined;
    const input = id.replace(".script.js", ".ts");
    const build = await rolldown({ input, platform: "browser", moduleTypes: { ".css": "text" } });
    const { output } = await build.generate({ format: "iife", minify: true });
    await build.close();
    return `export default ${JSON.stringify(output[0].code)};`;
  },
};

/** Removes an import that Rolldown adds for `node` and does not use: browsers load these files, too. */
const noNodeImport: Plugin = {
  name: "no-node-import",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle))
      if (file.type === "chunk") file.code = file.code.replace(/^import "node:module";$/m, "");
  },
};

/** Lets tools import an entry of the runtime from its files, not from copies of its modules. */
const publishedRuntime: Plugin = {
  name: "published-runtime",
  resolveId(source, importer = "") {
    const entry = runtimeEntries.find((name) => source.endsWith(`/${name}.ts`));
    return entry && importer !== ""
      ? { id: `aotcache${entry.slice("runtime".length)}`, external: true }
      : undefined;
  },
};

const isExternal = (id: string): boolean =>
  id.startsWith("node:") || peers.some((peer) => id === peer || id.startsWith(`${peer}/`));

const inputs = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${name}.ts`]));

/**
 * Builds the published JavaScript.
 *
 * The files of the compiler stay separate as in the source tree, so that an integration loads what it needs, and stack
 * traces name files that a reader can find. Only small build-time libraries (magic-string, unplugin) are bundled, so
 * that aotcache installs as one package.
 *
 * The runtime, which every start of a program loads, is a few files: loading its 140 modules one by one took four times
 * as long (118 ms of processor beside 29 for `aotcache` and `aotcache/redis`, on a busy machine). A user's bundler drops
 * what is not used of a file, because nothing in it has side effects when it is loaded.
 */
export default defineConfig([
  {
    input: inputs(runtimeEntries),
    platform: "node",
    plugins: [scripts, noNodeImport],
    external: isExternal,
    // A user's bundler finds `require("ioredis")` as it is written.
    output: { dir: "dist", format: "es", sourcemap: true, polyfillRequire: false, ...runtimeChunks },
  },
  {
    input: { ...inputs(toolEntries), ...Object.fromEntries(loaders) },
    platform: "node",
    plugins: [licences, noVirtualModules, publishedRuntime],
    external: isExternal,
    resolve: {
      mainFields: ["module", "main"],
      alias: { "ts-morph": fileURLToPath(new URL("src/ts-morph.ts", import.meta.url)) },
    },
    output: {
      dir: "dist",
      format: "es",
      sourcemap: true,
      preserveModules: true,
      preserveModulesRoot: ".",
      // npm does not pack folders named node_modules, at any depth.
      entryFileNames: ({ name }) =>
        `${name.replace(/^node_modules\//, "vendor/")}.${/unplugin\/.*\/loaders\//.test(name) ? "mjs" : "js"}`,
    },
  },
  {
    input: inputs(runtimeEntries),
    platform: "neutral",
    plugins: [commonJsFolder, scripts],
    external: isExternal,
    output: {
      dir: "dist/cjs",
      format: "cjs",
      sourcemap: true,
      ...runtimeChunks,
      // Jest has no `import()` in CommonJS.
      dynamicImportInCjs: false,
      exports: "named",
      esModule: true,
    },
  },
  {
    input: "plugin/ts-plugin.ts",
    platform: "node",
    plugins: [tsPluginTypes],
    external: isExternal,
    output: {
      dir: "dist/plugin",
      entryFileNames: "ts-plugin.cjs",
      format: "cjs",
      sourcemap: true,
      exports: "default",
    },
  },
]);
