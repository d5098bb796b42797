/** Projects on disk in which tests run the command line. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { main } from "../../plugin/cli/main.ts";

export const repository: string = fileURLToPath(new URL("../..", import.meta.url));

/** A project on disk. It is removed when the test ends. */
export interface CliApp {
  readonly root: string;
  at(path: string): string;
  read(path: string): string;
  write(path: string, text: string): void;
  remove(path: string): void;
  /** Runs the command line in the root of the project. */
  run(...argv: readonly string[]): Promise<Outcome>;
  runIn(folder: string, ...argv: readonly string[]): Promise<Outcome>;
  runAs(world: CommandEnvironment, ...argv: readonly string[]): Promise<Outcome>;
}

/** The environment of a command, except for the files. */
export interface CommandEnvironment {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are terminals. */
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly folder?: string;
  /** Answers questions. */
  readonly confirm?: () => Promise<boolean>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Creates a project with the given files. */
export function project(files: Readonly<Record<string, string>> = {}, folder = "."): CliApp {
  mkdirSync(join(repository, ".tmp"), { recursive: true });
  const top = mkdtempSync(join(repository, ".tmp/cli-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true, maxRetries: 3 }));
  const root = join(top, folder);
  mkdirSync(root, { recursive: true });
  const app: CliApp = {
    root,
    at: (path) => join(root, path),
    read: (path) => readFileSync(join(root, path), "utf8"),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    run: (...argv) => app.runAs({}, ...argv),
    runIn: (inside, ...argv) => app.runAs({ folder: inside }, ...argv),
    async runAs({ env = {}, terminal = false, columns = 80, folder: inside = ".", confirm }, ...argv) {
      const written = { stdout: "", stderr: "" };
      const output = (name: "stdout" | "stderr"): object => ({
        isTTY: terminal,
        columns,
        write: (text: string) => (written[name] += text),
      });
      const io = {
        cwd: resolve(root, inside),
        env,
        stdout: output("stdout"),
        stderr: output("stderr"),
        confirm,
      };
      const code = await main(argv, io as Parameters<typeof main>[1]);
      return { code, ...written };
    },
  };
  for (const [path, text] of Object.entries(files)) app.write(path, text);
  return app;
}

/** Copies `fixtures/apps/cli`. `files` replaces files or adds some. */
export function shop(files: Readonly<Record<string, string>> = {}, folder = "."): CliApp {
  const app = project({}, folder);
  cpSync(join(repository, "fixtures/apps/cli"), app.root, { recursive: true });
  for (const [path, text] of Object.entries(files)) app.write(path, text);
  return app;
}

/** Replaces versions, which change with every edit of the fixtures. */
export const withoutVersions = (text: string): string =>
  text.replace(/@[\da-f]{8}\b|(?<=version\W+)[\da-f]{8}\b/g, (found) =>
    found.startsWith("@") ? "@<version>" : "<version>",
  );
