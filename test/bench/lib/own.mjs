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

const { exports } = require("./package.json");

/** Imports an entry of the built package, in the form that emitted code imports, too. */
export const own = (entry) => {
  const given = exports[entry.replace("aotcache", ".")];
  return import(new URL((given.import ?? given).default, pathToFileURL(root)).href);
};
