/** `vite build` of a generated project, in a separate process like that of a user. */
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { makeProject } from "../lib/project.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";

export const title = "Builds";

const FILES = 300;
const MARKED = 10;

const WITHOUT = "without the plugin";

/** `marks`: the project with marked functions, or the one without. */
const CONTENDERS = {
  [WITHOUT]: { marks: true, plugin: false },
  "cold: empty build cache": { marks: true, plugin: true, cold: true },
  "warm: nothing changed": { marks: true, plugin: true },
  "no marks, without the plugin": { marks: false, plugin: false },
  "no marks, with the plugin": { marks: false, plugin: true },
};

export async function contend({ folder, plugin }) {
  const { build } = await import("vite");
  const plugins = plugin ? [(await own("aotcache/vite")).default()] : [];
  await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    plugins,
    build: { outDir: "out", emptyOutDir: true, write: true, reportCompressedSize: false },
  });
  const wall = performance.now() / 1000;
  const { user, system } = process.cpuUsage();
  // Analysis results are written at exit. A build exits by itself; a benchmark process must be told to exit.
  process.emit("exit", 0);
  const loaded = Object.keys(createRequire(import.meta.url).cache).some((path) =>
    /[\\/]@?ts-morph[\\/]/.test(path),
  );
  return { value: wall, cpu: (user + system) / 1e6, loaded: loaded ? 1 : 0 };
}

export async function suite({ rounds }) {
  const projects = {
    true: makeProject({ files: FILES, marked: MARKED }),
    false: makeProject({ files: FILES, marked: 0 }),
  };
  const measure = async (contender) => {
    const { marks, plugin, cold } = CONTENDERS[contender];
    const { folder, cache } = projects[marks];
    if (cold) rmSync(cache, { recursive: true, force: true });
    return inChild({ suite: "build", folder, plugin });
  };
  // The first build of each fills the caches: the system's for files, the plugin's for analysis.
  for (const name of Object.keys(CONTENDERS)) await measure(name);
  const rows = await race(Object.keys(CONTENDERS), measure, { rounds });
  const table = {
    id: "build",
    title: `${FILES} files, ${2 * MARKED} marked functions in ${MARKED} of them`,
    unit: "s",
    ratioTo: WITHOUT,
    extras: [
      { of: "cpu", title: "s of CPU" },
      { of: "more", title: "more than without" },
      { of: "loaded", title: "ts-morph loaded" },
    ],
    rows: withMore(rows),
  };
  return { tables: [table], versions: versions("vite", "ts-morph", "typescript") };
}

/** Seconds of processor time more than the same project without the plugin, in the same round. */
function withMore(rows) {
  const more = rows.map(({ name, all }) => {
    const { marks } = CONTENDERS[name];
    const without = rows.find((row) => CONTENDERS[row.name].marks === marks && !CONTENDERS[row.name].plugin);
    const differences = all.map(({ cpu }, round) => cpu - without.all[round].cpu).sort((a, b) => a - b);
    return Number(differences[differences.length >> 1].toFixed(3));
  });
  return withRatios(rows, WITHOUT).map((row, index) => ({ ...row, more: more[index] }));
}
