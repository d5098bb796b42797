import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

/**
 * Loads the test servers from a plain script. Also works on releases of Node.js that cannot run TypeScript.
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
