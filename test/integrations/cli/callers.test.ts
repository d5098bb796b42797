/** A caller in any file of the project that changes a result is found, and named at the function. */
import { existsSync, renameSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type CliApp, project } from "../../support/cli.ts";
import { random } from "../../support/random.ts";

const USERS = `export interface User { rank?: number; tags: string[] }
// @cached
export async function load(id: number): Promise<User[]> {
  const found: User[] = [];
  for (let at = 0; at < id; at++) found.push({ tags: [String(at)] });
  return found;
}
// @cached
export const all = (count: number): User[] => Array.from({ length: count }, () => ({ tags: [] }));
export class Repo {
  // @cached this=ignore
  async find(id: number): Promise<User[]> { return await load(id); }
}
export const repo = new Repo();
`;

const CONFIG = {
  "package.json": '{ "name": "app", "type": "module" }',
  "tsconfig.json": `{ "compilerOptions": { "strict": true, "target": "es2023", "module": "esnext", "types": [],
    "moduleResolution": "bundler", "jsx": "preserve", "allowJs": true, "allowImportingTsExtensions": true, "noEmit": true },
    "include": ["src"] }`,
};

type Files = Readonly<Record<string, string>>;

const appOf = (files: Files): CliApp => project({ ...CONFIG, "src/users.ts": USERS, ...files });

async function foundIn(app: CliApp, ...options: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await app.run("check", "--json", ...options);
  const findings = JSON.parse(stdout) as { name: string; file: string; line: number; message: string }[];
  return findings
    .filter(({ name }) => name === "result-shared")
    .map(
      ({ file, line, message }) =>
        `${file}:${line} ${/^`(.*?)` (?:in|on) (.*) changes/.exec(message)!.slice(1).join(" ")}`,
    );
}

const USE = 'import { load, all, repo, Repo } from "./users.ts"; void [load, all, repo, Repo];\n';

