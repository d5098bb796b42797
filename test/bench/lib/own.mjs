/**
 * The built package by its public names. The benchmarks have a separate package.json, so they cannot import
 * it by name.
 */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const bench = fileURLToPath(new URL("..", import.meta.url));

const require = createRequire(new URL("../../../package.json", import.meta.url));

const { exports } = require("./package.json");

/** The path of an entry of the package, such as `aotcache/redis`: the ES module, for browsers if that differs. */
export const pathOf = (entry, isForBrowsers = false) => {
  const given = exports[entry.replace("aotcache", ".")];
  const form = given.import ?? given;
  return fileURLToPath(new URL(((isForBrowsers && form.browser) || form).default, pathToFileURL(root)));
};

/** Imports an entry of the built package, in the form that emitted code imports, too. */
export const own = (entry) => import(pathToFileURL(pathOf(entry)).href);
