/** unstorage, which this repository does not use itself. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { UnstorageDriver, UnstorageInstance } from "../../runtime/unstorage.ts";
import { installed } from "./installed.ts";

export interface Unstorage {
  createStorage(options: { driver: UnstorageDriver }): UnstorageInstance;
  prefixStorage(storage: UnstorageInstance, base: string): UnstorageInstance;
  /** Makes a driver of unstorage by its name. */
  driver(name: "memory" | "fs-lite" | "lru-cache", options?: object): Promise<UnstorageDriver>;
}

export async function loadUnstorage(): Promise<Unstorage> {
  const { folder } = await installed("unstorage", ["unstorage@1", "lru-cache@11"]);
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
