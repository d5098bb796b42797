/** An edit of a body that no type depends on loads no types, and results are those of a new compiler. */
import { expect, test } from "vitest";
import { BuildCache } from "../../src/build-cache/index.ts";
import { changesBy, compile } from "../../src/compile.ts";
import { resolveCompilerOptions } from "../../src/options/compiler.ts";
import { Ids } from "../../src/ids.ts";
import { type ProjectFile, Workspace } from "../../src/project/workspace.ts";
import { buildCacheProject } from "../support/build-cache-project.ts";

/** Counts the requests for types. */
class CountingWorkspace extends Workspace {
  typeRequests = 0;

  override fileFor(...request: Parameters<Workspace["fileFor"]>): ProjectFile {
    const file = super.fileFor(...request);
    const counted = <T>(load: () => T): (() => T) => {
      return () => {
        this.typeRequests++;
        return load();
      };
    };
    return { ...file, checker: counted(file.checker), program: counted(file.program) };
  }
}

const TSCONFIG = `{ "compilerOptions": {
  "strict": true, "lib": ["es2018", "dom"], "types": [], "module": "esnext", "moduleResolution": "bundler", "allowJs": true
}, "include": ["src"] }`;
const TYPES = `export interface Query { id: number; tags: readonly string[] }
export class Store { size = 1; get(key: Query): string { return key.tags.join(BODY); } }
`;

/** Compiles `text` with one body and then with the other. */
function edit(
  text: string,
  [before, after]: readonly [string, string],
  { path = "src/edited.ts", allow = ["cheap", "result-aliases"] } = {},
): { typeRequests: number } {
  const types = TYPES.replace("BODY", '""');
  const project = buildCacheProject({
    "tsconfig.json": TSCONFIG,
    "src/types.ts": types,
    "src/globals.ts": GLOBALS,
  });
  const at = `${project.root}/${path}`;
  const context = {
    workspace: new CountingWorkspace({ root: project.root }),
    options: resolveCompilerOptions({ allow }),
    ids: new Ids(),
  };
  const write = (body: string): string => {
    const unpruned = `import type { Query } from "./types";\n${text.replaceAll("BODY", () => body)}`;
    project.write(path, unpruned);
    return unpruned;
  };
  const first = compile(at, write(before), context);
  // Results with problems are not cached.
  expect(first.diagnostics).toEqual([]);
  context.workspace.typeRequests = 0;
  const now = compile(at, write(after), context);
  expect(now).toStrictEqual(project.fresh(path, { allow }));
  return { typeRequests: context.workspace.typeRequests };
}

const GLOBALS = "export {};\ndeclare global { interface Extra { added: 1 } }\n";
const MARKED = "// @cached\nexport function found(query: Query): Query { return query; }\n";

test.each<[what: string, text: string, bodies: readonly [string, string]]>([
  [
    "its own body",
    "// @cached\nexport function find(query: Query): Query { BODY }",
    ["return query;", "const tags = query.tags;\n  return { id: 1, tags };"],
  ],
  [
    "the body of an arrow function",
    "// @cached\nexport const find = async (query: Query): Promise<Query> => BODY;",
    ["query", "({ ...query,\n id: 2 })"],
  ],
  [
    "the body of a function in a call",
    'import { cached } from "aotcache";\nexport const find = cached((query: Query): Query => { BODY });',
    ["return query;", "return { ...query };"],
  ],
  [
    "the body of a method",
    "export class Finder {\n// @cached\nfind(query: Query): Query { BODY } }",
    ["return query;", "return { ...query };"],
  ],
  [
    "the body of another function before it",
    `export function other(n: number): number { BODY }\n${MARKED}`,
    ["return n;", "let sum = n;\n  for (const one of [1]) sum += one;\n  sum++;\n  return sum;"],
  ],
  [
    "a body with a marked function in it",
    `// @cached\nexport function outer(query: Query): number { BODY }\n${MARKED}`,
    ["return 1;", "// @cached\n  const inner = (n: number): number => n;\n  return inner(query.id);"],
  ],
  [
    "the body of a function with a destructured signal",
    "// @cached ttl=1\nexport async function find({ query, signal }: { query: Query; signal: AbortSignal }): Promise<Query> { BODY }",
    ["signal.throwIfAborted(); return query;", "await 1; signal.throwIfAborted(); return query;"],
  ],
])("no types are loaded after an edit of %s", (_what, text, bodies) => {
  expect(edit(text, bodies)).toEqual({ typeRequests: 0 });
});

