/** The generated applications are whole: the compiler finds their files and marks, and each import leads to a file. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { listProject } from "../../src/index.ts";

interface Application {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly markedPaths: readonly string[];
}
interface Shape {
  readonly files: number;
  readonly marked: number;
  readonly projects?: number;
  readonly error?: boolean;
}

const { makeApplication, PACKAGES } = (await import("./lib/application.mjs" as string)) as {
  makeApplication(shape: Shape): Application;
  readonly PACKAGES: readonly string[];
};

it.each<[what: string, shape: Shape]>([
  ["with aliases, and an error", { files: 18, marked: 4, error: true }],
  ["of projects that refer to each other", { files: 18, marked: 4, projects: 2 }],
])("an application %s is whole", async (_what, shape) => {
  const { folder, paths, markedPaths } = makeApplication(shape);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const project = await listProject({ from: folder });
  for (const path of paths) expect(project.files).toContain(path);
  const marks = markedPaths.map((path) => readFileSync(path, "utf8").split("@cached").length - 1);
  expect(marks).toEqual(shape.error ? [2, 3] : [2, 2]);
  for (const path of paths) {
    for (const [, specifier] of readFileSync(path, "utf8").matchAll(/from "([^"]+)"/g)) {
      if (!/^[.@]/.test(specifier!) || specifier!.endsWith(".css")) continue;
      const target = specifier!.startsWith(".")
        ? join(dirname(path), specifier!)
        : aliased(folder, specifier!);
      const files = [`${target}.ts`, `${target}.tsx`, `${target}/index.ts`];
      expect(
        files.some((file) => existsSync(file)),
        `${relative(folder, path)}: ${specifier}`,
      ).toBe(true);
    }
  }
});

function aliased(folder: string, specifier: string): string {
  const [, project, feature] = /^@app\/(?:(p\d+)\/)?(feature\d+)$/.exec(specifier)!;
  return join(folder, project === undefined ? "src/features" : `packages/${project}/src`, feature!);
}

it("the packages of the applications are installed with the benchmarks", () => {
  const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
    readonly dependencies: object;
  };
  expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining([...PACKAGES]));
});
