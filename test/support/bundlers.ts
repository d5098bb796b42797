/** Projects on disk that are built by a real bundler. */
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";

export const repository: string = fileURLToPath(new URL("../..", import.meta.url));

/** How the project of each integration is built: a program in the repository's `node_modules` and its arguments. */
const BUILDS = {
  rollup: ["rollup/dist/bin/rollup", "-c"],
  rolldown: ["rolldown/bin/cli.mjs", "-c"],
  tsdown: ["tsdown/dist/run.mjs"],
  tsup: ["tsup/dist/cli-default.js"],
  esbuild: ["build.js"],
  webpack: ["run.js"],
  rspack: ["run.js"],
  vue: ["vite/bin/vite.js", "build", "--ssr", "src/main.ts"],
  svelte: ["vite/bin/vite.js", "build", "--ssr", "src/main.ts"],
  vite: ["vite/bin/vite.js", "build", "--ssr", "src/main.ts"],
  vite6: ["vite6/bin/vite.js", "build", "--ssr", "src/main.ts"],
  vite7: ["vite7/bin/vite.js", "build", "--ssr", "src/main.ts"],
} as const;

export type Integration = keyof typeof BUILDS;
/** The integrations whose projects are the same program. */
export const INTEGRATIONS: readonly Integration[] = (Object.keys(BUILDS) as Integration[]).filter(
  (integration) => integration !== "vue" && integration !== "svelte",
);

/** A project on disk that has the package installed. It is removed when the test ends. */
export interface TestProject {
  readonly root: string;
  at(path: string): string;
  read(path: string): string;
  write(path: string, text: string): void;
  edit(path: string, from: string, to: string): void;
  /** All files below a folder: path and text. */
  texts(folder: string): Record<string, string>;
}

/** Creates an empty folder that has this package in its `node_modules`. */
export function emptyProject(folder = "shop"): TestProject {
  mkdirSync(join(repository, ".tmp"), { recursive: true });
  const top = mkdtempSync(join(repository, ".tmp/integrations-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true, maxRetries: 3 }));
  const root = join(top, folder);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  // Other packages resolve to the repository's `node_modules`; this one needs a link.
  symlinkSync(repository, join(root, "node_modules/aotcache"), "junction");
  const shop: TestProject = {
    root,
    at: (path) => join(root, path),
    read: (path) => readFileSync(join(root, path), "utf8"),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    edit(path, from, to) {
      const text = shop.read(path);
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      shop.write(path, text.replaceAll(from, to));
    },
    texts: (path) =>
      Object.fromEntries(
        readdirSync(join(root, path), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((file) => [file, readFileSync(file, "utf8")]),
      ),
  };
  return shop;
}

/** Copies the project of an integration from `fixtures/apps`, and adds or replaces files. */
export function copyProject(
  integration: Integration | "register",
  files: Readonly<Record<string, string>> = {},
  folder?: string,
): TestProject {
  const shop = emptyProject(folder);
  const isVite = integration.startsWith("vite");
  // Vite's own project is one for browsers: here its configuration builds the program of the others.
  cpSync(join(repository, "fixtures/apps", isVite ? "rolldown" : integration), shop.root, {
    recursive: true,
  });
  if (isVite) {
    const config = readFileSync(join(repository, "fixtures/apps/vite/vite.config.ts"), "utf8");
    shop.write(
      "vite.config.ts",
      config.replace("[aotcache()],", '[aotcache()], build: { target: "node20", sourcemap: true },'),
    );
    symlinkSync(join(repository, "node_modules", integration), shop.at("node_modules/vite"), "junction");
  }
  // What webpack-cli and Rspack's do.
  const host =
    integration === "webpack" ? 'webpack from "webpack"' : '{ rspack as webpack } from "@rspack/core"';
  if (integration === "webpack" || integration === "rspack")
    shop.write(
      "run.js",
      `import ${host};
import config from "./${integration}.config.js";
webpack(config, (error, stats) => {
  if (error || stats.hasErrors()) process.exitCode = 1;
  console.error(error ?? stats.toString({ all: false, errors: true, warnings: true }));
});`,
    );
  for (const [path, text] of Object.entries(files)) shop.write(path, text);
  return shop;
}

/** The output of a process, without colours. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Builds the project of an integration as its user does. */
export function build(shop: TestProject, integration: Integration): Promise<Outcome> {
  const [program, ...rest] = BUILDS[integration];
  const path = program.includes("/") ? join(repository, "node_modules", program) : program;
  return node(shop.root, path, ...rest);
}

/** Runs Node.js in a folder. */
export async function node(cwd: string, ...args: string[]): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_ENV: undefined, VITEST: undefined };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) });
    });
  });
}

/** Runs the built program and parses what it prints. */
export async function run(shop: TestProject, file = "dist/main.js"): Promise<unknown> {
  const { code, stdout, stderr } = await node(shop.root, file);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
