/** Projects of Jest with the built package, as its users have it. */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";
import { node, repository, type Outcome } from "./bundlers.ts";
import { installed } from "./installed.ts";

const folder = join(repository, ".tmp/jest");
const packages = join(folder, "packages");

const TOOLS = ["jest@30", "ts-jest@29", "@swc/jest@0.2", "@types/jest@30", "typescript@5.9"];

/** A project on disk. It is removed when the test ends. */
export interface JestProject {
  readonly root: string;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Makes an installed package, or a scope, visible to the files in a folder of the project. */
  link(name: string, folder?: string): void;
  run(...args: string[]): Promise<Outcome>;
  /** Starts Jest in watch mode. */
  watch(): JestWatch;
}

/** Jest in watch mode. */
export interface JestWatch {
  /** The output of the next run. */
  next(): Promise<string>;
}

const JEST = join(packages, "node_modules/jest/bin/jest.js");

export async function jestProject(files: Readonly<Record<string, string>>): Promise<JestProject> {
  await installed("jest/packages", TOOLS);
  const root = mkdtempSync(join(folder, "project-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  // A copy: Jest takes no notice of packages outside of its project.
  for (const part of ["package.json", "dist"])
    cpSync(join(repository, part), join(root, "node_modules/aotcache", part), { recursive: true });
  const project: JestProject = {
    root,
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    link(name, at = ".") {
      mkdirSync(join(root, at, "node_modules"), { recursive: true });
      symlinkSync(join(packages, "node_modules", name), join(root, at, "node_modules", name), "junction");
    },
    run: (...args) => node(root, "--experimental-vm-modules", "--no-warnings", JEST, ...args),
    watch() {
      const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", CI: undefined, VITEST: undefined };
      const child = spawn(process.execPath, [JEST, "--watchAll", "-i"], { cwd: root, env });
      onTestFinished(() => void child.kill("SIGKILL"));
      let [output, end] = ["", 0];
      const waiting: (() => void)[] = [];
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => {
          output += stripVTControlCharacters(data.toString());
          for (const check of waiting) check();
        });
      return {
        next: () =>
          new Promise((resolve) => {
            const check = (): void => {
              const at = output.indexOf("Ran all test suites", end);
              if (at < 0) return;
              const run = output.slice(end, at);
              end = at + 1;
              waiting.length = 0;
              resolve(run);
            };
            waiting.push(check);
            check();
          }),
      };
    },
  };
  for (const name of ["jest", "@types", "typescript"]) project.link(name);
  const compilerOptions = {
    strict: true,
    target: "es2022",
    module: "commonjs",
    moduleResolution: "node10",
    types: ["jest"],
  };
  const all = {
    "package.json": '{ "name": "shop", "private": true }',
    "tsconfig.json": JSON.stringify({ compilerOptions }),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) project.write(path, text);
  return project;
}

/** Options of every project: without them, Jest may ask a service of the machine for the files. */
export const JEST_OPTIONS = { testEnvironment: "node", haste: { forceNodeFilesystemAPI: true } };

/** Runs Jest with ts-jest on files. */
export async function jest(files: Readonly<Record<string, string>>): Promise<Outcome> {
  const config = { ...JEST_OPTIONS, preset: "ts-jest" };
  const project = await jestProject({ "jest.config.json": JSON.stringify(config), ...files });
  project.link("ts-jest");
  return project.run("--no-cache");
}
