import { describe, expect, it } from "vitest";
import { project } from "../../support/cli.ts";

const asked = async (...argv: string[]): Promise<string> => {
  const { code, stdout, stderr } = await project().run(...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.replace(/(?<=aotcache )\d+\.\d+\.\d+\S*(?=:)/, "<version>");
};

describe("the help", () => {
  it("introduces the program and the commands", async () => {
    expect(await asked("--help")).toMatchInlineSnapshot(`
      "aotcache <version>: a build-time cache compiler for TypeScript

      Usage
        aotcache <command> [options]

      Commands
        init               Add aotcache to what the project builds with
        check              Report problems of the cached functions of a project
        list               List every cached function: key, ttl, store, what is left out
        explain FILE:LINE  Describe one cached function in full
        build              Compile a project to JavaScript with its own TypeScript
        rewrite            Write the compiled TypeScript to a folder, for any compiler

        aotcache help <command> describes a command, with examples.

      Get started
        1. Add the plugin of your build tool:  aotcache init
        2. Mark a function:                    // @cached ttl=10m
                                               export async function getUser(id: number): Promise<User> { … }
        3. Look at its key:                    aotcache explain src/users.ts:1
        4. In CI:                              aotcache check --built dist

      Options of every command
            --color     Always colour the output
            --no-color  Never colour the output. NO_COLOR and FORCE_COLOR work too
        -h, --help      Describe a command
        -v, --version   Print the version

      Exit codes
        0  no problems
        1  problems were found
        2  invalid input or configuration: a wrong option, no tsconfig, a missing file
      "
    `);
  });

  it("is the same under each of its names", async () => {
    expect(await asked("help")).toBe(await asked("-h"));
    for (const line of ["check --help", "help check", "--help check", "check -h --strict"])
      expect(await asked(...line.split(" "))).toBe(await asked("check", "-h"));
  });

  it.each(["check", "list", "explain", "build", "rewrite"])("describes %s", async (command) => {
    expect(await asked("help", command)).toMatchSnapshot();
  });

  it("fits a terminal of 110 columns", async () => {
    for (const command of [[], ["check"], ["list"], ["explain"], ["build"], ["rewrite"]]) {
      const long = (await asked("help", ...command)).split("\n").filter((line) => line.length > 110);
      expect(long).toEqual([]);
    }
  });

  it("is printed without arguments, with an error code", async () => {
    const { code, stdout, stderr } = await project().run();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage\n  aotcache <command> [options]\n");
  });

  it("has the version of the package", async () => {
    expect(await project().run("--version")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) as string,
    });
  });
});
