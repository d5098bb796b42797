/**
 * The compiler in large applications, over types of real packages: its command beside tsc, its part of a Vite build, and
 * a dev server. Whole processes are measured.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeApplication } from "../lib/application.mjs";
import { versions } from "../lib/machine.mjs";
import { own, root } from "../lib/own.mjs";
import { measureProcess } from "../lib/process.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";
import { summary } from "../lib/stats.mjs";

export const title = "Large applications";

const MARKED = 40;
const SIZES = [500, 1200, 5000];
const PROJECTS = 20;
const SAVES = 15;
/** Long enough to load the types of any of the applications. */
const PRELOAD_MS = 40_000;

/** The barrels of 5,000 files import each other in cycles too deep for the default stack of tsc. */
const TSC = ["--stack-size=3000", "node_modules/typescript/bin/tsc"];
const COMMAND = ["node_modules/aotcache/dist/plugin/cli.js"];
const EXTRAS = [
  { of: "cpu", title: "s of CPU" },
  { of: "megabytes", title: "MB of memory" },
];

const clean = ({ cache }) => rmSync(cache, { recursive: true, force: true });

/** `aotcache check` beside `tsc --noEmit`. */
async function checkTable(files, rounds) {
  const plain = makeApplication({ files, marked: MARKED });
  const wrong = makeApplication({ files, marked: MARKED, error: true });
  const check = (app, codes) => measureProcess(app.folder, [...COMMAND, "check"], { codes });
  const contenders = {
    "tsc --noEmit": () => measureProcess(plain.folder, [...TSC, "--noEmit"]),
    "aotcache check, cold": () => (clean(plain), check(plain, [0])),
    "aotcache check, warm": () => check(plain, [0]),
    "aotcache check, warm, one error": () => check(wrong, [1]),
  };
  await check(wrong, [1]);
  const rows = await race(Object.keys(contenders), (name) => contenders[name](), { rounds });
  return {
    id: `check-${files}`,
    title: `\`aotcache check\`: ${files.toLocaleString("en-US")} files, ${MARKED} marked functions`,
    unit: "s",
    ratioTo: "tsc --noEmit",
    extras: EXTRAS,
    rows: withRatios(rows, "tsc --noEmit"),
  };
}

/** `aotcache build` of projects that refer to each other, beside `tsc --build`. */
async function buildTable(rounds) {
  const app = makeApplication({ files: 600, marked: MARKED, projects: PROJECTS });
  const cleanOutput = () => {
    for (let i = 0; i < PROJECTS; i++)
      for (const name of ["dist", "tsconfig.tsbuildinfo"])
        rmSync(join(app.folder, `packages/p${i}`, name), { recursive: true, force: true });
  };
  const build = (args) => (cleanOutput(), measureProcess(app.folder, args));
  const contenders = {
    "tsc --build": () => build([...TSC, "--build"]),
    "aotcache build, cold": () => (clean(app), build([...COMMAND, "build"])),
    "aotcache build, warm": () => build([...COMMAND, "build"]),
  };
  const rows = await race(Object.keys(contenders), (name) => contenders[name](), { rounds });
  return {
    id: "references",
    title: `\`aotcache build\`: ${PROJECTS} projects that refer to each other, 600 files, ${MARKED} marked functions`,
    unit: "s",
    ratioTo: "tsc --build",
    extras: EXTRAS,
    rows: withRatios(rows, "tsc --build"),
  };
}

/** `vite build` with the plugin and without. */
async function viteTable(files, rounds) {
  const app = makeApplication({ files, marked: MARKED });
  const script = join(app.folder, "build.mjs");
  writeFileSync(script, BUILD_SCRIPT);
  const build = (plugin) => measureProcess(app.folder, [script, plugin]);
  const contenders = {
    "without the plugin": () => build("no"),
    "with it, cold": () => (clean(app), build("yes")),
    "with it, warm": () => build("yes"),
  };
  const rows = await race(Object.keys(contenders), (name) => contenders[name](), { rounds });
  const [without] = rows;
  return {
    id: `vite-${files}`,
    title: `\`vite build\`: ${files.toLocaleString("en-US")} files, ${MARKED} marked functions`,
    unit: "s",
    ratioTo: "without the plugin",
    extras: [...EXTRAS, { of: "more", title: "s of CPU more" }],
    rows: withRatios(rows, "without the plugin").map((row, index) => ({
      ...row,
      more: summary(rows[index].all.map(({ cpu }, round) => cpu - without.all[round].cpu)).median,
    })),
  };
}

