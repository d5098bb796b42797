import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { repository, shop, type Outcome } from "../../support/cli.ts";

const PROGRAM = ["--import", import.meta.resolve("tsx"), join(repository, "plugin/cli.ts")];
const env = { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, VITEST: undefined };

/** Runs the program with its output connected to a pipe, like a shell. */
function program(cwd: string, ...argv: string[]): Promise<Outcome> {
  return programWith({}, cwd, ...argv);
}

function programWith(more: NodeJS.ProcessEnv, cwd: string, ...argv: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...PROGRAM, ...argv],
      { cwd, env: { ...env, ...more } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}

it("the program exits with the code of the command, and writes no colours into a pipe", async () => {
  const app = shop({ "src/broken.ts": "// @cached tll=1\nexport const f = (n: number): number => n;\n" });
  const [well, wrong, unknown] = await Promise.all([
    program(app.root, "check", "--exclude", "src/broken.ts"),
    program(app.root, "check"),
    program(app.root, "chek"),
  ]);
  expect(well).toEqual({ code: 0, stdout: "No problems in 7 cached functions in 2 files.\n", stderr: "" });
  expect(wrong).toMatchObject({ code: 1, stderr: "" });
  expect(wrong.stdout).toMatch(/^src\/broken\.ts:1:12 error option-unknown\n/);
  expect(unknown).toEqual({
    code: 2,
    stdout: "",
    stderr: "aotcache: `chek` is not a command. Write `check`.\n",
  });
});

it("what took the time is printed at the end, once", async () => {
  const app = shop();
  const table = /aotcache +\d+\.\d\d s\n(?: {2}[a-z ]+ +\d+\.\d\d s {2}\d+ (?:file|program)s?\n){5}$/;
  const { stderr } = await program(app.root, "check", "--timing");
  expect(stderr).toMatch(table);
  expect(stderr).toMatch(/types +\d+\.\d\d s {2}[2-9] files/);
  for (const command of [["list"], ["check", "--timing"]]) {
    const again = await programWith({ AOTCACHE_TIMING: "1" }, app.root, ...command);
    expect(again.stderr).toMatch(table);
    expect(again.stderr.match(/stored results/g)).toHaveLength(1);
  }
});

it("all output reaches a pipe, and a pipe that closes early is not a failure", async () => {
  const many = Array.from(
    { length: 300 },
    (_, i) => `// @cached\nexport const f${i} = (n: number): number => n + ${i};\n`,
  );
  const app = shop({ "src/many.ts": many.join("\n") });
  const { stdout } = await program(app.root, "list", "--json");
  expect(JSON.parse(stdout)).toHaveLength(307);

  const child = spawn(process.execPath, [...PROGRAM, "list", "--json"], { cwd: app.root, env });
  child.stdout.destroy();
  const said = text(child.stderr);
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect({ code, said: await said }).toEqual({ code: 0, said: "" });
});