test.each<[what: string, text: string, bodies: readonly [string, string], path?: string]>([
  [
    "a result type that is inferred",
    "// @cached\nexport function find(query: Query) { BODY }",
    ["return query;", "return query.id;"],
  ],
  [
    "a type made of an inferred one",
    `function other() { BODY }\n// @cached\nexport function find(n: ReturnType<typeof other>): number { return 1; }`,
    ["return 1;", 'return "";'],
  ],
  [
    "a field that a constructor fills",
    `class Box { width; constructor() { BODY } }\n// @cached\nexport function area(width: Box["width"]): number { return 1; }`,
    ["this.width = 1;", 'this.width = "";'],
  ],
  [
    "a function that is called in place",
    `const unit: number | string = String(1).length > 2 ? 1 : "";
if (typeof unit === "string") ((): void => { BODY })();
const made = { unit };
// @cached\nexport function area(box: typeof made): number { return 1; }`,
    ["return;", "throw new Error();"],
  ],
  [
    "a new assignment to a narrowed variable",
    `export let unit: number | string = String(1).length > 2 ? 1 : "";
function change(): void { BODY }
export const box = typeof unit === "string" ? () => ({ unit }) : undefined;
// @cached\nexport function area(made: ReturnType<NonNullable<typeof box>>): number { change(); return 1; }`,
    ["return;", "unit = 1;"],
  ],
  [
    "the removal of a local variable that shadows a narrowed one",
    `export let unit: number | string = String(1).length > 2 ? 1 : "";
function change(): void { BODY unit = 1; }
export const box = typeof unit === "string" ? () => ({ unit }) : undefined;
// @cached\nexport function area(made: ReturnType<NonNullable<typeof box>>): number { change(); return 1; }`,
    ["let unit: number;", ""],
  ],
  [
    "the `this` of a contextually typed function",
    `declare function make<T>(of: { first: (n: number) => T; second: (of: T) => void }): T;
const made = make({ first: function (n): { value: number } { BODY }, second: (x) => x });
// @cached\nexport function area(box: typeof made): number { return 1; }`,
    ["return { value: 1 };", "return { value: this ? 1 : 2 };"],
  ],
  [
    "an import of global declarations in a body",
    `declare global { interface Extra { own: number } }
function load(): unknown { BODY }\n// @cached\nexport function size(shape: Extra): number { load(); return 1; }`,
    ["return 1;", 'return import("./globals");'],
  ],
  ["a syntax error", `export function other(): number { BODY }\n${MARKED}`, ["return 1;", "return 1; } }"]],
  [
    "JavaScript",
    "function make() { BODY }\nconst made = make();\n// @cached\n/** @param {typeof made} box */\nexport function area(box) { return 1; }",
    ["return { width: 1 };", 'return { width: "" };'],
    "src/edited.js",
  ],
])("an edit is noticed that affects types through %s", (_what, text, bodies, path) => {
  expect(edit(text, bodies, path === undefined ? {} : { path }).typeRequests).toBeGreaterThan(0);
});

/** The type of `query.tags` is asked for, since the result holds it. */
const HOLDER = `interface Frozen { readonly tags: readonly string[]; readonly of?: Frozen | undefined }
// @cached
export function find(query: Frozen, n: number): Frozen { BODY }`;

test.each<[what: string, bodies: readonly [string, string]]>([
  ["a loop", ["return { tags: query.tags };", "for (let i = 0; i < n; i++);\nreturn { tags: query.tags };"]],
  [
    "a helper",
    [
      "return { tags: query.tags };",
      "const { length } = query.tags.map(String);\nreturn { tags: query.tags };",
    ],
  ],
])("no types are loaded after an edit of %s where the result holds an argument", (_what, bodies) => {
  expect(edit(HOLDER, bodies, { allow: ["cheap"] })).toEqual({ typeRequests: 0 });
});

