import { describe, expect, it } from "vitest";
import { project, shop, type CommandEnvironment } from "../../support/cli.ts";

const RED = "\u001b[";

describe("colours", () => {
  const colored = async (world: CommandEnvironment, ...argv: string[]): Promise<boolean> =>
    (await project().runAs(world, "help", ...argv)).stdout.includes(RED);

  it("are on in a terminal only", async () => {
    expect(await colored({ terminal: true })).toBe(true);
    expect(await colored({ terminal: false })).toBe(false);
    expect(await colored({ terminal: true, env: { TERM: "dumb" } })).toBe(false);
  });

  it("follow NO_COLOR and FORCE_COLOR", async () => {
    expect(await colored({ terminal: true, env: { NO_COLOR: "1" } })).toBe(false);
    expect(await colored({ terminal: true, env: { NO_COLOR: "" } })).toBe(true);
    expect(await colored({ env: { FORCE_COLOR: "1" } })).toBe(true);
    expect(await colored({ env: { FORCE_COLOR: "" } })).toBe(true);
    expect(await colored({ terminal: true, env: { FORCE_COLOR: "0" } })).toBe(false);
    expect(await colored({ env: { FORCE_COLOR: "1", NO_COLOR: "1" } })).toBe(false);
  });

  it("follow the command line first", async () => {
    expect(await colored({ terminal: true }, "--no-color")).toBe(false);
    expect(await colored({ env: { NO_COLOR: "1" } }, "--color")).toBe(true);
  });

  it("are in the output of check, list and explain, and never in JSON", async () => {
    const app = shop();
    const world = { terminal: true };
    for (const line of ["check", "list", "explain src/products.ts:9"]) {
      const argv = line.split(" ");
      const text = (await app.runAs(world, ...argv)).stdout;
      expect(text).toContain(RED);

      expect(text.replace(/\u001b\[\d+m/g, "")).toBe((await app.run(...argv)).stdout);
      expect((await app.runAs(world, ...argv, "--json")).stdout).not.toContain(RED);
    }
  });
});

describe("the progress line", () => {
  const many = (files: number): ReturnType<typeof project> =>
    project({
      "tsconfig.json": "{}",
      ...Object.fromEntries(Array.from({ length: files }, (_, i) => [`file-${i}.ts`, "export {};"])),
    });

  it("is shown for a large project, and removed at the end", async () => {
    const { stdout, stderr } = await many(250).runAs({ terminal: true, columns: 20 }, "check", "--no-color");
    const steps = stderr.split("\r\u001b[2K").slice(1);
    expect(steps.length).toBeGreaterThan(10);
    expect(steps[0]).toBe("reading 0/250 file-");
    expect(steps.at(-1)).toBe("");
    expect(steps.every((step) => step.length < 20)).toBe(true);
    expect(stdout).toBe("No cached functions in 250 files.\n");
  });

  it("counts fewer files if they are compiled, which takes longer", async () => {
    const app = many(20);
    for (let i = 0; i < 20; i++) app.write(`file-${i}.ts`, "// cached\n");
    const { stderr } = await app.runAs({ terminal: true }, "check");
    expect(stderr.split("\r\u001b[2K").slice(1, 3)).toEqual([
      "compiling 0/20 file-0.ts",
      "compiling 1/20 file-1.ts",
    ]);
  });

  it("is not written to a pipe, nor for a small project", async () => {
    expect((await many(250).run("check")).stderr).toBe("");
    expect((await many(20).runAs({ terminal: true }, "check")).stderr).toBe("");
  });
});

describe("every output ends with one line break", () => {
  it.each([
    ["check"],
    ["check", "--json"],
    ["list"],
    ["list", "--json"],
    ["list", "--manifest"],
    ["explain", "src/products.ts"],
    ["explain", "src/products.ts", "--json"],
    ["help"],
    ["help", "check"],
    ["--version"],
    ["chek"],
  ])("%s %s %s", async (...argv) => {
    const { stdout, stderr } = await shop().run(...argv.filter((each) => each !== undefined));
    expect(stdout + stderr).not.toBe("");
    for (const text of [stdout, stderr]) if (text !== "") expect(text).toMatch(/[^\n]\n$/);
  });
});
