import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { rolldown } from "rolldown";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const work = join(root, "node_modules/.tmp/package-test");
/** A project with the package installed. */
const consumer = join(work, "consumer");
const installed = join(consumer, "node_modules/aotcache");

/** `aotcache`, `aotcache/vite`, … */
const entries = Object.entries(manifestOf(root).exports)
  .filter(([, target]) => typeof target === "object")
  .map(([path]) => path.replace(".", "aotcache"));

let tarball: Buffer;
let packed: string[];
let packName: string;
let loaded: Record<string, string[]>;
let declared: Record<string, Names>;

beforeAll(() => {
  if (!existsSync(join(root, "dist")))
    throw new Error("There is no dist to pack: run `npm run build` first.");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(consumer, { recursive: true });
  const [pack] = JSON.parse(
    npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", work),
  ) as Pack[];
  packName = pack!.filename;
  tarball = readFileSync(join(work, packName));
  packed = pack!.files.map((file) => file.path);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  const quiet = ["--omit=dev", "--offline", "--no-audit", "--no-fund"];
  npm(consumer, "install", "--prefix", ".", ...quiet, join(work, pack!.filename));
  loaded = load();
  declared = declare();
});

describe("the tarball", () => {
  it("contains the build, the sources for its source maps, a schema, the pages and nothing else", () => {
    const built = /^dist\/(?:runtime|src|plugin|vendor|_virtual|cjs\/(?:runtime|_virtual|package\.json$))/;
    const others = packed.filter((file) => !built.test(file) && !/^(runtime|src|plugin)\/.*\.ts$/.test(file));
    expect(others.sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
      "plugin/EDITORS.md",
      "plugin/FRAMEWORKS.md",
      "plugin/NEXT.md",
      "plugin/README.md",
      "plugin/RUNTIMES.md",
      "runtime/INSPECTOR.md",
      "runtime/OBSERVING.md",
      "runtime/README.md",
      "runtime/SHARING.md",
      "runtime/STORED-FORMAT.md",
      "runtime/TESTING.md",
      "runtime/UNSTORAGE.md",
      "runtime/inspector/function.png",
      "runtime/inspector/functions.png",
      "runtime/telemetry/grafana.json",
      "src/DIAGNOSTICS.md",
      "src/README.md",
      "src/manifest/manifest.schema.json",
      "src/project/NATIVE-CHECKER.md",
    ]);
  });

  it("has no problems according to publint", async () => {
    const data = Uint8Array.from(tarball).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("has correct types for ES modules, CommonJS and bundlers", async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball));
    // Compiler and integrations have ES modules only, which Node.js and tools of today can require.
    const runtime =
      /^\.(?:\/(?:redis|memcached|keyv|unstorage|driver|testing|inspector|prometheus|otel|internal))?$/;
    const problems = (result.types ? result.problems : ["no types"]).filter(
      (problem) =>
        typeof problem === "string" ||
        !("resolutionKind" in problem) ||
        ["node16-esm", "bundler"].includes(problem.resolutionKind) ||
        runtime.test(problem.entrypoint),
    );
    expect(problems).toEqual([]);
  });
});

