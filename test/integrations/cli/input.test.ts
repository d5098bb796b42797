import { describe, expect, it } from "vitest";
import { project, shop } from "../../support/cli.ts";

const refusal = (message: string): object => ({ code: 2, stdout: "", stderr: `aotcache: ${message}\n` });

describe("invalid input is reported in one line, with exit code 2", () => {
  it.each([
    [["chek"], "`chek` is not a command. Write `check`."],
    [["help", "lst"], "`lst` is not a command. Write `list`."],
    [
      ["frobnicate"],
      "`frobnicate` is not a command. Write one of init, check, list, explain, build, rewrite.",
    ],
    [["check", "--strct"], "--strct is not an option. Write `--strict`."],
    [["check", "-x"], /^-x is not an option\. Write one of --project, --tsconfig, .*\.$/],
    [["list", "--built", "dist"], "`list` has no --built: it is an option of `check`."],
    [["check", "--project"], "--project needs a value: --project PATH"],
    [["check", "--project", "--json"], "--project needs a value: --project PATH"],
    [["check", "-p"], "-p needs a value: -p PATH"],
    [["check", "--json=yes"], "--json takes no value."],
    [["check", "-p", "a.json", "-p", "b.json"], "-p is given twice."],
    [["check", "src"], "`check` does not take `src`. To select it, write --include src."],
    [["build", "src"], "`build` does not take `src`. To select it, write --project src."],
    [["rewrite"], "`rewrite` needs an output folder. Write --out DIR, like --out .aotcache."],
    [["check", "--allow", "ambient"], /^`allow`: `ambient` is not the name of a warning\. Write .*\.$/],
    [["check", "--allow", "uses-arguments"], /^`allow`: `uses-arguments` is an error, and only warnings /],
    [["check", "--default", "ttl"], "--default takes NAME=VALUE, like --default ttl=1h, not `ttl`."],
    [["check", "--default", "ttl=0"], /^`defaults`: `ttl` cannot be `0`\. Write /],
    [["check", "--classes", "decimal.js"], /^`classes`: `decimal.js` is not a module and an export\. Write /],
    [["check", "--default", "tll=1"], "`defaults`: `tll` is not an option. Write `ttl`."],
    [
      ["check", "--default", "name=x"],
      "`defaults` cannot contain `name`, which belongs to one function. Write it at the function.",
    ],
    [["check", "--default", "ttl=1", "--default", "ttl=2"], "--default ttl is given twice."],
    [["check", "-p", "nope.json"], "the tsconfig nope.json does not exist."],
    [["check", "-p", "src"], "the tsconfig src/tsconfig.json does not exist."],
    [
      ["check", "--include", "lib"],
      /^none of the 3 files of the project is selected\. Check the patterns of /,
    ],
    [
      ["check", "--built", "dist"],
      "dist does not exist. Build first, and pass the output folder to --built.",
    ],
    [
      ["check", "--built", "empty"],
      "empty has no JavaScript file. Build first, and pass the output folder to --built.",
    ],
  ] as [string[], string | RegExp][])("%j", async (argv, message) => {
    const outcome = await shop({ "empty/readme.txt": "" }).run(...argv);
    if (typeof message === "string") expect(outcome).toEqual(refusal(message));
    else {
      expect(outcome).toMatchObject({ code: 2, stdout: "" });
      expect(outcome.stderr).toMatch(/^aotcache: [^\n]+\n$/);
      expect(outcome.stderr.slice("aotcache: ".length, -1)).toMatch(message);
    }
  });

  it.each(["check", "list", "explain a.ts:1"])("no tsconfig: %s", async (line) => {
    // The repository above the project has one.
    const { code, stdout, stderr } = await project({ "a.ts": "" }).runIn("/", ...line.split(" "));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      'aotcache: found no tsconfig.json or jsconfig.json in / or a folder above it. Pass the path of one with `--project`, or create one: `{ "compilerOptions": { "allowJs": true }, "include": ["src"] }`.\n',
    );
  });

  it.each([
    ['{ "include": ["src" }', "tsconfig.json:1:21 cannot be used: ',' expected."],
    ['{ "extends": "./base.json" }', /^tsconfig\.json(:1:14)? cannot be used: .*base\.json/],
    [
      '{ "files": [], "references": [{ "path": "./lib" }] }',
      "the tsconfig lib/tsconfig.json, which tsconfig.json refers to, does not exist.",
    ],
    ['{ "files": ["gone.ts"] }', "gone.ts, which tsconfig.json takes in, does not exist."],
    [
      '{ "include": ["nothing"] }',
      "tsconfig.json has no source file. Check its `include` and `files`; for JavaScript, set `allowJs`.",
    ],
  ] as [string, string | RegExp][])("a tsconfig that says %s", async (text, message) => {
    const { code, stdout, stderr } = await shop({ "tsconfig.json": text }).run("check");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const [, said] = /^aotcache: ([^\n]+)\n$/.exec(stderr) ?? [];
    if (typeof message === "string") expect(said).toBe(message);
    else expect(said).toMatch(message);
  });

  it("--built with the folder that contains the JavaScript of the project", async () => {
    const app = shop({
      "tsconfig.json": '{ "compilerOptions": { "allowJs": true }, "include": ["plain"] }',
      "plain/a.js": "// @cached\nexport const f = () => 1;\n",
    });
    expect(await app.run("check", "--built", ".")).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        "aotcache: --built contains every source file of the project. Pass only the output folder of the build.\n",
    });
  });

  it("is reported before any file is read", async () => {
    const app = shop({ "src/broken.ts": "// @cached tll=1\nexport const f = (n: number): number => n;\n" });
    expect(await app.run("check", "--json", "--built", "dist")).toMatchObject({ code: 2, stdout: "" });
  });
});
