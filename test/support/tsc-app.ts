/** Projects on disk that are compiled by tsc, tspc or `aotcache build`. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";
import { createCompiler, type Site } from "../../src/index.ts";
import { emptyProject, repository, type Outcome, type TestProject } from "./bundlers.ts";

/** The installed releases of TypeScript, by package name. */
export type TypeScript = "typescript5.4" | "typescript5.9" | "typescript" | "typescript7";

const versionOf = (typescript: TypeScript): string =>
  (JSON.parse(readFileSync(join(packageOf(typescript), "package.json"), "utf8")) as { version: string })
    .version;

const packageOf = (name: string): string => join(repository, "node_modules", name);

/** Copies a project from `fixtures/apps`. Its `typescript` is the given release. */
export function copyApp(
  name: string,
  typescript: TypeScript,
  files: Readonly<Record<string, string>> = {},
): TestProject {
  const shop = emptyProject();
  cpSync(join(repository, "fixtures/apps", name), shop.root, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|dist)$/.test(path),
  });
  symlinkSync(packageOf(typescript), shop.at("node_modules/typescript"), "junction");
  if (existsSync(shop.at("packages/core"))) {
    // Does what npm does for workspaces.
    mkdirSync(shop.at("node_modules/@shop"));
    symlinkSync(shop.at("packages/core"), shop.at("node_modules/@shop/core"), "junction");
  }
  for (const [path, text] of Object.entries(files)) shop.write(path, text);
  return shop;
}

/** Changes compiler options in a tsconfig. */
export function setOptions(shop: TestProject, options: object, path = "tsconfig.json"): void {
  const config = JSON.parse(shop.read(path)) as { compilerOptions: object };
  shop.write(path, JSON.stringify({ ...config, compilerOptions: { ...config.compilerOptions, ...options } }));
}

/** Runs `tspc` of the ts-patch that supports a release of TypeScript. */
export function tspc(shop: TestProject, typescript: TypeScript, ...args: string[]): Promise<Outcome> {
  const { file, leading, env } = tspcCommand(typescript);
  return execute(shop, { file, env, args: [...leading, ...args] });
}

/** Starts `tspc` with arguments such as `--watch`; it runs until the test ends. */
export function watchTspc(shop: TestProject, typescript: TypeScript, ...args: string[]): Watcher {
  const { file, leading, env } = tspcCommand(typescript);
  return watch(spawn(file, [...leading, ...args], { cwd: shop.root, env }));
}

/** Starts `aotcache build --watch`. */
export function watchBuild(shop: TestProject): Watcher {
  const built = JSON.stringify(join(repository, "dist/plugin/cli/build/index.js"));
  const script = `const { build } = await import(${built}); process.exit(await build({ watch: true }));`;
  const args = ["--input-type=module", "--eval", script];
  return watch(spawn(process.execPath, args, { cwd: shop.root, env: environment() }));
}

/** Runs the project's own tsc. */
export function tsc(shop: TestProject, typescript: TypeScript, ...args: string[]): Promise<Outcome> {
  return execute(shop, {
    file: process.execPath,
    env: environment(),
    args: [join(packageOf(typescript), "bin/tsc"), ...args],
  });
}

/** Runs a program of the project and parses what it prints. */
export async function run(shop: TestProject, file = "dist/main.js"): Promise<unknown> {
  const outcome = await execute(shop, { file: process.execPath, env: environment(), args: [file] });
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout);
}

/**
 * Starts a server that prints its address; it runs until the test ends. Returns a function that sends it a
 * request.
 */
export async function startServer(
  shop: TestProject,
  file: string,
): Promise<(path: string) => Promise<unknown>> {
  const env = { ...environment(), PORT: "0" };
  const server = watch(spawn(process.execPath, [file], { cwd: shop.root, env }));
  const [address = ""] = /http:\S+/.exec(await server.until(/http:\S+\n/)) ?? [];
  return async (path) => (await fetch(address + path)).json();
}

/** `namespace:name@version` of each marked function of a file, from the compiler. */
export async function idsOf(shop: TestProject, path: string): Promise<string[]> {
  const compiler = await createCompiler({ root: shop.root });
  const { sites } = compiler.compile(path, shop.read(path));
  return sites.map(({ id }: Site) => `${id.namespace}:${id.name}@${id.version}`);
}

/** `namespace:name@version` of each function in built code. */
export function idsIn(code: string): string[] {
  const ids = code.matchAll(/\bid:\s*\[\s*"([^"]+)",\s*"([^"]+)",\s*"([^"]+)"\s*\]/g);
  return [...ids].map(([, namespace, name, version]) => `${namespace}:${name}@${version}`);
}

/** A process that keeps running, and its output. */
export interface Watcher {
  /** Resolves when it has printed something that matches, after the match of the previous call. */
  until(pattern: RegExp): Promise<string>;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

function tspcCommand(typescript: TypeScript): Omit<Command, "args"> & { readonly leading: string[] } {
  const is6 = versionOf(typescript).startsWith("6.");
  const program = join(packageOf(is6 ? "ts-patch4" : "ts-patch3"), "bin/tspc.js");
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const env = {
    ...environment(),
    // With a link, ts-patch would use the TypeScript of the repository.
    TSP_COMPILER_TS_PATH: packageOf(typescript),
    TSP_CACHE_DIR: join(repository, ".tmp/ts-patch", typescript),
  };
  mkdirSync(dirname(env.TSP_CACHE_DIR), { recursive: true });
  // ts-patch 4 needs module.registerHooks().
  if (is6 && (major < 22 || (major === 22 && minor < 15)))
    return { file: "npx", leading: ["-y", "-p", "node@22", "node", program], env };
  return { file: process.execPath, leading: [program], env };
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_ENV: undefined, VITEST: undefined };
}

function execute({ root: cwd }: TestProject, { file, args, env }: Command): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, [...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) });
    });
  });
}

function watch(child: ChildProcess): Watcher {
  let text = "";
  let wake = (): void => {};
  const append = (chunk: Buffer): void => {
    text += stripVTControlCharacters(chunk.toString("utf8"));
    wake();
  };
  child.stdout!.on("data", append);
  child.stderr!.on("data", append);
  child.on("exit", () => wake());
  // Until it has ended, it may write into the folder, which could then not be removed.
  onTestFinished(async () => {
    if (child.kill()) await once(child, "exit");
  });
  return {
    async until(pattern) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) {
          const end = found.index + found[0].length;
          const printed = text.slice(0, end);
          text = text.slice(end);
          return printed;
        }
        if (child.exitCode !== null)
          throw new Error(`The process ended with code ${child.exitCode}:\n${text}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
