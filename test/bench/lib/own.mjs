/**
 * The built package by its public names. The benchmarks have a separate package.json, so they cannot import
 * it by name.
 */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const bench = fileURLToPath(new URL("..", import.meta.url));

const require = createRequire(new URL("../../../package.json", import.meta.url));

/** The path of an entry of the package, such as `aotcache/redis`. */
export const pathOf = (entry) => require.resolve(entry);

/** Imports an entry of the built package. */
export const own = (entry) => import(pathToFileURL(pathOf(entry)).href);
