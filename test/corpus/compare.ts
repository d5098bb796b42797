/** Runs functions of the corpus as they are written and cached, and compares what they return. */
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { createCompiler } from "aotcache/compiler";
import { build } from "esbuild";
import { argumentsFor } from "./arguments.ts";
import { type CorpusPackage, root, textOf } from "./packages.ts";
import type { Survey, Surveyed } from "./survey.ts";

/** What one function did with all its arguments. */
export interface Compared {
  readonly name: string;
  readonly file: string;
  readonly warnings: readonly string[];
  /** Calls whose results were compared; `thrown` of them threw, in both forms. */
  readonly calls: number;
  readonly thrown: number;
  readonly differences: readonly string[];
  /** It did not end in time, or took too much memory. */
  readonly isStopped: boolean;
}

/** What the function reads is in no key: it differs from call to call, as its warning says. */
const NOT_COMPARED = new Set(["ambient-read", "module-state", "receiver-state", "parameter-unresolved"]);
const MAX_SILENCE_MS = 5000;

/** A function to call, as the worker takes it. */
export interface Job {
  /** The export of its module that it is. */
  readonly path: readonly string[];
  readonly module: string;
  readonly sets: readonly (readonly unknown[])[];
}

export async function compare({ package: of, functions, program }: Survey): Promise<readonly Compared[]> {
  const checker = program.getTypeChecker();
  const chosen = functions.flatMap((each) => {
    const { kind, names } = each.outcome;
    if (
      !each.isFree ||
      ["aside", "instances", "refused"].includes(kind) ||
      names.some((name) => NOT_COMPARED.has(name))
    )
      return [];
    const sets = argumentsFor(each.fn, checker);
    return sets ? [{ ...each, sets }] : [];
  });
  if (chosen.length === 0) return [];
  const forms = await buildForms(of, chosen);
  const jobs = chosen.map(({ name, file, sets }): Job => ({
    module: outputOf(file),
    path: pathOf(name),
    sets,
  }));
  const reports = await run(jobs, forms);
  return chosen.map(({ name, file, outcome }, index) => ({
    name,
    file,
    warnings: outcome.names,
    ...(reports[index] ?? { calls: 0, thrown: 0, differences: [], isStopped: true }),
    isStopped: reports[index] === undefined,
  }));
}

const exportName = (name: string): string => `$corpus_${name}`;
const pathOf = (name: string): readonly string[] => {
  const [first = "", ...rest] = name.split(".");
  return [exportName(first), ...rest];
};
const outputOf = (file: string): string => file.replace(/\.([cm]?)tsx?$/, ".js");

/** Builds the sources twice, as they are written and with all chosen functions cached. */
async function buildForms(
  of: CorpusPackage,
  chosen: readonly Surveyed[],
): Promise<Readonly<Record<"plain" | "cached", string>>> {
  const compiler = await createCompiler({ root: of.folder, allow: ["cheap"] });
  const files = [...new Set(chosen.map(({ file }) => file))];
  const texts = { plain: new Map<string, string>(), cached: new Map<string, string>() };
  for (const file of files) {
    const own = chosen.filter((each) => each.file === file);
    const text = textOf(of, file);
    const names = [...new Set(own.map(({ name }) => name.split(".")[0]!))];
    const exports = `\nexport { ${names.map((name) => `${name} as ${exportName(name)}`).join(", ")} };\n`;
    let marked = text;
    for (const { at, outcome } of [...own].reverse())
      marked = `${marked.slice(0, at)}${outcome.pragma}\n${marked.slice(at)}`;
    const { code, diagnostics } = compiler.compile(join(of.folder, file), marked);
    const [error] = diagnostics.filter(({ severity }) => severity === "error");
    if (code === undefined)
      throw new Error(`${of.name}: ${file} compiles with one mark, not with all: ${error?.message}`);
    texts.plain.set(join(of.folder, file), text + exports);
    texts.cached.set(join(of.folder, file), code + exports);
  }
  const out = join(of.folder, ".out");
  rmSync(out, { recursive: true, force: true });
  for (const form of ["plain", "cached"] as const) await bundle(of, files, texts[form], join(out, form));
  return { plain: join(out, "plain"), cached: join(out, "cached") };
}

async function bundle(
  of: CorpusPackage,
  files: readonly string[],
  texts: ReadonlyMap<string, string>,
  outdir: string,
): Promise<void> {
  await build({
    absWorkingDir: of.folder,
    entryPoints: files.map((file) => join(of.folder, file)),
    outbase: of.folder,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "error",
    alias: { "aotcache/internal": join(root, "runtime/internal.ts") },
    plugins: [
      {
        name: "corpus",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.[cm]?tsx?$/ }, ({ path }) => ({
            contents: texts.get(path) ?? readFileSync(path, "utf8"),
            loader: path.endsWith("x") ? "tsx" : "ts",
          }));
        },
      },
    ],
  });
  mkdirSync(dirname(outdir), { recursive: true });
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }');
}

type Report = Pick<Compared, "calls" | "thrown" | "differences">;

/** Runs the jobs in a worker; the next one goes on behind a function that does not end. */
async function run(
  jobs: readonly Job[],
  forms: Readonly<Record<string, string>>,
): Promise<readonly (Report | undefined)[]> {
  const reports: (Report | undefined)[] = [];
  while (reports.length < jobs.length) {
    const worker = new Worker(new URL("worker.mjs", import.meta.url), {
      workerData: { jobs: jobs.slice(reports.length), forms },
      env: { ...process.env, NODE_ENV: "production" },
      resourceLimits: { maxOldGenerationSizeMb: 512 },
      stdout: true,
      stderr: true,
    });
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => void worker.terminate();
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(stop, MAX_SILENCE_MS);
    };
    const before = reports.length;
    // Starting takes longer than a call.
    timer = setTimeout(stop, 10 * MAX_SILENCE_MS);
    worker.on("message", (report: Report) => {
      reports.push(report);
      watch();
    });
    worker.on("error", (error) => {
      if (reports.length === before) console.error(error);
    });
    await once(worker, "exit");
    clearTimeout(timer);
    if (reports.length < jobs.length) reports.push(undefined);
  }
  return reports;
}
