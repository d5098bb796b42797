import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

const LEAVES = /^runtime\/(duration|errors|options|shape|suggest)\.ts$/;

/** Who may import what. A target is a file (`src/site.ts`) or a package (`ts-morph`, `node:fs`). */
const RULES: Rule[] = [
  {
    promise: "the runtime imports nothing but itself",
    reason: "It runs in browsers and workers, and brings no other package into a project.",
    from: /^runtime\/(?!redis-|memcached-|codec-packed|testing)/,
    allowed: /^runtime\//,
  },
  {
    promise: "the suite for drivers imports no test runner",
    reason: "It runs under that of its user: Vitest, Jest, node:test.",
    from: /^runtime\/testing/,
    allowed: /^runtime\/|^node:assert\/strict$/,
  },
  {
    promise: "a store's client is imported by its own files alone",
    reason: "Who uses one store has not installed the client of another.",
    from: /^runtime\/redis-/,
    allowed: /^(runtime\/|node:)|^ioredis$/,
  },
  {
    promise: "likewise Memcached's",
    reason: "Who uses one store has not installed the client of another.",
    from: /^runtime\/memcached-/,
    allowed: /^(runtime\/|node:)|^memjs$/,
  },
  {
    promise: "serializers that need something load it when they are asked for",
    reason: "A browser has no node:v8, and most projects no msgpackr.",
    from: /^runtime\/codec-packed/,
    allowed: /^runtime\/|^(msgpackr|node:v8)$/,
  },
  {
    promise: "the compiler imports itself, its libraries and the runtime's types and pure leaves",
    reason: "What it takes in is published with it, and loading a cache in a build would start it there.",
    from: /^src\//,
    allowed: new RegExp(`^(src/|node:)|^(ts-morph|magic-string|picocolors)$|${LEAVES.source}`),
    allowedAsType: /^runtime\//,
  },
  {
    promise: "the emitter does not know ts-morph",
    reason: "It edits text from plain data, so that every door emits the same and a test needs no compiler.",
    from: /^src\/emit(\.ts$|\/)/,
    allowed: /^(?!ts-morph$)/,
  },
  {
    promise: "a door knows the compiler by src/index.ts, and its host by types",
    reason: "Every door emits the same text with the same code; the host loads the door, never the reverse.",
    from: /^plugin\//,
    allowed:
      /^(plugin\/|node:|src\/index\.ts$)|^(picocolors|picomatch|unplugin|@jridgewell\/sourcemap-codec)$/,
    allowedAsType: /^(?!(src|runtime|test|fixtures)\/)/,
  },
];

describe("the rooms of the house", () => {
  const graph = readGraph(["src", "runtime", "plugin"]);

  for (const rule of RULES) {
    it(rule.promise, () => {
      expect(violations(graph, rule), rule.reason).toEqual([]);
    });
  }

  it("the emitter reaches no ts-morph through what it imports", () => {
    const reached = reach(graph, "src/emit.ts");
    expect([...reached], "A test of the emitter would load a compiler after all.").not.toContain("ts-morph");
  });

  it.each(["index", "internal"])("runtime/%s.ts reaches nothing outside of the runtime", (entry) => {
    // `memory({ serializer: "msgpack" })` loads it when it is asked for.
    const inside = entry === "index" ? /^runtime\/|^msgpackr$/ : /^runtime\//;
    const others = [...reach(graph, `runtime/${entry}.ts`)].filter((file) => !inside.test(file));
    expect(others, "It runs in browsers and workers.").toEqual([]);
  });

  it("the leaves that the compiler takes from the runtime load nothing but each other", () => {
    const leaves = [...graph.keys()].filter((file) => LEAVES.test(file));
    const loaded = new Set(leaves.flatMap((leaf) => [...reach(graph, leaf)]));
    const others = [...loaded].filter((file) => !LEAVES.test(file));
    expect(others, "A leaf that loads more brings the cache into the build.").toEqual([]);
  });

  for (const room of ["src", "runtime"]) {
    it(`files in ${room} do not load each other in a circle`, () => {
      const start = [...graph.keys()].filter((file) => file.startsWith(`${room}/`));
      expect(start, `no files found in ${room}`).not.toEqual([]);
      expect(
        cycles(graph, start),
        "In a circle, what is initialised first depends on who imports whom.",
      ).toEqual([]);
    });
  }
});

