import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
/** ts-morph is loaded in a quicker way than by an import. */
const peers = Object.keys(manifest.peerDependencies).filter((peer) => peer !== "ts-morph");

/** `dist/runtime/index.d.ts` → `runtime/index`: one input for each published entry, and for the command. */
const entries = [
  ...Object.values<{ types: string } | string>(manifest.exports)
    .filter((target) => typeof target === "object")
    .map(({ types }) => types.replace("./dist/", "").replace(".d.ts", "")),
  ...Object.values<string>(manifest.bin).map((path) => path.replace("dist/", "").replace(".js", "")),
];

/** What unplugin has webpack and Rspack load by its path: beside it, under the names that it knows. */
const loaders = ["webpack", "rspack"].map((host) => [
  `vendor/unplugin/dist/${host}/loaders/transform`,
  `unplugin/${host}/loaders/transform`,
]);

/** The licences of what is taken in ask to be handed on with it. */
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

/** unplugin asks for webpack-virtual-modules on webpack, and uses it for virtual modules only: there are none. */
const noVirtualModules: Plugin = {
  name: "no-virtual-modules",
  transform: {
    filter: { id: /\/unplugin\/dist\/index\.mjs$/ },
    handler(code) {
      const [before, after, ...more] = code.split('__require("webpack-virtual-modules")');
      if (after === undefined || more.length > 0)
        this.error("unplugin loads its virtual modules otherwise now.");
      return `${before}class {}${after}`;
    },
  },
};

/**
 * The published JavaScript. Files stay apart as they are in the tree, so that a user's bundler drops
 * what it does not need and a stack trace names a file a reader can find; only small build-time
 * libraries (magic-string, unplugin) are taken in, since installing aotcache must bring in one package.
 */
export default defineConfig({
  input: Object.fromEntries([...entries.map((name) => [name, `${name}.ts`]), ...loaders]),
  platform: "neutral",
  plugins: [licences, noVirtualModules],
  external: (id) => id.startsWith("node:") || peers.some((peer) => id === peer || id.startsWith(`${peer}/`)),
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
    // npm packs no folder called node_modules, wherever it stands.
    entryFileNames: ({ name }) =>
      `${name.replace(/^node_modules\//, "vendor/")}.${/unplugin\/.*\/loaders\//.test(name) ? "mjs" : "js"}`,
  },
});
