/** After random edits, the build cache returns the results that a new compiler would compute. */
import { expect, it } from "vitest";
import { buildCacheProject, type BuildCacheProject } from "../support/build-cache-project.ts";
import { random } from "../support/random.ts";

/** `WALK_STEPS=1000 npx vitest run test/build-cache/random-edits` runs longer. */
const STEPS = Number(process.env["WALK_STEPS"] ?? 25);
const SEED = Number(process.env["WALK_SEED"] ?? 1);

const USERS = `import type { Query } from "./one";
import { cached } from "./barrel";
import { unit } from "./state";
// @cached ttl=10
export function find(query: Query): number { return query.id as number; }
export const scaled = cached((n: number): number => n * unit);
`;
const BOXES = `import type { Box } from "lib";
// @cached
export function area(box: Box): number { return box.width as number; }
`;
const GLOBAL = `// @cached
export function size(shape: Shape): number { return shape.size as number; }
`;
const MORE = (name: string): string => `import { area } from "./boxes";
// @cached
export const ${name} = (n: number): number => area({ width: n });
`;
const TSCONFIG = (paths: string, include: string, more = ""): string => `{
  "extends": "./base.json",
  "compilerOptions": {
    "lib": ["es5"], "types": ["extra"], "module": "esnext", "moduleResolution": "bundler", "paths": ${paths}
  },
  "include": ["${include}"]${more}
}`;
const MARKED: Readonly<Record<string, string>> = {
  "src/users.ts": USERS,
  "src/boxes.ts": BOXES,
  "src/globals/size.ts": GLOBAL,
  "src/more.ts": MORE("more"),
  "src/less.ts": MORE("less"),
};

/** The states of each file. `undefined`: the file does not exist. */
const STATES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "base.json": ['{ "compilerOptions": { "strict": true } }', '{ "compilerOptions": { "strict": false } }'],
  "tsconfig.json": [
    TSCONFIG("{}", "src"),
    TSCONFIG('{ "lib": ["./src/alias"] }', "src"),
    TSCONFIG("{}", "src/users.ts"),
    TSCONFIG("{}", ".", ', "exclude": ["generated", "node_modules", "src/amb*"]'),
    TSCONFIG("{}", "./sr?", ', "exclude": ["src/new"]'),
  ],
  "src/alias.ts": [undefined, "export interface Box { width: 99 }"],
  "package.json": ['{ "name": "app" }', '{ "name": "app", "type": "module" }', '{ "name": "other" }'],
  "src/package.json": [undefined, undefined, '{ "name": "inner" }'],
  "src/tsconfig.json": [undefined, undefined, '{ "extends": "../tsconfig.json", "include": ["."] }'],
  "src/one.ts": ['export type { Query } from "./two";', 'export * from "./two";'],
  "src/two.ts": [
    'import type { Id } from "./three";\nexport interface Query { id: Id; name?: string }',
    'import type { Id } from "./three";\nexport interface Query { id: Id }',
    undefined,
  ],
  "src/two/index.ts": ["export interface Query { id: 7 }", undefined],
  "src/two.d.ts": [undefined, "export interface Query { id: 8 }"],
  "src/three.ts": [
    "export type Id = number;",
    "export type Id = string;",
    "export type Id = Shape;",
    undefined,
  ],
  "src/barrel.ts": [
    'export { cached } from "aotcache";',
    "export const cached = <T>(fn: T): T => fn;",
    undefined,
  ],
  "src/state.ts": ["export let unit = 1;", "export let unit = 1;\nunit = 2;"],
  "src/ambient/shape.d.ts": [
    "interface Shape { size: number }",
    "interface Shape { size: string }",
    undefined,
  ],
  "src/new/deep/shape.d.ts": [undefined, "interface Shape { deep: number }"],
  "generated/shape.d.ts": [undefined, "interface Shape { generated: number }"],
  "dist/shape.d.ts": [undefined, "interface Shape { dist: number }"],
  "src/more.d.ts": [undefined, "interface Shape { depth: boolean }"],
  "src/marked.ts": [
    "// @cached\nexport const a = (n: number): number => n;\ndeclare global { interface Shape { color: string } }",
    "// @cached\nexport const a = (n: number): number => n;",
    undefined,
  ],
  "src/setup.ts": [
    undefined,
    "interface Shape { setup: number }",
    "declare global { interface Shape { setup: string } }\nexport {};",
    'export * from "./outside";',
    'import "../lib/outside";\nexport {};',
    'import "globals";\nexport {};',
    "interface Shape { setup: boolean }\nexport {};",
  ],
  "lib/outside.ts": [
    undefined,
    "export {};\ndeclare global { interface Shape { outside: number } }",
    'export * from "./more";',
  ],
  "lib/more.ts": [undefined, "interface Shape { more: number }"],
  "src/script.js": [undefined, "/** @typedef {string} Script */"],
  "node_modules/globals/index.d.ts": [
    "export {};\ndeclare global { interface Shape { globals: 1 } }",
    "export {};",
    undefined,
  ],
  "node_modules/lib/package.json": [
    '{ "name": "lib", "types": "index.d.ts" }',
    '{ "name": "lib", "types": "other.d.ts" }',
  ],
  "node_modules/lib/index.d.ts": [
    "export interface Box { width: number }",
    'export type { Box } from "deep";',
    undefined,
  ],
  "node_modules/lib/other.d.ts": ["export interface Box { width: number; height: number }"],
  "node_modules/deep/index.d.ts": [
    "export interface Box { width: 1 }",
    "export interface Box { width: 2 }",
    undefined,
  ],
  "node_modules/@types/extra/index.d.ts": [undefined, "interface Shape { extra: number }"],
  "src/node_modules/lib/index.d.ts": [undefined, undefined, "export interface Box { width: bigint }"],
};

it(
  `random edits never produce a stale result in ${STEPS} steps`,
  () => {
    const project = buildCacheProject(MARKED);
    const now = new Map<string, string | undefined>();
    for (const [path, states] of Object.entries(STATES)) put(project, now, path, states[0]);
    const next = random(SEED);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    let hits = 0;
    for (let step = 0; step < STEPS; step++) {
      const session = project.session();
      const fresh = project.compiler();
      const paths = Object.keys(MARKED);
      for (const path of paths) {
        const cached = session.compile(path);
        expect(cached, `step ${step}: ${path}`).toStrictEqual(fresh.compile(path));
      }
      hits += paths.length - session.compiled.length;
      session.flush();
      for (let change = 0; change < 1 + Math.floor(next() * 2); change++) {
        const path = pick(Object.keys(STATES));
        put(project, now, path, pick(STATES[path]!));
      }
    }
    // Without enough hits, the test would only compare compiled results with each other.
    expect(hits).toBeGreaterThan(STEPS);
  },
  Math.max(60_000, STEPS * 500),
);

function put(
  project: BuildCacheProject,
  now: Map<string, string | undefined>,
  path: string,
  text: string | undefined,
): void {
  if (text !== undefined) project.write(path, text);
  else if (now.get(path) !== undefined) project.remove(path);
  now.set(path, text);
}
