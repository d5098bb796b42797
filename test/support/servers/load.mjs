import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

/**
 * Loads the servers of the tests in a plain script, on releases of Node.js that cannot read TypeScript too.
 *
 * @example
 * const { ensurePrograms, startRedis } = await loadServers();
 * await ensurePrograms(["redis-server"]);
 * const redis = await startRedis();
 *
 * @returns {Promise<typeof import("./index.ts")>}
 */
export async function loadServers() {
  const { module } = await runnerImport(fileURLToPath(new URL("index.ts", import.meta.url)), {
    configFile: false,
    logLevel: "warn",
  });
  return module;
}
