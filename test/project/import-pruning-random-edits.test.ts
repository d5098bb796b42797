/** After random edits, a compiler that prunes imports returns the results of one that does not. */
import { expect, it, onTestFinished, vi } from "vitest";
import { buildCacheProject } from "../support/build-cache-project.ts";
import { random } from "../support/random.ts";

/** `WALK_STEPS=1000 npx vitest run test/project/import-pruning-random-edits` runs longer. */
const STEPS = Number(process.env["WALK_STEPS"] ?? 20);
const SEED = Number(process.env["WALK_SEED"] ?? 1);

const USERS = (result: string, body: string): string => `import type { Query } from "./query";
import { load, type Row } from "./db";
import { unit } from "./state";
import * as path from "./paths";
// @cached ttl=10
export async function find(query: Query, shape: Shape)${result} { ${body} }
// @cached
export const scaled = (n: number): number => n * unit;
`;
const MARKED = ["src/users.ts", "src/orders.ts", "src/shapes.ts", "src/late.ts", "src/more.ts"];

/** The states of each file. `undefined`: the file does not exist. */
const STATES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "tsconfig.json": [
    '{ "compilerOptions": { "strict": true, "lib": ["es5"], "types": [], "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }',
    '{ "compilerOptions": { "strict": true, "lib": ["es5"], "types": [], "module": "nodenext", "jsx": "react-jsx" }, "include": ["src"] }',
  ],
  "src/users.ts": [
    USERS(": Promise<Row>", "return load(query.id);"),
    USERS(
      ": Promise<Row>",
      "const row = await load(query.id); return { ...row, path: path.join(row.name) };",
    ),
    USERS("", "return load(query.id);"),
    USERS("", "return { id: query.id, loaded: path };"),
    USERS(": Promise<number>", "const { deep } = await import('./deep'); return deep(query.id);"),
    USERS("", "const { deep } = await import('./deep'); return deep(query.id);"),
    `declare global { interface Shape { users: 1 } }\n${USERS(": Promise<Row>", "return load(query.id);")}`,
  ],
  "src/orders.ts": [
    'import { load } from "./db";\nimport { DEFAULT } from "./state";\n// @cached\nexport function order(id = DEFAULT): string { return String(load(id)); }\n',
    'import { load } from "./db";\nexport class Orders {\n  limit = load(1);\n  // @cached this=limit\n  order(id: string): string { return id + this.limit; }\n}\n',
    'import { als } from "./state";\n// @cached\nexport function order(id: string): string { return id + als.getStore(); }\n',
    'import { load } from "./db";\nexport function make() { const row = load(1);\n  // @cached\n  function inner(id: string): string { return id + row; }\n  return inner; }\n',
  ],
  "src/shapes.ts": ["// @cached\nexport function size(shape: Shape, extra?: Extra): number { return 1; }\n"],
  "src/late.ts": [
    'import { deep } from "./deep";\n// @cached\nexport function late(x: ReturnType<typeof deep>): string { return deep(x); }\n',
  ],
  "src/more.ts": ["// @cached\nexport const more = (n: number): number => n;\n"],
  "src/query.ts": [
    "export interface Query { id: number }",
    'import { deep } from "./deep";\nexport interface Query { id: ReturnType<typeof deep> }',
    'import { of } from "./deep";\nexport class Query { id = of(1); constructor() { of(2); } }',
    'import type { Box } from "boxes";\nexport interface Query { id: Box["size"] }',
  ],
  "src/db.ts": [
    'import { sql } from "./sql";\nexport interface Row { id: number; name: string }\nexport async function load(id: number): Promise<Row> { return sql(id); }\n',
    'import { sql } from "./sql";\nexport interface Row { id: number }\nexport async function load(id: number) { return sql(id); }\n',
    'import "./sql";\nimport "./script";\nexport type Row = Shape;\nexport const load = (id: unknown): Promise<Row> => id as never;\n',
    'export * from "./sql";\nexport { sql as load } from "./sql";\nexport type Row = { id: 1 };\n',
    undefined,
  ],
  "src/sql.ts": [
    'import { deep } from "./deep";\nexport function sql(id: unknown): any { return deep(id); }\n',
    'import { deep } from "./deep";\nexport function sql(id: unknown) { return { id: deep(id), name: "" }; }\n',
    "export function sql(id: unknown): any {}\ndeclare global { interface Shape { sql: string } }\n",
    'import "ambient";\nexport function sql(id: unknown): any {}\n',
    'import x = require("ambient");\nexport function sql(id: unknown): any { return x; }\n',
    '/// <reference path="./referenced.ts" />\nexport function sql(id: unknown): any {}\n',
    undefined,
  ],
  "src/deep.ts": [
    "export function deep(id: unknown): string { return String(id); }\nexport const of = <T>(of: T): T => of;\n",
    'import "./script";\nexport function deep(id: unknown): number { return 1; }\nexport const of = (n: unknown): Date => new Date();\n',
    'import "./sql";\nexport const deep = (id: unknown): Extra => id as never;\nexport const of = () => "";\n',
    'import { view } from "./view";\nexport const deep = (id: unknown) => view(id);\nexport const of = view;\n',
    'export * from "boxes";\nexport const deep = (id: unknown): typeof import("boxes") => id as never;\n',
    undefined,
  ],
  "src/deep/index.ts": [undefined, "export function deep(id: unknown): bigint { return 1n; }\n"],
  "src/view.tsx": [
    "export const view = (id: unknown) => <i id={String(id)} />;\n",
    'import type { Box } from "boxes";\nexport const view = (id: unknown): Box => <i /> && (id as never);\n',
    undefined,
  ],
  "src/script.ts": [
    "interface Extra { script: number }\n",
    "/* not a module:\nimport it from there\n*/ interface Extra { script: string }\n",
    "export interface Extra { script: boolean }\n",
    undefined,
  ],
  "src/referenced.ts": ["interface Extra { referenced: number }\n", "export {};\n"],
  "src/state.ts": [
    "export let unit = 1;\nexport const DEFAULT = 1;\nexport const als: { getStore(): number; run(): void } = null!;\n",
    'import { deep } from "./deep";\nexport let unit = 1;\nunit = 2;\nexport const DEFAULT = deep("");\nexport const als = { getStore: () => 1 };\n',
  ],
  "src/paths.ts": [
    "export const join = (...parts: string[]): string => parts.join();\n",
    'import "pkg";\nimport "./style.css";\nexport const join = (...parts: string[]): string => parts.join();\n',
  ],
  "src/setup.ts": [
    'import { deep } from "./deep";\ndeclare global { interface Shape { setup: ReturnType<typeof deep> } }\n',
    'import "../lib/outside";\nexport {};\n',
    "interface Shape { setup: 1 }\n",
    "export {};\n",
    undefined,
  ],
  "lib/outside.ts": [
    "export {};\ndeclare global { interface Shape { outside: 1 } }\n",
    'import "pkg";\nexport {};\n',
    undefined,
  ],
  "src/ambient.d.ts": ["interface Shape { size: number }\n", "interface Shape { size: string }\n"],
  "node_modules/ambient/index.d.ts": [
    "export {};\ndeclare global { interface Shape { ambient: 1 } interface Extra { ambient: 1 } }\n",
    "export {};\ndeclare global { interface Shape { ambient: 2 } }\n",
  ],
  "node_modules/boxes/index.d.ts": [
    '/** import "ambient"; */\nexport * from "./box";\n',
    'import "ambient";\nexport interface Box { size: Extra }\n',
    'import type {} from "./box";\nexport * from "./box";\ndeclare module "./box" { interface Box { more: 1 } }\n',
    'import type { At } from "at";\nexport interface Box { size: [At, import("twice").At, `"${string}`] }\n',
    undefined,
  ],
  "node_modules/boxes/box.d.ts": [
    'export interface Box { size: "a string with /*" }\n',
    'import { At } from "at";\nexport interface Box { size: At }\n',
    undefined,
  ],
  "node_modules/at/package.json": ['{ "name": "at", "version": "1.0.0" }'],
  "node_modules/at/index.d.ts": ["export declare class At { private at: number; x: string }\n"],
  "node_modules/twice/index.d.ts": ['export * from "at";\n', "export type At = 1;\n"],
  "node_modules/twice/node_modules/at/package.json": [
    '{ "name": "at", "version": "1.0.0" }',
    '{ "name": "at", "version": "2.0.0" }',
  ],
  "node_modules/twice/node_modules/at/index.d.ts": [
    "export declare class At { private at: number; x: string }\n",
  ],
  "node_modules/react/jsx-runtime.d.ts": [
    "export namespace JSX { interface Element { key: string } interface IntrinsicElements { i: { id?: string } } }\n",
  ],
  "node_modules/pkg/index.d.ts": ['import "ambient";\nexport {};\n', "export {};\n"],
};

