/** A project of Next.js, from `fixtures/apps/next`, with the built package, as its user has it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { node, repository, type Outcome } from "./bundlers.ts";
import { installed } from "./installed.ts";
import { serveWeb, type WebServer } from "./web-server.ts";

export type NextVersion = 15 | 16;
export type NextBundler = "turbopack" | "webpack";

const folderOf = (version: NextVersion): string => join(repository, ".tmp/next", String(version));
const commandOf = (version: NextVersion): string =>
  join(folderOf(version), "node_modules/next/dist/bin/next");

async function install(version: NextVersion): Promise<string> {
  const tools = [`next@${version}`, "react@19", "react-dom@19", "@types/react@19"];
  return (await installed(`next/${version}`, tools)).folder;
}

export interface NextProject {
  readonly root: string;
  read(path: string): string;
  edit(path: string, from: string, to: string): void;
  /** Runs `next build`. */
  build(): Promise<Outcome>;
  /** Starts `next start` or `next dev`, until the test ends. */
  serve(command: "start" | "dev"): Promise<WebServer>;
}

/** Copies the project. It is removed when the test ends. */
export async function nextProject(version: NextVersion, bundler: NextBundler): Promise<NextProject> {
  const packages = await install(version);
  const root = mkdtempSync(join(packages, "project-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  cpSync(join(repository, "fixtures/apps/next"), root, { recursive: true });
  // A copy, because Turbopack does not follow links out of its root.
  for (const part of ["package.json", "dist"])
    cpSync(join(repository, part), join(root, "node_modules/aotcache", part), { recursive: true });
  const project: NextProject = {
    root,
    read: (path) => readFileSync(join(root, path), "utf8"),
    edit(path, from, to) {
      const text = project.read(path);
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      writeFileSync(join(root, path), text.replaceAll(from, to));
    },
    build: () => node(root, commandOf(version), "build", ...flagsOf(version, bundler)),
    serve: (command) =>
      serveWeb(root, {
        args: [commandOf(version), command, ...(command === "dev" ? flagsOf(version, bundler) : [])],
        portFlag: "--port",
        ready: "Ready in",
      }),
  };
  // The folder that holds Next.js, and not that of this repository. Maps, for the stacks.
  project.edit(
    "next.config.ts",
    "reactStrictMode: true,",
    `turbopack: { root: ${JSON.stringify(packages)} }, experimental: { serverSourceMaps: true },`,
  );
  return project;
}

const flagsOf = (version: NextVersion, bundler: NextBundler): string[] =>
  version === 15 ? (bundler === "turbopack" ? ["--turbopack"] : []) : [`--${bundler}`];
