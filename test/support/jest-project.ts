/** A project of Jest, with ts-jest and the built package, as its user has it. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { node, repository, type Outcome } from "./bundlers.ts";

const packages = join(repository, ".tmp/jest");

const TOOLS = ["jest@30", "ts-jest@29", "@types/jest@30", "typescript@5.9"];

/** Installs Jest, which this repository does not use itself, once. */
async function install(): Promise<void> {
  if (existsSync(join(packages, "done"))) return;
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(packages, "package.json"), '{ "private": true }');
  const args = ["install", "--prefix", ".", "--no-audit", "--no-fund", ...TOOLS];
  await promisify(execFile)("npm", args, { cwd: packages });
  writeFileSync(join(packages, "done"), "");
}

/** Runs Jest on files, and removes them. */
export async function jest(files: Readonly<Record<string, string>>): Promise<Outcome> {
  await install();
  const root = mkdtempSync(join(packages, "project-"));
  try {
    // A copy: Jest takes no notice of packages outside of its project.
    for (const part of ["package.json", "dist"])
      cpSync(join(repository, part), join(root, "node_modules/aotcache", part), { recursive: true });
    const config = {
      name: "shop",
      private: true,
      jest: { preset: "ts-jest", testEnvironment: "node", haste: { forceNodeFilesystemAPI: true } },
    };
    const compilerOptions = {
      strict: true,
      target: "es2022",
      module: "commonjs",
      moduleResolution: "node10",
      types: ["jest"],
    };
    const all = {
      "package.json": JSON.stringify(config),
      "tsconfig.json": JSON.stringify({ compilerOptions }),
      ...files,
    };
    for (const [path, text] of Object.entries(all)) writeFileSync(join(root, path), text);
    return await node(root, join(packages, "node_modules/jest/bin/jest.js"), "--no-cache");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
