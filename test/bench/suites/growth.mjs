/** How the compile time grows with the files of a project and with its marked functions. */
import { readFileSync } from "node:fs";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { makeProject } from "../lib/project.mjs";
import { inChild, race } from "../lib/race.mjs";

export const title = "Growth of the compiler";

/** Name, number of files, number of files with two marked functions each. */
const CASES = {
  "50 files, 20 marked functions": { files: 50, marked: 10 },
  "500 files, 20 marked functions": { files: 500, marked: 10 },
  "5,000 files, 20 marked functions": { files: 5000, marked: 10 },
  "500 files, 100 marked functions": { files: 500, marked: 50 },
  "500 files, 500 marked functions": { files: 500, marked: 250 },
  "5,000 files, 500 marked functions": { files: 5000, marked: 250 },
};

const seconds = ({ user, system }) => (user + system) / 1e6;

/** Passes every file to the compiler, like a bundler. */
export async function contend({ folder, paths }) {
  const { createCompiler } = await own("aotcache/compiler");
  const compiler = await createCompiler({ root: folder });
  const texts = paths.map((path) => [path, readFileSync(path, "utf8")]);
  const before = process.cpuUsage();
  const start = performance.now();
  let first;
  let compiled = 0;
  for (const [path, text] of texts) {
    const { sites } = compiler.compile(path, text);
    compiled += sites.length;
    if (sites.length > 0) first ??= seconds(process.cpuUsage(before));
  }
  return {
    value: seconds(process.cpuUsage(before)),
    wall: (performance.now() - start) / 1000,
    first,
    compiled,
    megabytes: process.memoryUsage().rss / 2 ** 20,
  };
}

export async function suite({ rounds }) {
  const projects = Object.fromEntries(Object.entries(CASES).map(([name, size]) => [name, makeProject(size)]));
  const measure = (name) =>
    inChild({ suite: "growth", folder: projects[name].folder, paths: projects[name].paths });
  const rows = await race(Object.keys(CASES), measure, { rounds: Math.min(rounds, 3) });
  const table = {
    id: "growth",
    title: "Every file compiled, without a build cache",
    unit: "s of CPU",
    extras: [
      { of: "first", title: "up to the first marked file" },
      { of: "compiled", title: "compiled" },
      { of: "megabytes", title: "MB of memory" },
    ],
    rows: rows.map(({ values: _values, all: _all, ...row }) => row),
  };
  return { tables: [table], versions: versions("ts-morph") };
}