const BUILD_SCRIPT = `
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const vite = await import(pathToFileURL(${JSON.stringify(join(root, "node_modules/vite/dist/node/index.js"))}).href);
const { default: aotcache } = await import("aotcache/vite");
await vite.build({
  configFile: false,
  logLevel: "error",
  plugins: process.argv[2] === "yes" ? [aotcache()] : [],
  resolve: { alias: { "@app": process.cwd() + "/src/features" } },
  build: { outDir: "out", emptyOutDir: true, reportCompressedSize: false, rolldownOptions: { external: [/^node:/] } },
});
`;

/** A dev server, in a child process: milliseconds of wall time, because the types are loaded in a thread. */
export async function contend({ folder, markedPaths, preload }) {
  const { createServer } = await import("vite");
  const { monitorEventLoopDelay } = await import("node:perf_hooks");
  const { default: aotcache } = await own("aotcache/vite");
  const server = await createServer({
    root: folder,
    configFile: false,
    logLevel: "silent",
    plugins: [aotcache()],
    resolve: { alias: { "@app": `${folder}/src/features` } },
    optimizeDeps: { noDiscovery: true, include: [], exclude: ["aotcache", "aotcache/internal"] },
    server: { middlewareMode: true, ws: false, watch: null, preTransformRequests: false },
  });
  const environment = server.environments.client;
  const load = async (path) => {
    const start = performance.now();
    await environment.transformRequest(path.slice(folder.length));
    return performance.now() - start;
  };
  const save = async (path, text) => {
    writeFileSync(path, text);
    await environment.pluginContainer.watchChange(path, { event: "update" });
    environment.moduleGraph.onFileChange(path);
    return load(markedPaths[0]);
  };
  const held = monitorEventLoopDelay({ resolution: 5 });
  held.enable();
  const first = await load(markedPaths[0]);
  for (const path of markedPaths) await load(path);
  const delay = held.max / 1e6;
  await new Promise((resolve) => setTimeout(resolve, preload));
  const [path] = markedPaths;
  const original = readFileSync(path, "utf8");
  const bodies = [];
  for (let i = 1; i <= SAVES; i++)
    bodies.push(await save(path, original.replace("let page = 0", `let page = ${i} - ${i}`)));
  await save(path, original);
  const other = path.replace("service.ts", "entity.ts");
  const text = readFileSync(other, "utf8");
  const types = [];
  for (let i = 1; i <= SAVES; i++) types.push(await save(other, text.replace('"draft"', `"draft${i}"`)));
  await save(other, text);
  await server.close();
  const [firstBody, ...body] = bodies;
  return { first, delay, firstBody, body: summary(body).median, type: summary(types).median };
}

async function devTable(files, rounds) {
  const app = makeApplication({ files, marked: MARKED });
  const measured = { cold: [], warm: [], loaded: [] };
  const serve = (preload) =>
    inChild({ suite: "large", folder: app.folder, markedPaths: app.markedPaths, preload });
  for (let round = 0; round < rounds; round++) {
    clean(app);
    measured.cold.push(await serve(0));
    measured.warm.push(await serve(0));
    measured.loaded.push(await serve(PRELOAD_MS));
  }
  const row = (name, of, key) => ({ name, ...summary(measured[of].map((each) => each[key])) });
  return {
    id: `dev-${files}`,
    title: `Dev server: ${files.toLocaleString("en-US")} files, ${MARKED} marked functions`,
    unit: "ms",
    rows: [
      row("first marked module, cold", "cold", "first"),
      row("first marked module, warm", "warm", "first"),
      row("longest time without an answer to other requests, cold", "cold", "delay"),
      row("first edit of a body, right after a warm start", "warm", "firstBody"),
      row("first edit of a body, some seconds after a warm start", "loaded", "firstBody"),
      row("later edits of a body", "loaded", "body"),
      row("edits of a type in its key", "loaded", "type"),
    ],
  };
}

export async function suite({ rounds }) {
  const turns = Math.min(rounds, 3);
  const tables = [];
  for (const files of SIZES) tables.push(await checkTable(files, files > 2000 ? 1 : turns));
  for (const files of SIZES.slice(0, 2)) tables.push(await viteTable(files, turns));
  for (const files of SIZES.slice(0, 2)) tables.push(await devTable(files, turns));
  tables.push(await buildTable(turns));
  return { tables, versions: versions("vite", "ts-morph", "typescript") };
}
