/** The cost of a save in a dev server: the time in the plugin's transform. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../lib/machine.mjs";
import { own } from "../lib/own.mjs";
import { makeProject } from "../lib/project.mjs";
import { inChild } from "../lib/race.mjs";
import { median, summary } from "../lib/stats.mjs";

export const title = "Dev server";

const FILES = 300;
const MARKED = 10;
const SAVES = 25;

/** The plugin, and the time of its transform since the last query: processor time and wall time. */
function timed(plugin) {
  const { handler, ...rest } = plugin.transform;
  let spent = { cpu: 0, wall: 0 };
  const transform = {
    ...rest,
    async handler(...args) {
      const start = performance.now();
      const before = process.cpuUsage();
      try {
        return await handler.apply(this, args);
      } finally {
        const { user, system } = process.cpuUsage(before);
        spent.cpu += (user + system) / 1000;
        spent.wall += performance.now() - start;
      }
    },
  };
  const take = () => {
    const taken = spent;
    spent = { cpu: 0, wall: 0 };
    return taken;
  };
  return { plugin: { ...plugin, transform }, take };
}

export async function contend({ folder, markedPaths }) {
  const { createServer } = await import("vite");
  const { plugin, take } = timed((await own("aotcache/vite")).default());
  const server = await createServer({
    root: folder,
    configFile: false,
    logLevel: "error",
    plugins: [plugin],
    optimizeDeps: { noDiscovery: true, include: [], exclude: ["aotcache", "aotcache/internal"] },
    server: { middlewareMode: true, ws: false, watch: null },
  });
  const environment = server.environments.client;
  const load = (path) => environment.transformRequest(path.slice(folder.length));
  const save = async (path, text) => {
    writeFileSync(path, text);
    await environment.pluginContainer.watchChange(path, { event: "update" });
    environment.moduleGraph.onFileChange(path);
  };
  for (const path of markedPaths) await load(path);
  const started = take();

  const [path] = markedPaths;
  const original = readFileSync(path, "utf8");
  const times = { body: [], type: [] };
  for (let i = 0; i < SAVES; i++) {
    // The body of a function whose result type is written out.
    await save(path, original.replace('tags: ["found"]', `tags: ["found", "${i}"]`));
    await load(path);
    times.body.push(take());
  }
  await save(path, original);
  await load(path);
  take();
  // A type of a parameter, in an imported module.
  const other = join(folder, "src/part0/module1.ts");
  const text = readFileSync(other, "utf8");
  let last = "";
  for (let i = 0; i < SAVES; i++) {
    await save(other, text.replace('"other1"', `"other1" | "more${i}"`));
    const { code } = await load(path);
    if (code === last) throw new Error("the change had no effect");
    last = code;
    times.type.push(take());
  }
  await server.close();
  const [firstBody, ...body] = times.body;
  const [firstType, ...type] = times.type;
  return { started, firstBody, body, firstType, type };
}

export async function suite({ rounds }) {
  const { folder, markedPaths, cache } = makeProject({ files: FILES, marked: MARKED });
  const all = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    rmSync(cache, { recursive: true, force: true });
    all.push(await inChild({ suite: "dev", folder, markedPaths }));
  }
  const row = (name, times) => ({
    name,
    ...summary(times.map(({ cpu }) => cpu)),
    wall: Number(median(times.map(({ wall }) => wall)).toPrecision(3)),
  });
  const table = {
    id: "dev",
    title: `${FILES} files, ${2 * MARKED} marked functions in ${MARKED} of them`,
    unit: "ms of CPU in transform",
    extras: [{ of: "wall", title: "ms" }],
    rows: [
      row(
        `the ${MARKED} marked files, at startup`,
        all.map(({ started }) => started),
      ),
      row(
        "first save of an edit inside a marked function's body",
        all.map(({ firstBody }) => firstBody),
      ),
      row(
        "later saves of such an edit",
        all.flatMap(({ body }) => body),
      ),
      row(
        "first save that changes a type in a key",
        all.map(({ firstType }) => firstType),
      ),
      row(
        "later saves that change it",
        all.flatMap(({ type }) => type),
      ),
    ],
  };
  return { tables: [table], versions: versions("vite", "ts-morph") };
}
