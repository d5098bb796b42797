/**
 * The table of RESULTS.md: which tests show that aotcache works in a tool. As a reporter of Vitest, it writes the
 * results of a run, and the page: `npm run test:integrations`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Reporter, TestModule } from "vitest/node";

const COLUMNS = ["dev", "build", "test", "watch", "maps", "coverage"] as const;
type Column = (typeof COLUMNS)[number];

/** Tests by file and name, all of which must pass; or why there is none. */
type Cell = RegExp | string;

const NONE = "–";

const row = (cells: Partial<Record<Column, Cell>>): Record<Column, Cell> => ({
  ...(Object.fromEntries(COLUMNS.map((column) => [column, NONE])) as Record<Column, Cell>),
  ...cells,
});

const bundler = (name: string): Record<Column, Cell> =>
  row({
    build: new RegExp(`bundlers/bundlers\\.test\\.ts > the project of ${name} `),
    watch: new RegExp(`bundlers/watch\\.test\\.ts > ${name}, watching `),
    maps: new RegExp(`bundlers/maps\\.test\\.ts > the map of ${name} `),
    coverage: "the test runner's",
  });

const vite = (name: string, own: Partial<Record<Column, Cell>> = {}): Record<Column, Cell> =>
  row({
    dev: new RegExp(`bundlers/vite\\.test\\.ts > '${name}' > (?!hits|shows a warning)`),
    build: new RegExp(`bundlers/bundlers\\.test\\.ts > the project of ${name} `),
    test: new RegExp(`bundlers/vite\\.test\\.ts > '${name}' > hits in Vitest`),
    watch: "not tested",
    maps: "not tested",
    coverage: "not tested",
    ...own,
  });

const next = (major: number, host: string): Record<Column, Cell> =>
  row({
    dev: new RegExp(`next/dev\\.test\\.ts > .*Next\\.js ${major} with ${host} `),
    build: new RegExp(`next/(?:build|hosts)\\.test\\.ts > Next\\.js ${major} with ${host} `),
    test: "Jest or Vitest",
    maps: "not tested",
    coverage: "the test runner's",
  });

const framework = (name: string): Record<Column, Cell> =>
  row({
    dev: new RegExp(`frameworks\\.test\\.ts > ${name} > compiles again in development`),
    build: new RegExp(`frameworks\\.test\\.ts > ${name} > serves cached`),
    test: "Vitest",
    maps: "not tested",
    coverage: "not tested",
  });

