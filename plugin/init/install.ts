/** Installs packages with the package manager of the project. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { detect, resolveCommand, type Agent } from "package-manager-detector";

/** Found by lock file and by the fields of package.json, here or in a folder above. Default: npm. */
export async function packageManagerIn(folder: string): Promise<Agent> {
  const found = await detect({ cwd: folder });
  return found?.agent ?? "npm";
}

/** What is not installed yet, as a package manager takes it. */
export interface MissingPackages {
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** A command line, as a user would write it. */
export type CommandLine = readonly string[];

/** Returns the commands that install what is missing. */
export function installCommands(
  folder: string,
  agent: Agent,
  { dependencies, devDependencies }: MissingPackages,
): readonly CommandLine[] {
  // The root of a workspace has to be named.
  const flags =
    agent === "pnpm" && existsSync(join(folder, "pnpm-workspace.yaml")) ? ["--workspace-root"] : [];
  const dev = agent === "npm" || agent.startsWith("pnpm") ? "--save-dev" : "--dev";
  return [
    ...(dependencies.length > 0 ? [[...flags, ...dependencies]] : []),
    ...(devDependencies.length > 0 ? [[...flags, dev, ...devDependencies]] : []),
  ].map((args) => commandLine(agent, "add", args));
}

/** Returns the command that runs an installed program. */
export const runCommand = (agent: Agent, ...args: readonly string[]): CommandLine =>
  commandLine(agent, "execute-local", args);

function commandLine(agent: Agent, kind: "add" | "execute-local", args: readonly string[]): CommandLine {
  const resolved = resolveCommand(agent, kind, [...args]) ?? { command: "npx", args };
  return [resolved.command, ...resolved.args];
}

/** Runs a command in a folder, with its output. Returns whether it succeeded. */
export async function run(folder: string, [program = "", ...args]: CommandLine): Promise<boolean> {
  const child = spawn(program, args, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}