describe("the check itself", () => {
  const imports = (text: string): string[] =>
    importsOf("src/a.ts", text).map(({ target, type }) => (type ? `type ${target}` : target));

  it("sees every way to import", () => {
    const text = `
      import a from "a"; import "b"; export * from "c"; export { d } from "d"; import e = require("e");
      const f = import("f"); const g = require("g"); let h: import("h").H; import { type i, j } from "i";`;
    expect(imports(text)).toEqual(["a", "b", "c", "d", "e", "f", "g", "type h", "i"]);
  });

  it("tells a type from a value", () => {
    const text = `
      import type { A } from "a"; import { type B } from "b"; export type { C } from "c"; export type * from "d";
      export { type E } from "e";`;
    // With verbatimModuleSyntax `import { type B } from "b"` stays as `import {} from "b"`, which loads b.
    expect(imports(text)).toEqual(["type a", "b", "type c", "type d", "e"]);
  });

  it("names a file by its path from the root", () => {
    expect(importsOf("src/analyze/a.ts", 'import "../../runtime/key.ts"')).toEqual([
      { target: "runtime/key.ts", type: false },
    ]);
  });

  it("finds a forbidden import and a circle", () => {
    const graph: Graph = new Map([
      [
        "runtime/a.ts",
        [
          { target: "runtime/b.ts", type: false },
          { target: "node:fs", type: false },
        ],
      ],
      ["runtime/b.ts", [{ target: "runtime/a.ts", type: false }]],
      ["runtime/c.ts", [{ target: "runtime/a.ts", type: false }]],
    ]);
    expect(violations(graph, RULES[0]!)).toEqual(["runtime/a.ts imports node:fs"]);
    expect(cycles(graph, [...graph.keys()])).toEqual(["runtime/a.ts → runtime/b.ts → runtime/a.ts"]);
    expect([...reach(graph, "runtime/c.ts")]).toContain("node:fs");
  });
});

interface Rule {
  promise: string;
  reason: string;
  from: RegExp;
  allowed: RegExp;
  /** Also allowed where nothing is loaded: `import type`. */
  allowedAsType?: RegExp;
}

interface Import {
  target: string;
  type: boolean;
}

type Graph = Map<string, Import[]>;

function readGraph(rooms: string[]): Graph {
  const files = rooms.flatMap((room) =>
    readdirSync(`${root}/${room}`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${room}/${file.replaceAll("\\", "/")}`),
  );
  return new Map(
    files.sort().map((file) => [file, importsOf(file, readFileSync(`${root}/${file}`, "utf8"))]),
  );
}

function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, type: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const path = specifier.text;
    found.push({ target: path.startsWith(".") ? posix.join(posix.dirname(file), path) : path, type });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && isLoad(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  return importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function isLoad(callee: ts.Expression): boolean {
  return (
    callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require")
  );
}

function violations(graph: Graph, { from, allowed, allowedAsType }: Rule): string[] {
  return [...graph]
    .filter(([file]) => from.test(file))
    .flatMap(([file, imports]) =>
      imports
        .filter(({ target, type }) => !allowed.test(target) && !(type && allowedAsType?.test(target)))
        .map(({ target }) => `${file} imports ${target}`),
    );
}

/** All that is loaded with a file. */
function reach(graph: Graph, file: string, seen = new Set<string>()): Set<string> {
  for (const { target, type } of graph.get(file) ?? []) {
    if (type || seen.has(target)) continue;
    seen.add(target);
    reach(graph, target, seen);
  }
  return seen;
}

/** The circles found by walking depth first, each once, as a path that comes back to its start. */
function cycles(graph: Graph, files: string[]): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const { target, type } of graph.get(file) ?? []) if (!type) walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  return found;
}