const CHANGES: readonly (readonly [name: string, files: Files, found: string])[] = [
  [
    "an awaited result",
    { "src/a.ts": `${USE}const rows = await load(1); rows.sort();` },
    "src/users.ts:3 rows.sort src/a.ts:2",
  ],
  [
    "a destructured result",
    { "src/a.ts": `${USE}const [first] = await load(1); first!.rank = 1;` },
    "src/users.ts:3 first!.rank src/a.ts:2",
  ],
  [
    "then",
    { "src/a.ts": `${USE}void load(1).then((rows) => rows.sort());` },
    "src/users.ts:3 rows.sort src/a.ts:2",
  ],
  [
    "a helper",
    { "src/a.ts": `${USE}const sorted = <T>(rows: T[]) => rows.sort();\nsorted(await load(1));` },
    "src/users.ts:3 rows.sort src/a.ts:2",
  ],
  [
    "a helper of another module, in a file that changes nothing itself",
    {
      "src/sort.ts":
        'import type { User } from "./users.ts";\nexport function byRank(rows: User[]) { rows.sort(); }',
      "src/a.ts": `${USE}import { byRank } from "./sort.ts";\nbyRank(await load(1));`,
    },
    "src/users.ts:3 byRank(await load(1)) src/a.ts:3",
  ],
  [
    "a service of another module",
    {
      "src/sort.ts":
        'import type { User } from "./users.ts";\nexport class Sorter {\n  sort(rows: User[]): void { rows.reverse(); }\n}',
      "src/a.ts": `${USE}import { Sorter } from "./sort.ts";\nexport class Page { constructor(private sorter: Sorter) {} async show() { this.sorter.sort(await load(1)); } }`,
    },
    "src/users.ts:3 this.sorter.sort(await load(1)) src/a.ts:3",
  ],
  [
    "Promise.all",
    { "src/a.ts": `${USE}const [rows] = await Promise.all([load(1), 2]);\nrows.pop();` },
    "src/users.ts:3 rows.pop src/a.ts:3",
  ],
  [
    "a sync function",
    { "src/a.ts": `${USE}for (const row of all(2)) row.tags.push("x");` },
    "src/users.ts:9 row.tags.push src/a.ts:2",
  ],
  [
    "an alias of the import",
    { "src/a.ts": 'import { load as get } from "./users.ts";\n(await get(1)).reverse();' },
    "src/users.ts:3 (await get(1)).reverse src/a.ts:2",
  ],
  [
    "a namespace",
    { "src/a.ts": 'import * as users from "./users.ts";\n(await users.load(1)).pop();' },
    "src/users.ts:3 (await users.load(1)).pop src/a.ts:2",
  ],
  [
    "import()",
    { "src/a.ts": 'const { load } = await import("./users.ts");\n(await load(1)).pop();' },
    "src/users.ts:3 (await load(1)).pop src/a.ts:2",
  ],
  [
    "re-exports",
    {
      "src/index.ts": 'export * from "./names.ts";',
      "src/names.ts": 'export { load as getUsers } from "./users.ts";',
      "src/a.ts": 'import { getUsers } from "./index.ts";\n(await getUsers(1)).pop();',
    },
    "src/users.ts:3 (await getUsers(1)).pop src/a.ts:2",
  ],
  [
    "a constant",
    {
      "src/names.ts": 'import { load } from "./users.ts";\nexport const getUsers = load;',
      "src/a.ts": 'import { getUsers } from "./names.ts";\n(await getUsers(1)).pop();',
    },
    "src/users.ts:3 (await getUsers(1)).pop src/a.ts:2",
  ],
  [
    "a default export",
    {
      "src/names.ts": 'export { load as default } from "./users.ts";',
      "src/a.ts": 'import anything from "./names.ts";\n(await anything(1)).pop();',
    },
    "src/users.ts:3 (await anything(1)).pop src/a.ts:2",
  ],
  [
    "a default export that a barrel names",
    {
      "src/one/index.ts":
        "// @cached\nexport default async function (n: number): Promise<number[]> { return [...Array(n).keys()]; }",
      "src/index.ts": 'export { default as one } from "./one";',
      "src/a.ts": 'import { one } from "./index.ts";\n(await one(1)).pop();',
    },
    "src/one/index.ts:2 (await one(1)).pop src/a.ts:2",
  ],
  [
    "a call of cached()",
    {
      "src/one.ts":
        'import { cached } from "aotcache";\nexport const one = cached(async (n: number): Promise<number[]> => [...Array(n).keys()], { ttl: 10 });',
      "src/a.ts": 'import { one } from "./one.ts";\n(await one(1))[0] = 1;',
    },
    "src/one.ts:2 (await one(1))[0] src/a.ts:2",
  ],
  [
    "a call of cached() around a function of another file",
    {
      "src/plain.ts": "export const load = async (n: number): Promise<number[]> => [...Array(n).keys()];",
      "src/one.ts":
        'import { cached } from "aotcache";\nimport { load } from "./plain.ts";\nexport const one = cached(load, { ttl: 10 });',
      "src/a.ts":
        'import { one } from "./one.ts";\nimport { load } from "./plain.ts";\n(await load(1))[0] = 1; (await one(1))[0] = 2;',
    },
    "src/one.ts:3 (await one(1))[0] src/a.ts:3",
  ],
  [
    "a caller in the file of that call",
    {
      "src/one.ts":
        'import { cached } from "aotcache";\nconst load = async (n: number): Promise<number[]> => [...Array(n).keys()];\nexport const one = cached(load, { ttl: 10 });\n(await one(1))[0] = 1;',
    },
    "src/one.ts:3 (await one(1))[0] src/one.ts:4",
  ],
  [
    "a method",
    { "src/a.ts": `${USE}(await new Repo().find(1)).pop();` },
    "src/users.ts:12 (await new Repo().find(1)).pop src/a.ts:2",
  ],
  [
    "a method of an instance",
    { "src/a.ts": 'import { repo } from "./users.ts";\n(await repo.find(1)).pop();' },
    "src/users.ts:12 (await repo.find(1)).pop src/a.ts:2",
  ],
  [
    "a method of a service",
    {
      "src/a.ts": `${USE}export class Page { constructor(private readonly repo: Repo) {}\nasync show() { const rows = await this.repo.find(1); rows[0]!.rank = 2; } }`,
    },
    "src/users.ts:12 rows[0]!.rank src/a.ts:3",
  ],
  [
    "JSX",
    {
      "src/a.tsx":
        'import { load } from "./users.ts";\nexport async function Page() { const rows = await load(1); return <ul>{rows.sort().map((row) => <li>{row.rank}</li>)}</ul>; }\ndeclare global { namespace JSX { interface IntrinsicElements { ul: object; li: object } } }',
    },
    "src/users.ts:3 rows.sort src/a.tsx:2",
  ],
  [
    "JavaScript",
    { "src/a.js": 'import { load } from "./users.ts";\nconst rows = await load(1); rows.sort();' },
    "src/users.ts:3 rows.sort src/a.js:2",
  ],
  [
    "a test",
    { "src/users.test.ts": `${USE}const rows = await load(1); rows.sort();` },
    "src/users.ts:3 rows.sort src/users.test.ts:2",
  ],
  [
    "a circle of imports",
    {
      "src/users.ts": `${USERS}import { use } from "./a.ts"; void use;`,
      "src/a.ts": `${USE}export const use = async () => (await load(1)).sort();`,
    },
    "src/users.ts:3 (await load(1)).sort src/a.ts:2",
  ],
  [
    "two functions of the same name",
    {
      "src/others.ts":
        "// @cached\nexport async function load(n: number): Promise<number[]> { return [...Array(n).keys()]; }",
      "src/a.ts": `${USE}import { load as other } from "./others.ts"; (await load(1)).pop(); (await other(1)).slice();`,
    },
    "src/users.ts:3 (await load(1)).pop src/a.ts:2",
  ],
];