it(`random edits never produce a different result in ${STEPS} steps`, () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const project = buildCacheProject();
  const now = new Map<string, string | undefined>();
  const put = (path: string, text: string | undefined): void => {
    if (text !== undefined) project.write(path, text);
    else if (now.get(path) !== undefined) project.remove(path);
    now.set(path, text);
  };
  for (const [path, [first]] of Object.entries(STATES)) put(path, first);
  const next = random(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const pruning = project.compiler();
  const seen = new Set<string>();
  for (let step = 0; step < STEPS; step++) {
    const unpruned = project.unprunedCompiler();
    // The globals of a marked file apply once that file is in the program.
    for (const path of MARKED) [pruning, unpruned].map((compiler) => compiler.compile(path));
    for (const path of MARKED) {
      const [pruned, full] = [pruning.compile(path), unpruned.compile(path)];
      expect(pruned, `step ${step}: ${path}`).toStrictEqual(full);
      seen.add(full.sites.map(({ id }) => id.version).join());
    }
    for (let change = 0; change < 1 + Math.floor(next() * 2); change++) {
      const path = pick(Object.keys(STATES));
      const isNew = now.get(path) === undefined;
      put(path, pick(STATES[path]!));
      // Changes of installed packages must be reported, and so must new files, which may shadow others.
      if (next() < 0.5 || isNew || path.startsWith("node_modules/")) pruning.invalidate(path);
    }
    vi.setSystemTime(Date.now() + 1000);
  }
  // The edits must change results, or the test would prove nothing.
  expect(seen.size).toBeGreaterThan(Math.min(STEPS / 2, 10));
});
