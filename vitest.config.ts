import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./test/support/closing-line.ts";
import { forms } from "./test/support/compile-plugin.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const STORES = [
  "test/{drivers,caches,remote,faults}/**/*.test.ts",
  "test/servers.test.ts",
  "test/proxy.test.ts",
];
const DOORS = "test/doors/**/*.test.ts";

export default defineConfig({
  plugins: [forms()],
  resolve: {
    // Tests run the sources: compiled fixtures must share one runtime with the test that reads them.
    alias: [
      { find: /^aotcache$/, replacement: at("runtime/index.ts") },
      { find: /^aotcache\/(redis|memcached|keyv|testing)$/, replacement: `${at("runtime")}/$1.ts` },
      { find: /^aotcache\/driver$/, replacement: at("runtime/driver-cache.ts") },
      { find: /^aotcache\/internal$/, replacement: at("runtime/internal.ts") },
      { find: /^aotcache\/compiler$/, replacement: at("src/index.ts") },
      {
        find: /^aotcache\/(vite|rollup|rolldown|webpack|rspack|esbuild)$/,
        replacement: `${at("plugin")}/$1.ts`,
      },
    ],
  },
  test: {
    reporters: ["default", new ClosingLine()],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Much of the time is spent waiting for servers and other processes.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "core", include: ["test/**/*.test.ts"], exclude: [...STORES, DOORS] } },
      // Real servers: found, or installed where that may be done.
      {
        extends: true,
        test: { name: "stores", include: STORES, globalSetup: ["test/support/servers/setup.ts"] },
      },
      // Every bundler and tsc that there is a door for: slow, and run apart.
      { extends: true, test: { name: "doors", include: [DOORS] } },
    ],
  },
});