const SILENT: readonly (readonly [name: string, files: Files])[] = [
  [
    "copies",
    {
      "src/a.ts": `${USE}const copy = [...(await load(1))]; copy.sort(); (await load(1)).toSorted();\nconst rows = await load(2); const more = [...rows, 1]; more.push(2);`,
    },
  ],
  [
    "another function of that name",
    {
      "src/a.ts": `${USE}const other = { load: async () => [1] }; (await other.load()).sort(); { const load = () => [1]; load().sort(); }`,
    },
  ],
  [
    "another import of that name",
    {
      "src/others.ts": "export const load = () => [1];",
      "src/a.ts": 'import { load } from "./others.ts"; load().sort();',
    },
  ],
  [
    "a method of another class",
    { "src/a.ts": `${USE}class Other { find() { return [1]; } } new Other().find().sort(); void Repo;` },
  ],
  [
    "copy=clone",
    {
      "src/users.ts": USERS.replaceAll("@cached", "@cached copy=clone"),
      "src/a.ts": `${USE}(await load(1)).sort();`,
    },
  ],
  [
    "allow=result-shared",
    {
      "src/users.ts": USERS.replaceAll("@cached", "@cached allow=result-shared"),
      "src/a.ts": `${USE}(await load(1)).sort();`,
    },
  ],
  [
    "a type import",
    {
      "src/a.ts":
        'import type { load } from "./users.ts"; declare const other: () => number[]; other().sort(); export type Load = typeof load;',
    },
  ],
];

describe("a caller in another file", () => {
  test.each(CHANGES)("%s", async (_, files, found) => {
    expect(await foundIn(appOf(files), "--allow", "cheap")).toEqual([found]);
  });

  test.each(SILENT)("silent: %s", async (_, files) => {
    expect(await foundIn(appOf(files))).toEqual([]);
  });
});

test("the caller is named by list --strict and explain too", async () => {
  const app = appOf({ "src/a.ts": `${USE}(await load(1)).sort();` });
  expect((await app.run("explain", "src/users.ts:3")).stdout).toContain("src/a.ts:2 changes");
  expect((await app.run("list", "--strict", "--allow", "cheap")).stderr).toContain("1 error may hide");
});

const CALLER = 'import { one } from "./names";\nexport const use = async () => (await one(1)).pop();\n';
const STATES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "src/a.ts": [
    CALLER,
    CALLER.replace("pop", "at"),
    CALLER.replace("one }", "two as one }"),
    `\n${CALLER}`,
    undefined,
  ],
  "src/b.ts": [undefined, CALLER, CALLER.replace("./names", "./one")],
  "src/names.ts": [
    'export { load as one, load as two } from "./one";',
    'export * from "./one";\nexport { load as two } from "./two";',
    'export { load as one } from "./two";\nexport const two = (n: number): number[] => [n];',
    undefined,
  ],
  "src/one.ts": [
    "// @cached\nexport async function load(n: number): Promise<number[]> { return [...Array(n).keys()]; }\nexport { load as one };",
    "// @cached copy=clone\nexport async function load(n: number): Promise<number[]> { return [...Array(n).keys()]; }\nexport { load as one };",
    "export interface Box { at(n: number): number; pop(): number }\n// @cached\nexport async function load(n: number): Promise<Box> { return [...Array(n).keys()] as never; }\nexport { load as one };",
    undefined,
  ],
  "src/two.ts": [
    "// @cached\nexport const load = (n: number): number[] => [...Array(n).keys()];",
    "export const load = (n: number): number[] => [n];",
  ],
};
/** `WALK_STEPS=200 npx vitest run integrations/cli/callers` runs longer. */
const STEPS = Number(process.env["WALK_STEPS"] ?? 12);

test("stored answers equal those of a run without any, whatever was edited", async () => {
  const app = project({ ...CONFIG, "node_modules/x/index.js": "" });
  const pick = random(Number(process.env["WALK_SEED"] ?? 1));
  const one = <T>(all: readonly T[]): T => all[Math.floor(pick() * all.length)]!;
  const set = (path: string, text: string | undefined): void => {
    if (text !== undefined) app.write(path, text);
    else if (existsSync(app.at(path))) app.remove(path);
  };
  for (const [path, [first]] of Object.entries(STATES)) set(path, first);
  const seen = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const warm = await foundIn(app);
    app.write("src/keep.ts", "export {};");
    renameSync(app.at("node_modules"), app.at("modules"));
    expect(warm, `step ${step}`).toEqual(await foundIn(app));
    renameSync(app.at("modules"), app.at("node_modules"));
    seen.add(warm.join());
    const path = one(Object.keys(STATES));
    set(path, one(STATES[path]!));
  }
  expect(seen.size).toBeGreaterThan(2);
});
