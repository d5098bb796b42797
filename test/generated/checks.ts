/** Compiles a generated module, runs it in both forms, and lists the differences. */
import { join } from "node:path";
import { isDeepStrictEqual, inspect } from "node:util";
import { decodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { format } from "prettier";
import ts from "typescript";
import * as aotcache from "aotcache";
import * as internal from "aotcache/internal";
import { createCompiler, formatDiagnostic, type Compilation, type Compiler } from "aotcache/compiler";
import { root } from "../support/fixtures.ts";
import type { GeneratedModule } from "./modules.ts";

const FILE = join(root, "fixtures/compile/generated/module.ts");
let shared: Promise<Compiler> | undefined;

/** Returns what is wrong with the compiled form; empty if nothing is. */
export async function faultsOf({
  text,
  marks,
  prettier,
  setting,
}: GeneratedModule): Promise<readonly string[]> {
  shared ??= createCompiler({ root, allow: ["parameter-unproved", "module-state"] });
  const compiler = await shared;
  const written = compiler.compile(FILE, text);
  const errors = written.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map((each) => formatDiagnostic(each, text));
  if (written.sites.length !== marks) return [`${written.sites.length} of ${marks} marks are compiled`];
  if (!prettier) return compiledFaults(text, written, setting);
  const formatted = await format(text, { ...prettier, parser: "typescript" });
  const compilation = compiler.compile(FILE, formatted);
  return [...versionFaults(written, compilation), ...(await compiledFaults(formatted, compilation, setting))];
}

async function compiledFaults(
  text: string,
  compilation: Compilation,
  setting: number,
): Promise<readonly string[]> {
  const code = compilation.code!;
  return [...lineFaults(compilation), ...(await runFaults(text, code)), ...typeFaults(text, code, setting)];
}

/** Formatting changes no version. */
function versionFaults(written: Compilation, formatted: Compilation): readonly string[] {
  return written.sites.flatMap(({ id }, index) =>
    isDeepStrictEqual(formatted.sites[index]?.id, id) ? [] : [`the version of ${id.name} changes`],
  );
}

function lineFaults({ map }: Compilation): readonly string[] {
  const moved = decodedMappings(new TraceMap(map as never)).flatMap((segments, line) =>
    segments.filter((segment) => segment.length > 1 && segment[2] !== line),
  );
  return moved.length > 0 ? ["lines have moved"] : [];
}

interface Loaded {
  readonly log: string[];
  readonly calls: readonly ((module: unknown) => unknown)[];
}

/** In the original, `cached` returns its function, so that a difference is one that the compiler makes. */
const uncached = {
  cached: (first: unknown) => (typeof first === "function" ? first : (given: unknown) => given),
};

/** Runs a module. Its first line may be one that starts with `#!`. */
function load(text: string, packages: Readonly<Record<string, unknown>>): Loaded {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
    transformers: { before: [() => nameDefault] },
  });
  const exports = {};
  const name = outputText.includes("function default_1(")
    ? 'Object.defineProperty(default_1, "name", { value: "default" });'
    : "";
  const run = new Function("exports", "require", name + outputText.replace(/^#!/, "//"));
  run(exports, (specifier: string) => packages[specifier]);
  return exports as Loaded;
}

/** Writes `export default () => 1` so that the function is named as in an ES module. */
function nameDefault(file: ts.SourceFile): ts.SourceFile {
  const { factory } = ts;
  const statements = file.statements.map((statement) => {
    if (!ts.isExportAssignment(statement)) return statement;
    const named = factory.createObjectLiteralExpression([
      factory.createPropertyAssignment("default", statement.expression),
    ]);
    return factory.createExportDefault(factory.createPropertyAccessExpression(named, "default"));
  });
  return factory.updateSourceFile(file, statements);
}

/** What one call does: its value or error, whether it is a promise, and what its function pushed to the log. */
interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  readonly isPromise: boolean;
  readonly log: readonly string[];
}

async function callOnce(module: Loaded, index: number): Promise<Outcome> {
  module.log.length = 0;
  let isPromise = false;
  try {
    const returned = module.calls[index]!(module);
    isPromise = returned instanceof Promise;
    return { value: await returned, isPromise, log: [...module.log] };
  } catch (error) {
    return { error: `${String(error)} in ${functionsIn(error)}`, isPromise, log: [...module.log] };
  }
}

