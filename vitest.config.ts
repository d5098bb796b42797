import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { scripts } from "./rolldown.config.ts";
import { ClosingLine } from "./test/support/closing-line.ts";
import { forms } from "./test/support/compile-plugin.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const STORES = "test/stores/**/*.test.ts";
/** Each of these would load TypeScript again: without isolation, that is a second and a half less of each file. */
const COMPILER = "test/{build-cache,compiler,corpus,generated,project}/**/*.test.ts";
/** Slow: each test builds or starts a project with the real tool. */
const INTEGRATIONS = [
  "test/integrations/{bundlers,bun,eslint,jest,register,ts-plugin,tsc,workers}/**/*.test.ts",
  "test/integrations/cli/{build,rewrite}.test.ts",
  "test/integrations/init/hits.test.ts",
  "test/package/{browser,copies,deno,runtime-only}.test.ts",
  "test/inspector/{page,servers}.test.ts",
  "test/integrations/next/build.test.ts",
];

/** Very slow: `npm test` leaves these out. */
const SLOW = [
  "test/integrations/next/{dev,hosts}.test.ts",
  "test/integrations/frameworks/*.test.ts",
  "test/runtime/telemetry/dashboard.test.ts",
];

/** Packages of the corpus contain their tests. */
const COPIES = ["**/node_modules/**", "**/.tmp/**"];

export default defineConfig({
  plugins: [forms(), { ...(scripts as Plugin), enforce: "pre" }],
  resolve: {
    // Tests run the sources: a compiled fixture must share one runtime with the test that imports it.
    alias: [
      { find: /^aotcache$/, replacement: at("runtime/index.ts") },
      {
        find: /^aotcache\/(redis|memcached|keyv|unstorage|testing|inspector|prometheus|otel)$/,
        replacement: `${at("runtime")}/$1.ts`,
      },
      { find: /^aotcache\/driver$/, replacement: at("runtime/driver.ts") },
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
    expect: { poll: { timeout: 30_000 } },
    // Workers mostly wait for servers and other processes, so two are useful even with few cores.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "core",
          include: ["test/**/*.test.ts"],
          exclude: [STORES, COMPILER, ...INTEGRATIONS, ...SLOW, ...COPIES],
        },
      },
      { extends: true, test: { name: "compiler", include: [COMPILER], exclude: COPIES, isolate: false } },
      // With real servers, which are found on the PATH or installed.
      {
        extends: true,
        test: { name: "stores", include: [STORES], globalSetup: ["test/support/servers/setup.ts"] },
      },
      // With every bundler and every tsc that has an integration.
      { extends: true, test: { name: "integrations", include: INTEGRATIONS } },
      { extends: true, test: { name: "slow", include: SLOW } },
    ],
  },
});
