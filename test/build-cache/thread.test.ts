/** The compiler in a thread of its own returns what a compiler in this thread returns. Reads `dist`. */
import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ThreadedCompiler } from "../../src/index.ts";
import { type BuildCacheProject, buildCacheProject, type Files } from "../support/build-cache-project.ts";

const DIST = pathToFileURL(fileURLToPath(new URL("../../dist/src/index.js", import.meta.url))).href;
const { createThreadedCompiler } = (await import(
  /* @vite-ignore */ DIST
)) as typeof import("../../src/index.ts");

const OPTIONS = { allow: ["cheap", "result-aliases"] };

function threadOf(project: BuildCacheProject): ThreadedCompiler {
  const compiler = createThreadedCompiler({ root: project.root, ...OPTIONS });
  onTestFinished(() => compiler.close());
  return compiler;
}

const texts = (project: BuildCacheProject, paths: readonly string[]): (string | undefined)[] =>
  paths.map((path) => project.fresh(path).code);

const entries = (project: BuildCacheProject): string[] => {
  try {
    return readdirSync(project.cacheFolder).filter((name) => name.endsWith(".entry"));
  } catch {
    return [];
  }
};

/** Fills the build cache. */
async function stored(files: Files = {}): Promise<BuildCacheProject> {
  const project = buildCacheProject(files);
  const compiler = threadOf(project);
  for (const path of ["src/users.ts", "src/boxes.ts"]) await compiler.compile(path, project.read(path));
  await compiler.close();
  return project;
}

it("compiles like a compiler in this thread", async () => {
  const project = buildCacheProject();
  const compiler = threadOf(project);
  const paths = ["src/users.ts", "src/boxes.ts", "src/alone.ts"];
  const compilations = await Promise.all(paths.map((path) => compiler.compile(path, project.read(path))));
  expect(compilations.map(({ code }) => code)).toEqual(texts(project, paths));
});

it("sees a reported edit of a type", async () => {
  const project = buildCacheProject();
  const compiler = threadOf(project);
  const compiled = async (): Promise<string> =>
    (await compiler.compile("src/users.ts", project.read("src/users.ts"))).sites[0]!.id.version;
  const before = await compiled();
  project.edit("src/three.ts", "number", "string");
  compiler.invalidate("src/three.ts");
  const after = await compiled();
  expect(after).not.toBe(before);
  expect(after).toBe(project.fresh("src/users.ts").sites[0]!.id.version);
});

it("stores its results when it is closed, and answers from them", async () => {
  const project = await stored();
  expect(entries(project)).toHaveLength(2);
  const { code } = await threadOf(project).compile("src/users.ts", project.read("src/users.ts"));
  expect(code).toBe(project.fresh("src/users.ts").code);
});

it("starts again after it was closed", async () => {
  const project = await stored();
  const compiler = threadOf(project);
  await compiler.compile("src/alone.ts", project.read("src/alone.ts"));
  await compiler.close();
  project.edit("src/alone.ts", "2 * n", "n + n");
  const { code } = await compiler.compile("src/alone.ts", project.read("src/alone.ts"));
  expect(code).toBe(project.fresh("src/alone.ts").code);
});

it("reports an id that a file answered from the build cache has", async () => {
  const again = "// @cached namespace=app/src/users name=find\nexport const again = (n: number) => n + 1;\n";
  const project = await stored({ "src/again.ts": again });
  const compiler = threadOf(project);
  await compiler.compile("src/users.ts", project.read("src/users.ts"));
  const { diagnostics } = await compiler.compile("src/again.ts", again);
  expect(diagnostics.map(({ name }) => name)).toEqual(["id-duplicate"]);
  // In the other order, the conflict is found in the file that was stored.
  const reverse = threadOf(project);
  await reverse.compile("src/again.ts", again);
  const { diagnostics: found } = await reverse.compile("src/users.ts", project.read("src/users.ts"));
  expect(found.map(({ name }) => name)).toEqual(["id-duplicate"]);
});

it("rejects with the errors of its thread", async () => {
  const project = buildCacheProject({ "tsconfig.json": "{ broken" });
  const compile = threadOf(project).compile("src/users.ts", project.read("src/users.ts"));
  await expect(compile).rejects.toThrow(/^aotcache: .*tsconfig\.json/);
});

it("preloads the marked files that have no stored result, and claims no ids for them", async () => {
  const users = "// @cached namespace=app/src/users name=find\nexport const copy = (n: number) => n;\n";
  const project = buildCacheProject({ "src/copy.ts": users, "src/skipped.ts": users });
  const compiler = threadOf(project);
  compiler.preload({ folder: project.root, include: [/\.ts$/], exclude: [/skipped/, /node_modules/] });
  // Users, boxes, alone, the copy, and a file that only names the word.
  await vi.waitFor(() => expect(entries(project)).toHaveLength(5), { timeout: 20_000 });
  const { diagnostics } = await compiler.compile("src/users.ts", project.read("src/users.ts"));
  expect(diagnostics).toEqual([]);
});