test.each<[what: string, bodies: readonly [string, string]]>([
  [
    "a condition",
    ["return query.of ?? query;", "if (query.of === undefined) return query;\nreturn query.of ?? query;"],
  ],
  [
    "a constant that is compared",
    ["return query.of ?? query;", "const { of } = query;\nif (!of) return query;\nreturn query.of ?? query;"],
  ],
  ["an assignment", ["return query.of ?? query;", "query = { tags: [] };\nreturn query.of ?? query;"]],
  ["a check in a call", ["return query.of ?? query;", "String(query.of);\nreturn query.of ?? query;"]],
])("types are loaded after an edit of %s that may narrow what the result holds", (_what, bodies) => {
  expect(edit(HOLDER, bodies, { allow: ["cheap"] }).typeRequests).toBeGreaterThan(0);
});

test("a new process loads no types after an edit of a body, and loads them after an edit of a type", () => {
  const project = buildCacheProject({
    "tsconfig.json": TSCONFIG,
    "node_modules/lib/package.json": "{}",
    "src/types.ts": TYPES,
    "src/edited.ts": `import type { Query } from "./types";\n${MARKED}`,
  });
  const path = "src/edited.ts";
  const options = resolveCompilerOptions({ allow: ["cheap"] });
  const requests = (): number => {
    const workspace = new CountingWorkspace({ root: project.root });
    const cache = new BuildCache({ root: project.root, options });
    const text = project.read(path);
    const compilation =
      cache.lookup(`${project.root}/${path}`, text) ??
      cache.compile(`${project.root}/${path}`, text, () => ({ compile, changesBy, workspace }));
    expect(compilation).toStrictEqual(project.fresh(path, { allow: ["cheap"] }));
    cache.flush();
    return workspace.typeRequests;
  };
  expect(requests()).toBeGreaterThan(0);
  project.edit(path, "return query;", "for (let i = 0; i < 9; i++);\n  return query;");
  expect(requests()).toBe(0);
  project.edit("src/types.ts", "id: number", "id: string");
  expect(requests()).toBeGreaterThan(0);
  project.edit(path, "i < 9", "i < 8");
  expect(requests()).toBe(0);
});

test("an edit of a body in an imported file loads no types, and an edit of a type does", () => {
  const project = buildCacheProject({ "src/types.ts": TYPES.replace("BODY", '""') });
  const workspace = new CountingWorkspace({ root: project.root });
  const context = {
    workspace,
    options: resolveCompilerOptions({ allow: ["cheap", "result-aliases"] }),
    ids: new Ids(),
  };
  const text = `import type { Query } from "./types";\n${MARKED}`;
  project.write("src/found.ts", text);
  const loadsTypesAfter = (types: string): boolean => {
    project.write("src/types.ts", types);
    workspace.invalidate(`${project.root}/src/types.ts`);
    workspace.typeRequests = 0;
    expect(compile(`${project.root}/src/found.ts`, text, context)).toStrictEqual(
      project.fresh("src/found.ts"),
    );
    return workspace.typeRequests > 0;
  };
  expect(loadsTypesAfter(TYPES.replace("BODY", '""'))).toBe(true);
  expect(loadsTypesAfter(TYPES.replace("BODY", '","'))).toBe(false);
  expect(loadsTypesAfter(TYPES.replace("id: number", "id: string"))).toBe(true);
  expect(loadsTypesAfter(`${TYPES}declare global { interface Extra { added: 1 } }`)).toBe(true);
});

test("the stored result of an edited file depends on everything that its cached type queries depend on", () => {
  const project = buildCacheProject();
  const session = project.session();
  session.compile("src/users.ts");
  project.edit("src/users.ts", "return query.id;", "return query.id + 1;");
  session.compile("src/users.ts");
  session.flush();
  const again = project.session();
  expect(again.compile("src/users.ts")).toStrictEqual(project.fresh("src/users.ts"));
  expect(again.compiled).toEqual([]);
  project.edit("src/three.ts", "number", "string");
  const changed = project.session();
  expect(changed.compile("src/users.ts")).toStrictEqual(project.fresh("src/users.ts"));
  expect(changed.compiled).toEqual(["src/users.ts"]);
});