const TABLE: Readonly<Record<string, Record<Column, Cell>>> = {
  "Vite 8, Vitest 4": vite("vite", {
    dev: /vite\/dev\.test\.ts > /,
    build: /vite\/build\.test\.ts > a project built by Vite /,
    test: /vite\/vitest\.test\.ts > /,
    maps: /maps\.test\.ts > the map of Vite's /,
    coverage: /vite\/coverage\.test\.ts > /,
  }),
  "Vite 7": vite("vite7"),
  "Vite 6": vite("vite6"),
  "Vue, Svelte": row({
    dev: /components\.test\.ts > .* > (?:has these ids|runs an edited|shows an error)/,
    build: /components\.test\.ts > .* > builds, hits/,
    maps: "not tested",
  }),
  Rollup: bundler("rollup"),
  "Rolldown, tsdown": bundler("rolldown"),
  "esbuild, tsup": bundler("esbuild"),
  "webpack, plugin": { ...bundler("webpack"), maps: /maps\.test\.ts > the map of webpack with \S+ > / },
  "webpack, loader": row({
    build: /loader\.test\.ts > the loader in webpack > compiles to functions/,
    watch: /watch\.test\.ts > webpack with the loader, watching /,
    maps: /maps\.test\.ts > the map of webpack with \S+ and the loader > /,
    coverage: "the test runner's",
  }),
  "Rspack, plugin": { ...bundler("rspack"), maps: /maps\.test\.ts > the map of rspack with \S+ > / },
  "Rspack, loader": row({
    build: /loader\.test\.ts > the loader in rspack > compiles to functions/,
    watch: /watch\.test\.ts > rspack with the loader, watching /,
    maps: /maps\.test\.ts > the map of rspack with \S+ and the loader > /,
    coverage: "the test runner's",
  }),
  "Next.js 16, Turbopack": next(16, "turbopack"),
  "Next.js 16, webpack": next(16, "webpack"),
  "Next.js 15, Turbopack": next(15, "turbopack"),
  "Next.js 15, webpack": next(15, "webpack"),
  Astro: framework("astro"),
  Nuxt: framework("nuxt"),
  Farm: row({ build: /frameworks\.test\.ts > Farm builds/ }),
  "Metro, `cached()` alone": row({ build: /frameworks\.test\.ts > Metro bundles/ }),
  Wrangler: row({ dev: /frameworks\.test\.ts > Wrangler serves/ }),
  "swc-node": row({ dev: /frameworks\.test\.ts > swc-node starts/ }),
  "tsc with ts-patch": row({
    build: /tsc\/tsc\.test\.ts > a project with \S+ > builds, hits/,
    watch: /tsc\/incremental\.test\.ts > --watch > /,
    maps: /tsc\/tsc\.test\.ts > (?:a project with \S+|CommonJS) > .*maps to the source/,
    coverage: "the test runner's",
  }),
  "`aotcache build`": row({
    build: /cli\/build\.test\.ts > a project with \S+ > builds, hits/,
    watch: /cli\/build\.test\.ts > .* > --watch builds again/,
    maps: /cli\/build\.test\.ts > .* > CommonJS has inline maps/,
    coverage: "the test runner's",
  }),
  "`aotcache rewrite`": row({
    build: /cli\/rewrite\.test\.ts > a project > is written in compiled form/,
    maps: "no line moves",
  }),
  "`aotcache/register`": row({
    dev: /register\.test\.ts > a program that is started with it alone > hits/,
    watch: "not tested",
    maps: /register\.test\.ts > a program .* alone > may have files of every kind/,
  }),
  Jest: row({
    test: /jest\/transformer\.test\.ts > compiles for the transformer/,
    watch: /jest\/transformer\.test\.ts > compiles again when a type/,
    maps: "not tested",
    coverage: /jest\/transformer\.test\.ts > .*coverage is that without it/,
  }),
  Bun: row({
    dev: /bun\.test\.ts > compiles a program, its tests and a bundle/,
    build: /bun\.test\.ts > compiles a program, its tests and a bundle/,
    test: /bun\.test\.ts > compiles a program, its tests and a bundle/,
  }),
  Deno: row({ dev: /package\/deno\.test\.ts > a program is compiled/ }),
};

/** The names of the tests of the table that passed or failed in the last run of each, with their files. */
export type Results = Readonly<Record<string, "passed" | "failed">>;

const repository = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(repository, "test/integrations/results.json");
export const PAGE: string = join(repository, "test/integrations/RESULTS.md");

export const readResults = (): Results =>
  existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Results) : {};

function textOf(cell: Cell, results: Results): string {
  if (typeof cell === "string") return cell;
  const own = Object.entries(results).filter(([name]) => cell.test(name));
  if (own.length === 0) return "not run";
  return own.every(([, state]) => state === "passed") ? "✓" : "✗";
}

/** The text of RESULTS.md. */
export function pageOf(results: Results): string {
  const rows = Object.entries(TABLE).map(
    ([tool, cells]) => `| ${tool} | ${COLUMNS.map((column) => textOf(cells[column], results)).join(" | ")} |`,
  );
  return `# What is tested in which tool

Generated by \`npm run test:integrations\`. ✓: real projects passed. *dev*: hits in development; in dev servers, an edit compiles again. *maps*: errors and breakpoints are where they are without the plugin. *coverage*: it counts what it counts without the plugin. –: the tool has no such thing.

| tool | ${COLUMNS.join(" | ")} |
| --- |${" --- |".repeat(COLUMNS.length)}
${rows.join("\n")}
`;
}

export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = Object.values(TABLE).flatMap((each) => Object.values(each));
    const results = new Map(Object.entries(readResults()));
    for (const module of modules) {
      const file = `${relative(repository, module.moduleId).replaceAll("\\", "/")} > `;
      const tests = new Map(
        [...module.children.allTests()].map((test) => [file + test.fullName, test.result()]),
      );
      // Tests that are gone, or have another name.
      for (const name of results.keys()) if (name.startsWith(file) && !tests.has(name)) results.delete(name);
      for (const [name, { state }] of tests)
        if (cells.some((cell) => typeof cell !== "string" && cell.test(name)) && state !== "skipped")
          results.set(name, state === "passed" ? "passed" : "failed");
    }
    const sorted = Object.fromEntries([...results].sort(([one], [other]) => (one < other ? -1 : 1)));
    writeFileSync(RESULTS, `${JSON.stringify(sorted, null, 2)}\n`);
    writeFileSync(PAGE, pageOf(sorted));
  }
}
