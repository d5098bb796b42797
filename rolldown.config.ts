import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const peers = Object.keys(manifest.peerDependencies);

/** `dist/runtime/index.d.ts` → `runtime/index`: one input for each published entry. */
const entries = Object.values<{ types: string } | string>(manifest.exports)
  .filter((target) => typeof target === "object")
  .map(({ types }) => types.replace("./dist/", "").replace(".d.ts", ""));

const VENDORED = ["magic-string", "picocolors", "@jridgewell/sourcemap-codec"];

/** The licences of what is taken in ask to be handed on with it. */
const licences = {
  name: "licences",
  generateBundle(this: {
    emitFile(file: { type: "asset"; fileName: string; source: string }): string;
  }): void {
    const texts = VENDORED.map((name) => {
      const text = readFileSync(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
      return `${name}\n\n${text}`;
    });
    this.emitFile({ type: "asset", fileName: "vendor/LICENSES.txt", source: texts.join("\n\n") });
  },
};

/**
 * The published JavaScript. Files stay apart as they are in the tree, so that a user's bundler drops
 * what it does not need and a stack trace names a file a reader can find; only small build-time
 * libraries (magic-string) are taken in, since installing aotcache must bring in one package.
 */
export default defineConfig({
  input: Object.fromEntries(entries.map((name) => [name, `${name}.ts`])),
  platform: "neutral",
  plugins: [licences],
  external: (id) => id.startsWith("node:") || peers.some((peer) => id === peer || id.startsWith(`${peer}/`)),
  resolve: { mainFields: ["module", "main"] },
  output: {
    dir: "dist",
    format: "es",
    sourcemap: true,
    preserveModules: true,
    preserveModulesRoot: ".",
    // npm packs no folder called node_modules, wherever it stands.
    entryFileNames: ({ name }) => `${name.replace(/^node_modules\//, "vendor/")}.js`,
  },
});
