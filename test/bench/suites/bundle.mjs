/** The growth of a bundle for browsers: minified by Rolldown, and gzipped. */
import { gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { compileFixture } from "../lib/compile.mjs";
import { versions } from "../lib/machine.mjs";
import { bench, pathOf } from "../lib/own.mjs";
import { fileURLToPath } from "node:url";

export const title = "Bundle";

const BASELINE = "single flight and expiry by hand";

const BY_HAND = `
export function cached(fn, key, ttl) {
  const entries = new Map();
  return (...args) => {
    const text = key(...args);
    const entry = entries.get(text);
    if (entry && entry.expires > Date.now()) return entry.promise;
    const promise = fn(...args);
    entries.set(text, { promise, expires: Date.now() + ttl });
    promise.catch(() => entries.get(text)?.promise === promise && entries.delete(text));
    return promise;
  };
}
`;

/** The imports of emitted code, by kind; `functions` is the emitted code with everything it needs. */
const OWN = {
  "aotcache, what emitted code imports": ({ internal }) => `export { ${internal} } from "aotcache/internal";`,
  "aotcache, with cacheOf": ({ internal }) =>
    `export { ${internal} } from "aotcache/internal"; export { cacheOf } from "aotcache";`,
  "aotcache, with cached and cacheOf": ({ internal }) =>
    `export { ${internal} } from "aotcache/internal"; export { cached, cacheOf } from "aotcache";`,
  "aotcache, uncompiled cached() alone": () => `export { cached } from "aotcache";`,
  "aotcache, two compiled functions and what they need": ({ compiled }) =>
    `export * from ${JSON.stringify(compiled)};`,
  "aotcache, everything": () => `export * from "aotcache";`,
};

const PEERS = {
  [BASELINE]: () => BY_HAND,
  "p-memoize": () => `export { default } from "p-memoize";`,
  memoizee: () => `export { default } from "memoizee";`,
  "micro-memoize": () => `export { memoize } from "micro-memoize";`,
  moize: () => `export { default } from "moize";`,
  ocache: () => `export { defineCachedFunction } from "ocache";`,
  "lru-cache": () => `export { LRUCache } from "lru-cache";`,
  cacheable: () => `export { Cacheable } from "cacheable";`,
  bentocache: () =>
    `export { BentoCache, bentostore } from "bentocache"; export { memoryDriver } from "bentocache/drivers/memory";`,
};

async function sizeOf(text) {
  // Below the benchmarks folder, so that packages resolve from there.
  const folder = join(bench, ".tmp");
  mkdirSync(folder, { recursive: true });
  const input = join(folder, "entry.mjs");
  writeFileSync(input, text);
  const build = await rolldown({
    input,
    platform: "browser",
    treeshake: true,
    logLevel: "silent",
    external: [/^node:/],
    resolve: {
      alias: {
        "aotcache/internal": pathOf("aotcache/internal", true),
        aotcache: pathOf("aotcache", true),
      },
    },
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
  });
  const { output } = await build.generate({ format: "esm", minify: true });
  await build.close();
  const code = output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("\n");
  return { value: gzipSync(code, { level: 9 }).length, minified: Buffer.byteLength(code) };
}

export async function suite() {
  const compiled = fileURLToPath(await compileFixture("bundle"));
  const emitted = readFileSync(compiled, "utf8");
  const internal = [...new Set([...emitted.matchAll(/\$aot\.(\w+)/g)].map(([, name]) => name))]
    .sort()
    .join(", ");
  const rows = [];
  for (const [name, text] of Object.entries({ ...OWN, ...PEERS })) {
    const { value, minified } = await sizeOf(text({ compiled, internal }));
    rows.push({ name, median: value, low: value, high: value, rounds: 1, minified });
  }
  const base = rows.find(({ name }) => name === BASELINE).median;
  for (const each of rows) each.ratio = Number((each.median / base).toPrecision(3));
  const table = {
    id: "imports",
    title: "Bundled for browsers by Rolldown",
    unit: "bytes gzipped",
    ratioTo: "by hand",
    extras: [{ of: "minified", title: "bytes minified" }],
    rows,
  };
  return { tables: [table], versions: versions("rolldown", ...Object.keys(PEERS).slice(1)) };
}
