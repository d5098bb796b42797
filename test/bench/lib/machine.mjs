import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { bench, root } from "./own.mjs";

/** The machine of the measurement. */
export const machine = () => ({
  node: process.versions.node,
  v8: process.versions.v8,
  system: `${type()} ${release().split(/[-+]/)[0]} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
});

const versionIn = (folder, name) => {
  try {
    return JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
};

/** The versions of the packages that a suite measures. */
export const versions = (...names) =>
  Object.fromEntries(
    names.map((name) => [name, versionIn(bench, name) ?? versionIn(root, name) ?? "not installed"]),
  );
