/** Thirty functions of known cost, plain and cached: which are slower with their cache, and who says so. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { nanoseconds } from "../lib/batches.mjs";
import { compileFixture } from "../lib/compile.mjs";
import { bench, own, root } from "../lib/own.mjs";
import { inChild, race, withRatios } from "../lib/race.mjs";
import { ARGUMENTS } from "../lib/worth-values.mjs";

export const title = "Functions that do not pay";

const PLAIN = "plain";
const CACHED = "cached";
const FILE = join(bench, "fixtures", "worth.ts");

/** Calls after which a function that does not pay must have been named. */
const CALLS = 1000;

/** The same text without the marks. */
async function plainFixture(fixture) {
  const { code } = await transform(readFileSync(FILE, "utf8"), { loader: "ts", format: "esm" });
  const file = join(dirname(fileURLToPath(fixture)), "plain.mjs");
  writeFileSync(file, code);
  return pathToFileURL(file).href;
}

async function namedAtBuild() {
  const { createCompiler } = await own("aotcache/compiler");
  const { diagnostics, sites } = (await createCompiler({ root })).compile(FILE, readFileSync(FILE, "utf8"));
  const cheap = diagnostics.filter(({ name }) => name === "cheap").map(({ line }) => line);
  return sites
    .filter(({ line }) => cheap.some((at) => at === line || at === line - 1))
    .map(({ id }) => id.name);
}

export async function contend({ contender, name, plain, fixture }) {
  if (contender === undefined) return { value: await warned(fixture, name) };
  const fn = (await import(contender === PLAIN ? plain : fixture))[name];
  const all = ARGUMENTS[name];
  const run = async (n) => {
    let last;
    for (let i = 0; i < n; i++) {
      const args = all[i & 63];
      last = fn(args[0], args[1], args[2]);
      if (name === "fetched") await last;
    }
    return last;
  };
  return { value: await nanoseconds(run, { calls: 64 }) };
}

/** Whether a process in development names a function in its first calls: 1 or 0. */
async function warned(fixture, name) {
  process.env.NODE_ENV = "development";
  const fn = (await import(fixture))[name];
  let count = 0;
  console.warn = () => count++;
  for (let call = 0; call < CALLS + 200; call++) await fn(...ARGUMENTS[name][call & 63]);
  return Math.min(count, 1);
}

export async function suite({ rounds }) {
  const fixture = await compileFixture("worth");
  const plain = await plainFixture(fixture);
  const build = await namedAtBuild();
  const rows = [];
  for (const name of Object.keys(ARGUMENTS)) {
    const job = { suite: "worth", fixture, plain, name };
    const measure = (contender) => inChild({ ...job, contender });
    const [base, cached] = withRatios(await race([PLAIN, CACHED], measure, { rounds }), PLAIN);
    const isNamed = build.includes(name) || (await inChild(job)).value === 1;
    rows.push({
      ...cached,
      name,
      plain: base.median,
      said: build.includes(name) ? "build" : isNamed ? "run" : "",
    });
  }
  return {
    tables: [
      {
        id: "functions",
        title: "Thirty functions: a hit beside a run",
        unit: "ns",
        ratioTo: "plain",
        extras: [
          { title: "plain, ns", of: "plain" },
          { title: "named by", of: "said" },
        ],
        rows,
      },
    ],
  };
}
