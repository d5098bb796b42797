/** unstorage, which this repository does not use itself. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { UnstorageDriver, UnstorageInstance } from "../../runtime/unstorage.ts";
import { repository } from "./bundlers.ts";

const folder = join(repository, ".tmp/unstorage");

/** Installs unstorage once. */
async function install(): Promise<void> {
  if (existsSync(join(folder, "done"))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", "unstorage@1", "lru-cache@11"];
  await promisify(execFile)("npm", args, { cwd: folder });
  writeFileSync(join(folder, "done"), "");
}

export interface Unstorage {
  createStorage(options: { driver: UnstorageDriver }): UnstorageInstance;
  prefixStorage(storage: UnstorageInstance, base: string): UnstorageInstance;
  /** Makes a driver of unstorage by its name. */
  driver(name: "memory" | "fs-lite" | "lru-cache", options?: object): Promise<UnstorageDriver>;
}

export async function loadUnstorage(): Promise<Unstorage> {
  await install();
  const load = (path: string): Promise<unknown> =>
    import(/* @vite-ignore */ pathToFileURL(join(folder, "node_modules/unstorage", path)).href);
  const { createStorage, prefixStorage } = (await load("dist/index.mjs")) as Unstorage;
  return {
    createStorage,
    prefixStorage,
    async driver(name, options) {
      const module = (await load(`drivers/${name}.mjs`)) as { default(options?: object): UnstorageDriver };
      return module.default(options);
    },
  };
}
