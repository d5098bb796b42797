import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliApp, project, repository } from "../../support/cli.ts";

const FIXTURES = join(repository, "fixtures/init");

/** A copy of a fixture. */
function fixture(name: string): CliApp {
  const app = project();
  cpSync(join(FIXTURES, name), app.root, { recursive: true });
  rmSync(app.at(OUTPUT), { force: true });
  return app;
}

/** What `aotcache init` prints for the fixture. `UPDATE=1` writes it. */
const OUTPUT = "init.txt";

const textsIn = (app: CliApp): Record<string, string> =>
  Object.fromEntries(
    readdirSync(app.root, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.\w+$/.test(path))
      .map((path) => [path, app.read(path)]),
  );

describe("`aotcache init`", () => {
  it.each(readdirSync(FIXTURES))("changes %s, and only once", async (name) => {
    const app = fixture(name);
    const { code, stdout } = await app.run("init", "--yes", "--no-install");
    const text = `${stdout}exit code ${code}\n`;
    const expected = join(FIXTURES, name, OUTPUT);
    if (process.env["UPDATE"]) writeFileSync(expected, text);
    expect(text).toBe(existsSync(expected) ? readFileSync(expected, "utf8") : undefined);
    const changed = textsIn(app);
    const again = await app.run("init", "--yes", "--no-install");
    expect(textsIn(app)).toEqual(changed);
    expect(again.code).toBe(code);
    expect(again.stdout).not.toContain("+++");
  });

  describe("asks first", () => {
    const answering = (answer: boolean | undefined) => {
      const app = fixture("vite-react");
      const before = app.read("vite.config.ts");
      const run = app.runAs(
        { ...(answer !== undefined && { confirm: async () => answer }) },
        "init",
        "--no-install",
      );
      return { isChanged: () => app.read("vite.config.ts") !== before, run };
    };

    it("and changes the project after a yes", async () => {
      const { isChanged, run } = answering(true);
      expect((await run).code).toBe(0);
      expect(isChanged()).toBe(true);
    });

    it("and changes nothing after a no", async () => {
      const { isChanged, run } = answering(false);
      expect(await run).toMatchObject({ code: 1, stdout: expect.stringMatching(/Nothing was changed\.\n$/) });
      expect(isChanged()).toBe(false);
    });

    it("and changes nothing where there is no terminal", async () => {
      const { isChanged, run } = answering(undefined);
      expect(await run).toMatchObject({
        code: 1,
        stdout: expect.stringContaining("Run `aotcache init --yes`"),
      });
      expect(isChanged()).toBe(false);
    });
  });

  it.each([
    ["vite-react", "tsc -b && vite build && aotcache check --built dist"],
    ["next-ts", "next build && aotcache check --built .next"],
    ["nest", "nest build && aotcache check --built dist --singletons @Injectable"],
  ])("lets the build of %s check itself with --check-built, once", async (name, build) => {
    const app = fixture(name);
    for (const _ of [1, 2]) {
      await app.run("init", "--yes", "--no-install", "--check-built");
      expect(JSON.parse(app.read("package.json"))).toMatchObject({ scripts: { build } });
    }
  });

  it("changes one package of a monorepo in its folder", async () => {
    const app = fixture("monorepo");
    await app.runIn("apps/web", "init", "--yes", "--no-install");
    expect(app.read("apps/web/vite.config.ts")).toContain("aotcache/vite");
    expect(app.read("packages/core/package.json")).not.toContain("aotcache");
  });

  it("says what is wrong with a package.json", async () => {
    const app = project({ "package.json": "{" });
    expect(await app.run("init")).toMatchObject({
      code: 2,
      stderr: `aotcache: ${app.at("package.json")} is not JSON.\n`,
    });
  });
});
