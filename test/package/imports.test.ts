import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The allowed imports. A target is a file (`src/site.ts`) or a package (`ts-morph`, `node:fs`). */
const RULES: Rule[] = [
  {
    promise: "the runtime imports nothing but itself",
    reason: "It runs in browsers and workers, and has no dependencies.",
    from: /^runtime\/(?!(redis|memcached|otel|testing)\/|codec\/binary)/,
    allowed: /^runtime\//,
  },
  {
    promise: "the suite for drivers imports no test runner",
    reason: "It runs under the runner of its user: Vitest, Jest, node:test.",
    from: /^runtime\/testing\//,
    allowed: /^runtime\/|^(node:assert\/strict|fast-check)$/,
  },
  {
    promise: "only runtime/redis imports ioredis",
    reason: "Users of another store have not installed it.",
    from: /^runtime\/redis\//,
    allowed: /^(runtime\/|node:)|^ioredis$/,
  },
  {
    promise: "only runtime/memcached imports memjs",
    reason: "Users of another store have not installed it.",
    from: /^runtime\/memcached\//,
    allowed: /^(runtime\/|node:)|^memjs$/,
  },
  {
    promise: "only runtime/otel imports OpenTelemetry",
    reason: "Users of another entry have not installed it.",
    from: /^runtime\/otel\//,
    allowed: /^(runtime\/|node:)|^@opentelemetry\/api$/,
  },
  {
    promise: "the binary serializers load what they need on first use",
    reason: "A browser has no node:v8, and most projects have no msgpackr.",
    from: /^runtime\/codec\/binary/,
    allowed: /^runtime\/|^(msgpackr|node:v8)$/,
  },
  {
    promise: "the compiler imports itself, its libraries, runtime/contract, and types of the runtime",
    reason:
      "Its libraries are published with it. Loading the rest of the runtime would start a cache in a build.",
    from: /^src\//,
    allowed: /^(src\/|runtime\/contract\/|node:)|^(ts-morph|magic-string|picocolors)$/,
    allowedAsType: /^runtime\//,
  },
  {
    promise: "the emitter does not import ts-morph",
    reason:
      "It edits text from plain data, so every integration emits the same and its tests need no compiler.",
    from: /^src\/emit\//,
    allowed: /^(?!ts-morph$)/,
  },
  {
    promise:
      "an integration imports the compiler from src/index.ts, the inspector, and only types of its host",
    reason: "Every integration emits the same text with the same code, and is loaded by its host.",
    from: /^plugin\//,
    allowed:
      /^(plugin\/|node:|src\/index\.ts$|runtime\/inspector\.ts$)|^(@babel\/parser|diff|magic-string|package-manager-detector|picocolors|picomatch|unplugin|@jridgewell\/(?:remapping|sourcemap-codec))$/,
    allowedAsType: /^(?!(src|runtime|test|fixtures)\/)/,
  },
];

describe("imports between folders", () => {
  const graph = readGraph(["src", "runtime", "plugin"]);

  for (const rule of RULES) {
    it(rule.promise, () => {
      expect([...graph.keys()].some((file) => rule.from.test(file))).toBe(true);
      expect(violations(graph, rule), rule.reason).toEqual([]);
    });
  }

  it("the emitter does not reach ts-morph through its imports", () => {
    const reached = reach(graph, "src/emit/index.ts");
    expect([...reached], "A test of the emitter would load a compiler.").not.toContain("ts-morph");
  });

  it.each(["index", "internal"])("runtime/%s.ts reaches nothing outside of the runtime", (entry) => {
    // `memory({ serializer: "msgpack" })` loads it on first use.
    const inside = entry === "index" ? /^runtime\/|^msgpackr$/ : /^runtime\//;
    const others = [...reach(graph, `runtime/${entry}.ts`)].filter((file) => !inside.test(file));
    expect(others, "It runs in browsers and workers.").toEqual([]);
  });

  it("runtime/contract loads only itself", () => {
    const contract = [...graph.keys()].filter((file) => file.startsWith("runtime/contract/"));
    expect(contract).not.toEqual([]);
    const loaded = contract.flatMap((file) => [...reach(graph, file)]);
    const others = loaded.filter((file) => !file.startsWith("runtime/contract/"));
    expect(others, "The compiler imports it, and must not start a cache inside the build.").toEqual([]);
  });

  it("files do not load each other in a cycle", () => {
    const loads = new Map([...graph].map(([file, imports]) => [file, imports.filter(({ type }) => !type)]));
    expect(cycles(loads), "In a circle, the first importer decides what is initialised first.").toEqual([]);
  });

  it("folders do not import each other in a cycle, including types", () => {
    expect(cycles(byFolder(graph)), "Folders in a circle can only be read together.").toEqual([]);
  });
});

