/** Projects of Astro, Nuxt, Farm, Metro, Wrangler and swc-node, from `fixtures/apps`, with the built package, as their users have them. */
import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { repository } from "./bundlers.ts";
import { installed } from "./installed.ts";
import { serveWeb, type WebServer } from "./web-server.ts";

/** They need a newer Node.js than this repository does. */
const NODE = `node-${process.platform.replace("win32", "win")}-${process.arch}`;

interface Framework {
  readonly packages: readonly string[];
  readonly command: string;
  /** The arguments behind `build`. */
  readonly build?: readonly string[];
  /** What runs after a build. */
  readonly server: string;
  readonly ready: Readonly<Record<"dev" | "built", string>>;
}

const FRAMEWORKS = {
  astro: {
    packages: ["astro@7", "@astrojs/node@11"],
    command: "astro/bin/astro.mjs",
    server: "dist/server/entry.mjs",
    ready: { dev: "watching for file changes", built: "listening on" },
  },
  nuxt: {
    packages: ["nuxt@4", "vue@3", "vue-router@4"],
    command: "nuxt/bin/nuxt.mjs",
    server: ".output/server/index.mjs",
    ready: { dev: "Nitro server built", built: "Listening on" },
  },
  farm: {
    packages: ["@farmfe/cli@1", "@farmfe/core@1"],
    command: "@farmfe/cli/bin/farm.mjs",
    server: "dist/main.js",
    ready: { dev: "", built: "" },
  },
  metro: {
    packages: [
      "metro@0.87",
      "@babel/core@7",
      "@babel/runtime@7",
      "@react-native/babel-preset@0.88",
      "@react-native/metro-config@0.88",
    ],
    command: "metro/src/cli.js",
    build: ["src/main.ts", "--out", "bundle.js"],
    server: "bundle.js",
    ready: { dev: "", built: "" },
  },
  wrangler: {
    packages: ["wrangler@4"],
    command: "wrangler/bin/wrangler.js",
    server: "",
    ready: { dev: "Ready on", built: "" },
  },
} as const satisfies Readonly<Record<string, Framework>>;

export type FrameworkName = keyof typeof FRAMEWORKS;

export interface FrameworkProject {
  read(path: string): string;
  edit(path: string, from: string, to: string): void;
  /** Builds the project, and returns what that printed. */
  build(): Promise<string>;
  /** Runs what was built until it ends, and returns what that printed. */
  run(): Promise<string>;
  /** Starts what was built, or the server for development, until the test ends. */
  serve(command: "built" | "dev"): Promise<WebServer>;
}

/** Copies the project. It is removed when the test ends. */
export async function frameworkProject(name: FrameworkName): Promise<FrameworkProject> {
  const { packages, command, build = [], server, ready }: Framework = FRAMEWORKS[name];
  const { folder } = await installed(name, [`${NODE}@24`, ...packages]);
  const root = mkdtempSync(join(folder, "project-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  cpSync(join(repository, "fixtures/apps", name), root, { recursive: true });
  for (const part of ["package.json", "dist"])
    cpSync(join(repository, part), join(root, "node_modules/aotcache", part), { recursive: true });
  for (const each of ["ts-morph", "@ts-morph"])
    symlinkSync(join(repository, "node_modules", each), join(root, "node_modules", each), "junction");
  // As npm links the command, for configurations that run it.
  mkdirSync(join(root, "node_modules/.bin"));
  chmodSync(join(root, "node_modules/aotcache/dist/plugin/cli.js"), 0o755);
  symlinkSync("../aotcache/dist/plugin/cli.js", join(root, "node_modules/.bin/aotcache"));
  const node = join(folder, "node_modules", NODE, process.platform === "win32" ? "node.exe" : "bin/node");
  const program = join(folder, "node_modules", command);
  const PATH = [join(root, "node_modules/.bin"), dirname(node), process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH, NO_COLOR: "1", NODE_ENV: undefined, VITEST: undefined };
  const output = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)(node, args, { cwd: root, env });
    return stdout + stderr;
  };
  const project: FrameworkProject = {
    read: (path) => readFileSync(join(root, path), "utf8"),
    edit(path, from, to) {
      const text = project.read(path);
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      writeFileSync(join(root, path), text.replaceAll(from, to));
    },
    build: () => output(program, "build", ...build),
    run: () => output(server),
    serve: (kind) =>
      serveWeb(root, {
        node,
        env: { PATH },
        args: kind === "dev" ? [program, "dev"] : [server],
        ...(kind === "dev" && { portFlag: "--port" }),
        ready: ready[kind],
      }),
  };
  return project;
}
