import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, rolldown, type Plugin } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
/** Without ts-morph: `src/ts-morph.ts` replaces it, because it loads TypeScript faster than an import of ts-morph. */
const peers = Object.keys(manifest.peerDependenciesMeta).filter((peer) => peer !== "ts-morph");

interface Target {
  readonly import?: Target;
  readonly default: string;
}

/** The entry of a path in `dist`: `./dist/runtime/index.js` → `runtime/index`. */
const entryOf = (path: string): string => path.replace(/^(?:\.\/)?dist\//, "").replace(".js", "");
const targets = Object.values<Target | string>(manifest.exports).filter(
  (target) => typeof target === "object",
);
const isModule = ({ default: path }: Target): boolean => path.endsWith(".js");
/** One input for each published entry and for the command. */
const entries = [
  ...targets
    .map((target) => target.import ?? target)
    .filter(isModule)
    .map((target) => entryOf(target.default)),
  ...Object.values<string>(manifest.bin).map(entryOf),
  // Started by their paths.
  "src/thread/worker",
  "plugin/ts-plugin/worker",
];
/** The entries of the runtime, which has a CommonJS form too. */
const runtimeEntries = targets.flatMap((target) => (target.import ? entryOf(target.import.default) : []));

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

const isExternal = (id: string): boolean =>
  id.startsWith("node:") || peers.some((peer) => id === peer || id.startsWith(`${peer}/`));

/**
 * Builds the published JavaScript. Files stay separate as in the source tree, so that a user's bundler can drop
 * unused ones and stack traces name files that a reader can find. Only small build-time libraries (magic-string,
 * unplugin) are bundled, so that aotcache installs as one package.
 */
export default defineConfig([
  {
    input: Object.fromEntries([...entries.map((name) => [name, `${name}.ts`]), ...loaders]),
    platform: "node",
    plugins: [licences, noVirtualModules, scripts],
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
      // A user's bundler finds `require("ioredis")` as it is written.
      polyfillRequire: false,
      // npm does not pack folders named node_modules, at any depth.
      entryFileNames: ({ name }) =>
        `${name.replace(/^node_modules\//, "vendor/")}.${/unplugin\/.*\/loaders\//.test(name) ? "mjs" : "js"}`,
    },
  },
  {
    input: Object.fromEntries(runtimeEntries.map((name) => [name, `${name}.ts`])),
    platform: "neutral",
    plugins: [commonJsFolder, scripts],
    external: isExternal,
    output: {
      dir: "dist/cjs",
      format: "cjs",
      sourcemap: true,
      preserveModules: true,
      preserveModulesRoot: ".",
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
