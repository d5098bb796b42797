import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const peers = Object.keys(manifest.peerDependencies);

/** `dist/runtime/index.d.ts` → `runtime/index`: one input for each published entry. */
const entries = Object.values<{ types: string } | string>(manifest.exports)
  .filter((target) => typeof target === "object")
  .map(({ types }) => types.replace("./dist/", "").replace(".d.ts", ""));

/**
 * The published JavaScript. Files stay apart as they are in the tree, so that a user's bundler drops
 * what it does not need and a stack trace names a file a reader can find; only small build-time
 * libraries (magic-string) are taken in, since installing aotcache must bring in one package.
 */
export default defineConfig({
  input: Object.fromEntries(entries.map((name) => [name, `${name}.ts`])),
  platform: "neutral",
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
