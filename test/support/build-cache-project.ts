/** A small project on disk, with compilers that use the build cache and compilers that do not. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Compilation } from "../../src/compilation.ts";
import { changesBy, compile } from "../../src/compile.ts";
import { resolveCompilerOptions, type CompilerOptions } from "../../src/options/compiler.ts";
import { Ids } from "../../src/ids.ts";
import { BuildCache } from "../../src/build-cache/index.ts";
import { Workspace } from "../../src/project/workspace.ts";

export type Files = Readonly<Record<string, string>>;

/** The functions of the projects are short. */
const SHORT: CompilerOptions = { allow: ["cheap", "result-aliases"] };

/** The key of `find` depends on a type that is three imports away. */
export const FILES: Files = {
  "node_modules/lib/package.json": '{ "name": "lib", "types": "index.d.ts" }',
  "node_modules/lib/index.d.ts": "export interface Box { width: number }",
  "package.json": '{ "name": "app" }',
  "base.json": '{ "compilerOptions": { "strict": true } }',
  "tsconfig.json": `{ "extends": "./base.json", "compilerOptions": {
    "lib": ["es5"], "types": [], "module": "esnext", "moduleResolution": "bundler" }, "include": ["src"] }`,
  "src/users.ts": `import type { Query } from "./one";
// @cached ttl=10
export function find(query: Query): number { return query.id; }
`,
  "src/one.ts": 'export type { Query } from "./two";\n',
  "src/two.ts": 'import type { Id } from "./three";\nexport interface Query { id: Id; name?: string }\n',
  "src/three.ts": "export type Id = number;\n",
  "src/boxes.ts": `import type { Box } from "lib";
// @cached
export function area(box: Box): number { return box.width; }
`,
  "src/alone.ts": "// @cached ttl=1h\nexport const twice = (n: number): number => 2 * n;\n",
  "src/plain.ts": 'export const note = "nothing here is cached";\n',
};

export interface BuildCacheProject {
  readonly root: string;
  /** The folder of the build cache. */
  readonly cacheFolder: string;
  read(path: string): string;
  write(path: string, text: string): void;
  edit(path: string, from: string, to: string): void;
  remove(path: string): void;
  /** A compiler with the build cache, as in a new process. */
  session(options?: CompilerOptions): Session;
  /** A new compiler without the build cache. */
  compiler(options?: CompilerOptions): Pick<Session, "compile" | "invalidate">;
  /** A new compiler that prunes no imports. */
  unprunedCompiler(options?: CompilerOptions): Pick<Session, "compile">;
  /** The result of a new compiler for one file. */
  fresh(path: string, options?: CompilerOptions): Compilation;
}

/** Its programs contain all imports and full libraries. */
class UnprunedWorkspace extends Workspace {
  override withPruning<T>(compute: () => T): T {
    return compute();
  }
}

export interface Session {
  compile(path: string, text?: string): Compilation;
  /** The files that were compiled, which means not found in the cache. */
  readonly compiled: readonly string[];
  invalidate(path: string): void;
  flush(): void;
}

export function buildCacheProject(files: Files = {}): BuildCacheProject {
  const base = fileURLToPath(new URL("../../.tmp", import.meta.url));
  mkdirSync(base, { recursive: true });
  const root = mkdtempSync(join(base, "build-cache-"));
  const sessions: Session[] = [];
  onTestFinished(() => {
    for (const session of sessions) session.flush();
    rmSync(root, { recursive: true, force: true });
  });
  const at = (path: string): string => join(root, path).replaceAll("\\", "/");
  const project: BuildCacheProject = {
    root,
    cacheFolder: at("node_modules/.cache/aotcache"),
    read: (path) => readFileSync(at(path), "utf8"),
    write(path, text) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    },
    edit(path, from, to) {
      const text = project.read(path);
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      project.write(path, text.replaceAll(from, to));
    },
    remove: (path) => rmSync(at(path), { recursive: true }),
    session(given = {}) {
      const options = resolveCompilerOptions({ ...SHORT, ...given });
      const cache = new BuildCache({ root, options });
      const compiled: string[] = [];
      const session: Session = {
        compiled,
        compile(path, text = project.read(path)) {
          const cached = cache.lookup(at(path), text);
          if (cached) return cached;
          compiled.push(path);
          const load = (): Workspace => new Workspace({ root, tsconfig: options.tsconfig });
          return cache.compile(at(path), text, () => ({ compile, changesBy, workspace: load() }));
        },
        invalidate: (path) => {
          cache.invalidate(at(path));
        },
        flush: cache.flush,
      };
      sessions.push(session);
      return session;
    },
    compiler(given = {}) {
      const options = resolveCompilerOptions({ ...SHORT, ...given });
      const workspace = new Workspace({ root, tsconfig: options.tsconfig });
      const context = { workspace, options, ids: new Ids() };
      return {
        compile: (path, text = project.read(path)) => compile(at(path), text, context),
        invalidate: (path) => {
          workspace.invalidate(at(path));
        },
      };
    },
    unprunedCompiler(given = {}) {
      const options = resolveCompilerOptions({ ...SHORT, ...given });
      const context = { workspace: new UnprunedWorkspace({ root }), options, ids: new Ids() };
      return { compile: (path) => compile(at(path), project.read(path), context) };
    },
    fresh: (path, options) => project.compiler(options).compile(path),
  };
  for (const [path, text] of Object.entries({ ...FILES, ...files })) project.write(path, text);
  return project;
}
