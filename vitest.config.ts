import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line.ts";
import { forms } from "./test/support/compile-plugin.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [forms()],
  resolve: {
    // Tests run the sources: compiled fixtures must share one runtime with the test that reads them.
    alias: [
      { find: /^aotcache$/, replacement: at("runtime/index.ts") },
      { find: /^aotcache\/internal$/, replacement: at("runtime/internal.ts") },
      { find: /^aotcache\/compiler$/, replacement: at("src/index.ts") },
      { find: /^aotcache\/vite$/, replacement: at("plugin/vite.ts") },
    ],
  },
  test: {
    reporters: ["default", new ClosingLine()],
    include: ["test/**/*.test.ts"],
    // These need real servers: see vitest.stores.config.ts.
    exclude: ["test/{drivers,caches,remote,faults,doors}/**", "test/servers.test.ts", "test/proxy.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
