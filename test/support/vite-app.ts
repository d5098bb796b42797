/** Projects on disk that are built or served by Vite. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, type InlineConfig, type ViteDevServer } from "vite";
import { onTestFinished } from "vitest";
import type { CompilerOptions } from "../../src/index.ts";
import aotcache from "../../plugin/vite.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A project on disk. It is removed when the test ends. */
export interface App {
  readonly root: string;
  at(path: string): string;
  read(path: string): string;
  write(path: string, text: string): void;
  edit(path: string, from: string, to: string): void;
  remove(path: string): void;
}

/**
 * Copies `fixtures/apps/vite`. `files` replaces files or adds some. The copy is not in `node_modules`, which
 * Vite's watcher and the plugin ignore.
 */
export function copyApp(files: Readonly<Record<string, string>> = {}, folder = "."): App {
  mkdirSync(join(repository, ".tmp"), { recursive: true });
  const top = mkdtempSync(join(repository, ".tmp/vite-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true, maxRetries: 3 }));
  const root = join(top, folder);
  cpSync(join(repository, "fixtures/apps/vite"), root, {
    recursive: true,
    filter: (path) => !path.endsWith("dist"),
  });
  const app: App = {
    root,
    at: (path) => join(root, path),
    read: (path) => readFileSync(join(root, path), "utf8"),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    edit(path, from, to) {
      const text = app.read(path);
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      app.write(path, text.replaceAll(from, to));
    },
    remove: (path) => rmSync(join(root, path)),
  };
  for (const [path, text] of Object.entries(files)) app.write(path, text);
  return app;
}

/** A configuration of Vite with the plugin from the sources. It does not listen on a port. */
export function configOf(app: App, options: CompilerOptions = {}, more: InlineConfig = {}): InlineConfig {
  return {
    root: app.root,
    configFile: false,
    logLevel: "silent",
    cacheDir: app.at(".vite"),
    plugins: [aotcache(options)],
    resolve: {
      alias: [
        { find: /^aotcache$/, replacement: join(repository, "runtime/index.ts") },
        { find: /^aotcache\/internal$/, replacement: join(repository, "runtime/internal.ts") },
      ],
    },
    optimizeDeps: { noDiscovery: true, exclude: ["aotcache"] },
    server: { middlewareMode: true, ws: false },
    ...more,
  };
}

/** Starts a dev server that is closed when the test ends. */
export async function serve(config: InlineConfig): Promise<ViteDevServer> {
  const server = await createServer(config);
  onTestFinished(() => server.close());
  return server;
}

/** The output of a process. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node.js in the project. */
export async function node(app: App, ...args: string[]): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", NODE_ENV: undefined, VITEST: undefined };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: app.root, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

/** Runs a program of the repository's `node_modules` in the project, like `npx`. */
export function bin(app: App, name: "vite" | "vitest", ...args: string[]): Promise<Outcome> {
  const file = { vite: "vite/bin/vite.js", vitest: "vitest/vitest.mjs" }[name];
  return node(app, join(repository, "node_modules", file), ...args);
}

/** `namespace:name@version` of each function in compiled code. */
export function idsIn(code: string): string[] {
  const ids = code.matchAll(/\bid:\s*\[\s*"([^"]+)",\s*"([^"]+)",\s*"([^"]+)"\s*\]/g);
  return [...ids].map(([, namespace, name, version]) => `${namespace}:${name}@${version}`);
}
