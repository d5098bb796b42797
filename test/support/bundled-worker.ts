/** Bundles the program of a child process, because Node.js 20 does not run TypeScript. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const at = (path: string): string => join(repository, path);

export interface BundledWorker {
  readonly file: string;
  /** A folder that the processes may write to. */
  readonly folder: string;
  remove(): void;
}

/** @param input path from the root of the repository */
export async function bundleWorker(input: string): Promise<BundledWorker> {
  mkdirSync(at(".tmp"), { recursive: true });
  const folder = mkdtempSync(at(".tmp/worker-"));
  const bundle = await rolldown({
    input: at(input),
    platform: "node",
    external: ["ioredis", "memjs", "msgpackr"],
    resolve: {
      alias: {
        "aotcache/redis": at("runtime/redis.ts"),
        "aotcache/memcached": at("runtime/memcached.ts"),
        "aotcache/keyv": at("runtime/keyv.ts"),
        aotcache: at("runtime/index.ts"),
      },
    },
  });
  const file = join(folder, "worker.mjs");
  await bundle.write({ file, format: "es", codeSplitting: false });
  await bundle.close();
  return { file, folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}