/** The functions of the module that are in the stack of an error. */
function functionsIn(error: unknown): string {
  const names =
    String((error as Error).stack).match(/(?<=at (?:async )?(?:\w+\.)*)(?:fail|f\d+|#m)(?= )/g) ?? [];
  return [...new Set(names)].join();
}

/**
 * Each call is made twice. The first must do what the original does, unless an equal call was made before. The
 * second must return the same without running the body, unless the first threw.
 */
async function runFaults(text: string, code: string): Promise<readonly string[]> {
  const original = load(text, { aotcache: uncached });
  const compiled = load(code, { aotcache, "aotcache/internal": internal });
  // Lets async calls at the top of the modules end, so that they log nothing later.
  await new Promise((done) => setImmediate(done));
  const faults: string[] = [];
  for (const index of original.calls.keys()) {
    for (const round of ["first", "second"]) {
      const expected = await callOnce(original, index);
      const { log, ...got } = await callOnce(compiled, index);
      // What the key needs is evaluated at hits too.
      const hit = expected.log.filter((entry) => entry.startsWith("key:"));
      const logs = expected.error ? [expected.log] : round === "second" ? [hit] : [expected.log, hit];
      const { log: _, ...wanted } = expected;
      // An anonymous function in `cached()` has the name of the cached function in stacks.
      const unnamed = { ...got, ...(got.error && { error: got.error.replace(/,f\d+$/, "") }) };
      if (![got, unnamed].some((each) => isDeepStrictEqual(each, wanted)))
        faults.push(
          `${round} call ${String(original.calls[index])} gives ${inspect(got)}, not ${inspect(wanted)}`,
        );
      else if (!logs.some((each) => isDeepStrictEqual(each, log)))
        faults.push(
          `${round} call ${String(original.calls[index])} logs ${inspect(log)}, not ${inspect(logs)}`,
        );
    }
  }
  return faults;
}

const STRICT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.esnext.decorators.d.ts"],
  module: ts.ModuleKind.Preserve,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitReturns: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  declaration: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  noEmit: false,
  paths: {
    aotcache: [join(root, "runtime/index.ts")],
    "aotcache/internal": [join(root, "runtime/internal.ts")],
  },
};

const SETTINGS: readonly ts.CompilerOptions[] = [
  STRICT,
  { ...STRICT, noUnusedLocals: false, noUnusedParameters: false, verbatimModuleSyntax: false },
  { ...STRICT, isolatedDeclarations: true },
];

/** Emitted text has no type error if the original has none, and the same declarations. */
function typeFaults(text: string, code: string, setting: number): readonly string[] {
  const original = FILE.replace("module", "original");
  const compiled = FILE.replace("module", "compiled");
  // Neither a renamed property nor a pattern that may be `undefined` can be written in the type of a parameter.
  const isDeclarable = !/\bb\d: c\d\b|= (?:\{\}|\[\])\s*[,)]/.test(text);
  const program = programOf({ [original]: text, [compiled]: code }, isDeclarable ? setting : setting % 2);
  counts.checked++;
  const given = errorsOf(program, original);
  if (given.length > 0) return [];
  counts.clean++;
  const errors = errorsOf(program, compiled);
  if (errors.length > 0) return errors;
  const [before, after] = [original, compiled].map((file) => declarationsOf(program, file));
  return before === after ? [] : [`declarations differ: ${after} not ${before}`];
}

/** How many originals were checked, and how many had no type error, so that their compiled form was checked. */
export const counts = { checked: 0, clean: 0 };

const files = new Map<string, ts.SourceFile | undefined>();
const programs: (ts.Program | undefined)[] = [];

function programOf(texts: Readonly<Record<string, string>>, index: number): ts.Program {
  const options = SETTINGS[index]!;
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, how) => {
    const text = texts[name];
    if (text !== undefined) return ts.createSourceFile(name, text, how, true);
    // The libraries and the runtime are shared by all programs.
    if (!files.has(name)) files.set(name, read(name, how));
    return files.get(name);
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => texts[name] !== undefined || exists(name);
  return (programs[index] = ts.createProgram(Object.keys(texts), options, host, programs[index]));
}

function errorsOf(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path)!;
  return [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
    ...program.getDeclarationDiagnostics(file),
  ].map(({ start = 0, messageText, code }) => {
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `line ${line + 1}: TS${code} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

function declarationsOf(program: ts.Program, path: string): string {
  let declared = "";
  program.emit(program.getSourceFile(path), (_, text) => (declared = text), undefined, true);
  // A function declaration needs a name that links to its cached function. Comments between parameters may go.
  return (
    declared
      .replace(/default function \$default_*\(/, "default function (")
      .replace(/\/\*(?![*!]).*?\*\/ /g, "")
      // In an inferred type, TypeScript writes the elements of a rest parameter that is a tuple.
      .replaceAll("...pair: [x?: number, y?: string]", "x?: number | undefined, y?: string | undefined")
  );
}