describe("the check", () => {
  const imports = (text: string): string[] =>
    importsOf("src/a.ts", text).map(({ target, type }) => (type ? `type ${target}` : target));

  it("detects every form of import", () => {
    const text = `
      import a from "a"; import "b"; export * from "c"; export { d } from "d"; import e = require("e");
      const f = import("f"); const g = require("g"); let h: import("h").H; import { type i, j } from "i";`;
    expect(imports(text)).toEqual(["a", "b", "c", "d", "e", "f", "g", "type h", "i"]);
  });

  it("distinguishes types from values", () => {
    const text = `
      import type { A } from "a"; import { type B } from "b"; export type { C } from "c"; export type * from "d";
      export { type E } from "e";`;
    // With verbatimModuleSyntax `import { type B } from "b"` remains as `import {} from "b"`, which loads b.
    expect(imports(text)).toEqual(["type a", "b", "type c", "type d", "e"]);
  });

  it("names a file by its path from the root", () => {
    expect(importsOf("src/analyze/a.ts", 'import "../../runtime/call/call.ts"')).toEqual([
      { target: "runtime/call/call.ts", type: false },
    ]);
  });

  it("detects a forbidden import, and cycles of files and of folders", () => {
    const value = (target: string): Import => ({ target, type: false });
    const type = (target: string): Import => ({ target, type: true });
    const graph: Graph = new Map([
      ["runtime/a.ts", [value("runtime/b.ts"), value("node:fs")]],
      ["runtime/b.ts", [value("runtime/a.ts"), value("runtime/call/c.ts")]],
      ["runtime/call/c.ts", [value("runtime/key/d.ts")]],
      ["runtime/call/e.ts", []],
      ["runtime/key/d.ts", [type("runtime/call/e.ts")]],
    ]);
    expect(violations(graph, RULES[0]!)).toEqual(["runtime/a.ts imports node:fs"]);
    expect(cycles(graph)).toEqual(["runtime/a.ts → runtime/b.ts → runtime/a.ts"]);
    const folders = "runtime/call → runtime/key → runtime/call";
    expect(cycles(byFolder(graph))).toEqual(["runtime/a.ts → runtime/b.ts → runtime/a.ts", folders]);
    expect([...reach(graph, "runtime/b.ts")]).toContain("node:fs");
  });
});

interface Rule {
  promise: string;
  reason: string;
  from: RegExp;
  allowed: RegExp;
  /** Additional targets for imports that load nothing: `import type`. */
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

/** All files that are loaded with a file. */
function reach(graph: Graph, file: string, seen = new Set<string>()): Set<string> {
  for (const { target, type } of graph.get(file) ?? []) {
    if (type || seen.has(target)) continue;
    seen.add(target);
    reach(graph, target, seen);
  }
  return seen;
}

/** The graph of folders. A file directly in `src`, `runtime` or `plugin` counts as a folder. */
function byFolder(graph: Graph): Graph {
  const folders: Graph = new Map();
  const folderOf = (file: string): string => (graph.has(file) ? file.replace(/(\/.*)\/[^/]*$/, "$1") : file);
  for (const [file, imports] of graph) {
    const folder = folderOf(file);
    const others = imports.map(({ target, type }) => ({ target: folderOf(target), type }));
    const outside = others.filter(({ target }) => target !== folder);
    folders.set(folder, [...(folders.get(folder) ?? []), ...outside]);
  }
  return folders;
}

/** The cycles found by a depth-first search, each once, as a path that ends at its start. */
function cycles(graph: Graph): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file].join(" → "));
    if (at >= 0 || done.has(file)) return;
    for (const target of new Set((graph.get(file) ?? []).map(({ target }) => target)))
      walk(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}