describe("an installed package", () => {
  it("is one package without dependencies", () => {
    expect(readdirSync(join(consumer, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "aotcache",
    ]);
    expect(
      Object.keys(manifestOf(installed)).filter((field) => /^(optional|bundled?)?dependencies$/i.test(field)),
    ).toEqual([]);
  });

  describe("beside other versions of the packages that it works with", () => {
    // Without a range in `peerDependencies`, npm refuses no version, and does not install what only a build needs in
    // production. pnpm and Yarn take an optional peer from `peerDependenciesMeta` alone.
    const hosts = Object.keys(manifestOf(root).peerDependenciesMeta);
    const project = join(work, "beside");

    it("is installed by npm, and production gets nothing else", () => {
      for (const host of hosts) {
        mkdirSync(join(project, "hosts", host), { recursive: true });
        writeFileSync(
          join(project, "hosts", host, "package.json"),
          JSON.stringify({ name: host, version: "0.0.1" }),
        );
      }
      const devDependencies = Object.fromEntries(hosts.map((host) => [host, `file:hosts/${host}`]));
      const dependencies = { aotcache: `file:${join(work, packName)}` };
      writeFileSync(
        join(project, "package.json"),
        JSON.stringify({ name: "beside", private: true, dependencies, devDependencies }),
      );
      const installedNames = (): string[] =>
        readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
      const quiet = ["--prefix", ".", "--offline", "--no-audit", "--no-fund"];
      npm(project, "install", ...quiet);
      expect(installedNames().sort()).toEqual(
        [...new Set(["aotcache", ...hosts.map((host) => host.split("/")[0]!)])].sort(),
      );
      npm(project, "ci", "--omit=dev", ...quiet);
      expect(installedNames()).toEqual(["aotcache"]);
    });

    it("has every package that its code and its integrations import as an optional peer", () => {
      const { peerDependenciesMeta } = manifestOf(installed);
      const imported = packed
        .filter((file) => /^dist\/(?:.*\.js|plugin\/[^/]+\.d\.ts)$/.test(file))
        .flatMap((file) => ts.preProcessFile(readFileSync(join(installed, file), "utf8")).importedFiles)
        .map(({ fileName }) => /^(?:@[^/]+\/)?[^/]+/.exec(fileName)![0])
        .filter((name) => !/^(?:\.|node:|aotcache$)/.test(name));
      expect(imported.filter((name) => !peerDependenciesMeta[name]?.optional)).toEqual([]);
      expect(imported).toContain("vite");
    });
  });

  it("is one cache for import and require", () => {
    const program = `
      import("aotcache").then(async (imported) => {
        const required = require("aotcache");
        const cache = imported.memory();
        const double = required.cached((n) => 2 * n, { name: "double" });
        imported.configure({ default: cache });
        const answers = [double(2), double(2), imported.cacheOf(double).key(2), await imported.cacheOf(double).peek(2)];
        let error;
        try { required.cacheOf(0); } catch (thrown) { error = thrown; }
        const { hits, entries } = cache.stats();
        console.log(JSON.stringify([answers, hits, entries, error instanceof imported.CacheError]));
      });`;
    const flags = ["--no-warnings", "--input-type=commonjs", "-e", program];
    const [answers, ...rest] = JSON.parse(run(consumer, process.execPath, ...flags)) as unknown[];
    expect(answers).toEqual([4, 4, "uncompiled:double@0(2)", 4]);
    expect(rest).toEqual([1, 1, true]);
  });

  const inBothForms = entries.filter((entry) =>
    Object.hasOwn(manifestOf(root).exports[entry.replace("aotcache", ".")] as object, "require"),
  );

  it.each(inBothForms)("has the same names in %s for require", (entry) => {
    const program = `console.log(JSON.stringify(Object.keys(require(${JSON.stringify(entry)})).sort()))`;
    expect(JSON.parse(run(consumer, process.execPath, "--input-type=commonjs", "-e", program))).toEqual(
      loaded[entry],
    );
  });

  it("compiles with the bundled libraries", () => {
    const program = `
      import { compile } from "aotcache/compiler";
      const text = "// @cached ttl=10\\nexport const double = (n: number): number => 2 * n;\\n";
      console.log((await compile("double.ts", text)).code);`;
    expect(run(consumer, process.execPath, "--input-type=module", "-e", program)).toContain("ttl: 10000");
  });

  it("exports exactly these names", () => {
    const lines = entries.flatMap((entry) => [
      `${entry}: ${loaded[entry]!.join(" ")}`,
      `${entry} types: ${declared[entry]!.types.join(" ")}`,
    ]);
    expect(lines).toMatchInlineSnapshot(`
      [
        "aotcache: CacheError cacheKey cacheOf cached configure invalidateTags memory resetAll",
        "aotcache types: Cache CacheErrorCode CacheEvent CacheEventName CacheHandle CacheListener CacheStats Cached CachedDecorator CachedOptions ClassCodec Configuration Duration Explanation FunctionStats LogDetails LogFunction LogLevel Logger MemoryCache MemoryOptions Serializer SetOptions SkipFunction TagFunction TtlFunction",
        "aotcache/redis: redis",
        "aotcache/redis types: NearOptions RedisCache RedisCacheOptions RedisClient RedisClientOptions RedisClusterOptions RedisOptions RedisServerOptions RemoteCacheOptions",
        "aotcache/memcached: memcached",
        "aotcache/memcached types: MemcachedCacheOptions MemcachedOptions NearOptions RemoteCacheOptions",
        "aotcache/keyv: keyv",
        "aotcache/keyv types: KeyvAdapter KeyvInstance NearOptions RemoteCacheOptions",
        "aotcache/unstorage: unstorage",
        "aotcache/unstorage types: NearOptions RemoteCacheOptions UnstorageDriver UnstorageInstance",
        "aotcache/driver: createCache",
        "aotcache/driver types: Data Driver FollowOptions Following Item Limits NearOptions RemoteCacheOptions",
        "aotcache/inspector: inspector",
        "aotcache/inspector types: CacheInfo CallInfo EntryInfo FunctionDetails FunctionInfo InspectedManifest InspectedStats Inspector InspectorOptions ManifestFunction MaskedValue MissReason NodeRequest NodeResponse SourceInfo",
        "aotcache/testing: driverSuite expectCacheable isolateCache withoutCache",
        "aotcache/testing types: Data Driver DriverUnderTest FollowOptions Following HookRunner Item Limits TestRunner",
        "aotcache/prometheus: contentType metrics",
        "aotcache/prometheus types: ",
        "aotcache/otel: otel",
        "aotcache/otel types: OtelOptions",
        "aotcache/internal: ABI CachedFunction availableBuffer batch batchOf bind bindMember blanked define enableBackends enableBuiltInKeys enableCopy enableDeadline enableHashes enableIdentity enableResultChecks enableSignals enableSkip enableStale enableTags identityHit identityHit1 identityHit2 inlineRun invalidating invalidation link missing named one options readShape receiver shapeBuffer unreadable unshaped without",
        "aotcache/internal types: FunctionSpec InlineRun KeyPart Mode SpecOptions",
        "aotcache/compiler: DIAGNOSTIC_NAMES InputError MARK TsconfigNotFoundError catalogue compile createCompiler createEditorCompiler createLazyCompiler createLazyCompilerSync createThreadedCompiler createTranspiler explainSite formatDiagnostic formatSite frame hasSharedResults isEmitted isInputError listProject listProjectSync loadTranspiler loadTypeScript manifestText mayContainMark positionAt resolveCompilerOptions sitesOf stampOf suggest timingText",
        "aotcache/compiler types: Compilation CompiledFile Compiler CompilerOptions CreateOptions Diagnostic DiagnosticName EditorCompiler ExplainedSite FileSearch LazyCompiler ListOptions ListedProject ManifestSite ModuleFormat ProjectFiles Reference ResolvedCompilerOptions ScriptRule Site SourceMapObject Span ThreadedCompiler TranspileOptions Transpiler",
        "aotcache/vite: default",
        "aotcache/vite types: AotcacheOptions",
        "aotcache/rollup: default",
        "aotcache/rollup types: AotcacheOptions",
        "aotcache/rolldown: default",
        "aotcache/rolldown types: AotcacheOptions",
        "aotcache/webpack: default",
        "aotcache/webpack types: AotcacheOptions",
        "aotcache/rspack: default",
        "aotcache/rspack types: AotcacheOptions",
        "aotcache/esbuild: default",
        "aotcache/esbuild types: AotcacheOptions",
        "aotcache/loader: default",
        "aotcache/loader types: AotcacheOptions LoaderCallback LoaderHost",
        "aotcache/next: withAotcache",
        "aotcache/next types: AotcacheOptions NextConfigFunction",
        "aotcache/nuxt: default",
        "aotcache/nuxt types: AotcacheOptions Nuxt",
        "aotcache/astro: default",
        "aotcache/astro types: AotcacheOptions AstroIntegration",
        "aotcache/tsc: default",
        "aotcache/tsc types: AotcacheOptions PluginConfig",
        "aotcache/register: initialize load",
        "aotcache/register types: ",
        "aotcache/jest: default",
        "aotcache/jest types: AotcacheOptions JestOptions",
        "aotcache/bun: default",
        "aotcache/bun types: AotcacheOptions",
        "aotcache/eslint: default",
        "aotcache/eslint types: AotcacheOptions EslintPlugin RecommendedConfig",
        "aotcache/ts-plugin: default",
        "aotcache/ts-plugin types: ",
      ]
    `);
  });

  it.each(entries)("declares %s by types that a consumer has", (entry) => {
    const { name, peerDependenciesMeta } = manifestOf(root);
    const imported = importedPackages(typesOf(entry));
    const others = imported.filter((each) => each !== name && !Object.hasOwn(peerDependenciesMeta, each));
    expect(others).toEqual([]);
  });

  it.each(entries)("has the values that the types of %s declare", (entry) => {
    // `export =` declares the module itself, which is the default of an import.
    const isOne = typesOf(entry).endsWith(".d.cts");
    expect(loaded[entry]).toEqual(isOne ? ["default"] : declared[entry]!.values);
  });

  // Only emitted code and Node.js import these two.
  const forPeople = entries.filter((entry) => !/internal|register/.test(entry));

  it.each(forPeople)("documents every export of %s, and every function with an example", (entry) => {
    const { undocumented, withoutExample } = declared[entry]!;
    expect({ undocumented, withoutExample }).toEqual({ undocumented: [], withoutExample: [] });
  });
});

describe("the runtime", () => {
  it.each([
    ["a page, which knows no Node.js", ["lib.es2022.d.ts", "lib.dom.d.ts"]],
    ["a worker of some platform, which knows neither", ["lib.es2023.d.ts"]],
  ])("has correct declarations for %s", (_, lib) => {
    const file = join(consumer, "page.ts");
    writeFileSync(file, 'export * from "aotcache"; export * as internal from "aotcache/internal";');
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      types: [],
      lib,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    const problems = ts.getPreEmitDiagnostics(program);
    expect(problems.map(({ file, messageText }) => [file?.fileName, messageText])).toEqual([]);
  });

  it("imports no module of Node.js, except for drivers and their suite", () => {
    const files = readdirSync(join(installed, "dist/runtime"), { recursive: true, encoding: "utf8" });
    const scripts = files.filter((file) => file.endsWith(".js"));
    expect(scripts).toContain("index.js");
    const text = (file: string): string => readFileSync(join(installed, "dist/runtime", file), "utf8");
    const importing = scripts.filter((file) =>
      /^(?! ?\*).*\b(?:from|import)\b[\s(]*["']node:/m.test(text(file)),
    );
    expect(importing.filter((file) => !/^(?:redis|memcached|otel|testing)\.js$/.test(file))).toEqual([]);
  });

  it("is a few files, which a program loads faster than many", () => {
    const chunks = readdirSync(join(installed, "dist/runtime/chunks")).filter((file) => file.endsWith(".js"));
    expect(chunks).toEqual(["main.js", "memory.js", "serializers.js", "stores.js"]);
  });

  it("is bundled for a browser, and starts without globals of Node.js", async () => {
    const warnings: string[] = [];
    const bundle = await rolldown({
      input: join(installed, "dist/runtime/index.js"),
      platform: "browser",
      onLog: (_, { message }) => void warnings.push(message),
    });
    const { output } = await bundle.generate({ format: "iife", name: "aotcache" });
    expect(warnings).toEqual([]);
    const page = createContext({
      URL,
      AbortSignal,
      performance,
      console,
      setTimeout,
      clearTimeout,
      queueMicrotask,
    });
    expect(runInContext(`${output[0].code}; typeof aotcache.cached`, page)).toBe("function");
  });
});

interface Pack {
  filename: string;
  files: { path: string }[];
}

interface Names {
  values: string[];
  types: string[];
  /** Exports without a doc comment. */
  undocumented: string[];
  /** Functions whose doc comment has no `@example`. */
  withoutExample: string[];
}

interface Target {
  types: string;
  default: string;
}

interface Manifest {
  name: string;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  exports: Record<string, Target | { import: Target; require: Target } | string>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** npm from the environment of this test, or the one on the PATH. */
function npm(cwd: string, ...args: string[]): string {
  const script = process.env["npm_execpath"];
  return script?.endsWith(".js") ? run(cwd, process.execPath, script, ...args) : run(cwd, "npm", ...args);
}

/** The names of each entry when Node.js loads it. */
function load(): Record<string, string[]> {
  const program = `
    const names = {};
    for (const entry of ${JSON.stringify(entries)}) names[entry] = Object.keys(await import(entry)).sort();
    console.log(JSON.stringify(names));`;
  return JSON.parse(run(consumer, process.execPath, "--input-type=module", "-e", program)) as Record<
    string,
    string[]
  >;
}

/** The names of each entry in its declarations. */
function declare(): Record<string, Names> {
  const files = entries.map(typesOf);
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    skipLibCheck: true,
    noLib: true,
  });
  return Object.fromEntries(entries.map((entry, i) => [entry, namesIn(program, files[i]!)]));
}

/** The path of an entry's declarations. */
function typesOf(entry: string): string {
  const target = manifestOf(installed).exports[entry.replace("aotcache", ".")] as Target | { import: Target };
  return join(installed, ("import" in target ? target.import : target).types);
}

/** The packages that a file of declarations imports, itself or through other files. */
function importedPackages(file: string): readonly string[] {
  const files = [file];
  const packages = new Set<string>();
  // The list grows while it is read.
  for (const path of files) {
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(readFileSync(path, "utf8"));
    for (const { fileName } of [...importedFiles, ...typeReferenceDirectives]) {
      const next = join(path, "..", fileName.replace(/\.[jt]s$/, ".d.ts"));
      if (!fileName.startsWith(".")) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(fileName)![0]);
      else if (!files.includes(next)) files.push(next);
    }
  }
  return [...packages];
}

function namesIn(program: ts.Program, file: string): Names {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const names: Names = { values: [], types: [], undocumented: [], withoutExample: [] };
  for (const symbol of checker.getExportsOfModule(module)) {
    const origin = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const erased = symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) ?? false;
    names[origin.flags & ts.SymbolFlags.Value && !erased ? "values" : "types"].push(symbol.name);
    if (origin.getDocumentationComment(checker).length === 0) names.undocumented.push(symbol.name);
    const isFunction = (origin.flags & ts.SymbolFlags.Function) !== 0;
    if (isFunction && !origin.getJsDocTags(checker).some((tag) => tag.name === "example"))
      names.withoutExample.push(symbol.name);
  }
  names.values.sort();
  names.types.sort();
  return names;
}
