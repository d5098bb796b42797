/** `aotcache/eslint` says what `aotcache check` says, on ESLint 9 and 10. */
import { cpSync, readdirSync, renameSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { project, repository, type CliApp } from "../../support/cli.ts";
import { ESLINTS, lint, linterIn, type LintMessage } from "../../support/lint.ts";

const TSCONFIG = JSON.stringify({
  compilerOptions: { strict: true, target: "es2022", module: "preserve", types: [] },
  include: ["src"],
});

const projectWith = (files: Readonly<Record<string, string>>): CliApp =>
  project({ "package.json": '{ "name": "app", "type": "module" }', "tsconfig.json": TSCONFIG, ...files });

const MISSPELT =
  "// @cachd ttl=10\nexport const price = async (id: number) => fetch(`/${id}`).then((r) => r.text());\n";
const RIGHT = MISSPELT.replace("@cachd", "@cached");
const names = (messages: readonly LintMessage[]): string[] =>
  messages.map(({ message }) => /^\[([\w-]+)\]/.exec(message)?.[1] ?? message);

/** The diagnostics of `aotcache check`, as messages of ESLint. */
async function checked(app: CliApp, ...flags: string[]): Promise<object[]> {
  const found = JSON.parse((await app.run("check", "--json", ...flags)).stdout) as Record<string, string>[];
  return found.map(({ name, severity, file, line, column, endLine, endColumn, message, help }) => ({
    ...{ file, line, column, endLine, endColumn },
    message: `[${name}] ${message} ${help}`,
    severity: severity === "error" ? 2 : 1,
  }));
}

async function linted(app: CliApp, linter = linterIn(app)): Promise<object[]> {
  const results = await linter.lintFiles(["src"]);
  return results
    .sort((one, other) => (one.filePath < other.filePath ? -1 : 1))
    .flatMap(({ filePath, messages }) =>
      messages.map(({ line, column, endLine, endColumn, message, severity }) => ({
        ...{ file: relative(app.root, filePath), line, column, endLine, endColumn, message, severity },
      })),
    );
}

describe.each(ESLINTS)("on %s", (eslint) => {
  it("reports each diagnostic of check at its span, with its help and severity", async () => {
    const app = projectWith({});
    cpSync(join(repository, "fixtures/errors"), app.at("src"), {
      recursive: true,
      // A project has one set of options. What is nested too deeply for TypeScript is so for ESLint's parser too.
      filter: (path) =>
        statSync(path).isDirectory()
          ? !readdirSync(path).includes("options.json") && !path.endsWith("too-deep")
          : !path.endsWith("tsconfig.json"),
    });
    const expected = await checked(app);
    expect(expected.length).toBeGreaterThan(300);
    const parser = (await import("typescript-eslint")).default.parser;
    const linter = linterIn(app, {
      eslint,
      configs: [{ files: ["**/*.ts", "**/*.tsx"], languageOptions: { parser } }],
    });
    expect(await linted(app, linter)).toEqual(expected);
  });

  it("fixes what has one right fix, and suggests the rest", async () => {
    const app = projectWith({
      "src/a.ts": `${MISSPELT}// @cached tl=10 key=ie\nexport const tax = async (id: number) => fetch(String(id)).then((r) => r.text());\n`,
    });
    const [result] = await linterIn(app, { eslint, fix: true }).lintFiles(["src/a.ts"]);
    expect(result!.output).toBe(app.read("src/a.ts").replace("@cachd", "@cached").replace(" tl=", " ttl="));
    expect(result!.messages.map(({ suggestions }) => suggestions?.map(({ desc }) => desc))).toEqual([
      ["Write `id`"],
    ]);
  });
});

describe("without a parser for TypeScript", () => {
  /** Outside of the repository's folder, no parser is found. */
  it("reports the same, and comments of ESLint work", async () => {
    const { parser } = await import("../../../plugin/eslint/parser.ts");
    const text = `${MISSPELT}// eslint-disable-next-line aotcache/valid\n${MISSPELT.replace("price", "tax")}`;
    const app = projectWith({ "src/a.ts": text });
    const alone = {
      parseForESLint: (code: string) => parser.parseForESLint(code, { filePath: "/nowhere/a.ts" }),
      meta: parser.meta,
    };
    const linter = linterIn(app, { configs: [{ files: ["**/*.ts"], languageOptions: { parser: alone } }] });
    expect(names(await lint(app, "src/a.ts", text, linter))).toEqual(["pragma-misspelt"]);
  });

  it("uses the one of the project, so that the order of configs does not matter", async () => {
    const app = projectWith({ "src/a.ts": "export const a: number = 1;\ndebugger;\n" });
    const linter = linterIn(app, { configs: [{ rules: { "no-debugger": "error" } }] });
    const messages = await lint(app, "src/a.ts", app.read("src/a.ts"), linter);
    expect(messages.map(({ ruleId }) => ruleId)).toEqual(["no-debugger"]);
  });
});

describe("the text", () => {
  it("is that of the editor, not that on disk", async () => {
    const app = projectWith({ "src/a.ts": RIGHT });
    expect(names(await lint(app, "src/a.ts", MISSPELT))).toEqual(["pragma-misspelt"]);
    expect(await lint(app, "src/a.ts", RIGHT)).toEqual([]);
  });

  it("of another file that was linted and not saved does not count", async () => {
    const keyed = "export interface User { id: number }\n";
    const user = `import type { User } from "./user";\n${RIGHT.replace("id: number", "user: User").replace("${id}", "${user.id}")}`;
    const app = projectWith({ "src/user.ts": keyed, "src/a.ts": user });
    expect(await lint(app, "src/a.ts", user)).toEqual([]);
    await lint(app, "src/user.ts", `// @cached\n${keyed.replace("number", "() => void")}`);
    expect(await lint(app, "src/a.ts", user)).toEqual([]);
    app.write("src/user.ts", keyed.replace("number", "() => void"));
    expect(names(await lint(app, "src/a.ts", user))).toEqual(["parameter-unkeyable"]);
  });

  it("may have the line ends of Windows and a byte order mark", async () => {
    const text = MISSPELT.replaceAll("\n", "\r\n");
    const app = projectWith({ "src/a.ts": `\uFEFF// a\r\n${text}` });
    const [message] = await lint(app, "src/a.ts", app.read("src/a.ts"));
    expect(message).toMatchObject({ line: 2, column: 4, endColumn: 10 });
  });

  it("may have errors of syntax", async () => {
    const app = projectWith({ "src/a.ts": RIGHT });
    for (const text of [
      RIGHT.slice(0, -20),
      "// @cached ttl=",
      "// @cached ttl=10\nexport const",
      "@cached(",
    ])
      await expect(lint(app, "src/a.ts", text)).resolves.toBeDefined();
    expect(await lint(app, "src/a.ts", RIGHT)).toEqual([]);
  });
});

describe("files", () => {
  it("that check does not take get no message", async () => {
    const app = projectWith({ "src/a.ts": "", "b.ts": MISSPELT, "src/c.js": MISSPELT, "src/d.mjs": "" });
    expect(await lint(app, "b.ts", MISSPELT)).toEqual([]);
    expect(await lint(app, "src/c.js", MISSPELT.replace(": number", ""))).toEqual([]);
    expect(await checked(app)).toEqual([]);
    app.write("tsconfig.json", TSCONFIG.replace('"strict"', '"allowJs":true,"strict"'));
    expect(names(await lint(app, "src/c.js", MISSPELT.replace(": number", "")))).toEqual(["pragma-misspelt"]);
  });

  it("that are new, not saved, renamed or deleted are seen at once", async () => {
    const imports = `import type { User } from "./user";\n${RIGHT.replace("id: number", "user: User").replace("${id}", "${user}")}`;
    const app = projectWith({ "src/a.ts": imports });
    expect(names(await lint(app, "src/a.ts", imports))).toEqual(["parameter-unresolved"]);
    app.write("src/user.ts", "export type User = string;\n");
    expect(await lint(app, "src/a.ts", imports)).toEqual([]);
    renameSync(app.at("src/user.ts"), app.at("src/users.ts"));
    expect(names(await lint(app, "src/a.ts", imports))).toEqual(["parameter-unresolved"]);
    expect(await lint(app, "src/a.ts", imports.replace("./user", "./users"))).toEqual([]);
    expect(names(await lint(app, "src/deep/new.ts", MISSPELT))).toEqual(["pragma-misspelt"]);
  });

  it("that have one id conflict, in the second file", async () => {
    const text = RIGHT.replace("ttl=10", "namespace=x");
    const app = projectWith({ "src/a.ts": text, "src/b.ts": text });
    const linter = linterIn(app);
    for (const path of ["src/b.ts", "src/a.ts", "src/b.ts"])
      expect(names(await lint(app, path, text, linter))).toEqual(path === "src/b.ts" ? ["id-duplicate"] : []);
    expect(await lint(app, "src/b.ts", text.replace("=x", "=y"), linter)).toEqual([]);
    app.remove("src/a.ts");
    expect(await lint(app, "src/b.ts", text, linter)).toEqual([]);
  });

  it("in which callers change a result are seen", async () => {
    const text =
      "// @cached ttl=10\nexport async function list(id: number): Promise<number[]> {\n  return fetch(`/${id}`).then((r) => r.json());\n}\n";
    const app = projectWith({
      "src/a.ts": text,
      "src/b.ts": 'import { list } from "./a";\n(await list(1)).push(2);\n',
    });
    expect(await linted(app)).toEqual(await checked(app));
    expect(names(await lint(app, "src/a.ts", text))).toEqual(["result-shared"]);
  });

  it("of two workspaces have their own tsconfigs and options", async () => {
    const unproved = RIGHT.replace("number", "any");
    const [one, other] = [projectWith({ "src/a.ts": unproved }), projectWith({ "src/a.ts": unproved })];
    const strict = linterIn(one, { rule: { strict: true } });
    const silent = linterIn(other, { rule: { allow: ["parameter-unproved"] } });
    const severities = async (): Promise<number[][]> =>
      [await lint(one, "src/a.ts", unproved, strict), await lint(other, "src/a.ts", unproved, silent)].map(
        (messages) => messages.map(({ severity }) => severity),
      );
    expect(await severities()).toEqual([[2], []]);
    expect(await severities()).toEqual([[2], []]);
  });
});

describe("the configuration", () => {
  it("says what is wrong with an option", async () => {
    const app = projectWith({ "src/a.ts": RIGHT });
    await expect(lint(app, "src/a.ts", RIGHT, linterIn(app, { rule: { strct: true } }))).rejects.toThrow(
      "`strct` is not an option. Write `strict`.",
    );
  });

  it("may be a tsconfig that is broken or changes", async () => {
    const user = `export interface User { name: string | undefined }\n${RIGHT.replace("id: number", "id: User['name']")}`;
    const app = projectWith({ "src/a.ts": user });
    const linter = linterIn(app);
    expect(await lint(app, "src/a.ts", user, linter)).toEqual([]);
    app.write("tsconfig.json", "{ broken");
    const [message] = await lint(app, "src/a.ts", user, linter);
    expect(message).toMatchObject({
      line: 1,
      message: expect.stringContaining("tsconfig.json:1:9 cannot be used"),
    });
    app.write("tsconfig.json", TSCONFIG.replace('["src"]', '["other"]'));
    expect(await lint(app, "src/a.ts", MISSPELT, linter)).toEqual([]);
    app.write("tsconfig.json", TSCONFIG);
    expect(names(await lint(app, "src/a.ts", MISSPELT, linter))).toEqual(["pragma-misspelt"]);
  });
});
