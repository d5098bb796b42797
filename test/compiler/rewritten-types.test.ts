/**
 * Emitted code passes the type checker wherever the original does, under the strictest settings, and declares
 * the same. A fixture whose input fails under a setting does not test its output; each setting states how
 * many remain.
 */
import { basename, join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { createCompiler } from "aotcache/compiler";
import { fixtures, root, type Fixture } from "../support/fixtures.ts";

interface Setting {
  readonly name: string;
  readonly options: Record<string, unknown>;
  /** The minimum number of inputs that pass. */
  readonly least: number;
  /** Whether the outputs are those of a compiler that has this setting, too. */
  readonly compiles?: boolean;
}

const BASE = {
  target: "es2022",
  lib: ["es2023", "esnext.decorators"],
  module: "preserve",
  moduleResolution: "bundler",
  types: ["node"],
  jsx: "react",
  strict: true,
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  declaration: true,
  emitDeclarationOnly: true,
  allowImportingTsExtensions: true,
  paths: { aotcache: ["./runtime/index.ts"], "aotcache/internal": ["./runtime/internal.ts"] },
};

const SETTINGS: readonly Setting[] = [
  {
    name: "strict, with every additional check",
    options: {
      noUnusedLocals: true,
      noUnusedParameters: true,
      noImplicitReturns: true,
      noImplicitOverride: true,
      noFallthroughCasesInSwitch: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noPropertyAccessFromIndexSignature: true,
      allowUnreachableCode: false,
      verbatimModuleSyntax: true,
      isolatedModules: true,
    },
    least: 73,
  },
  {
    name: "erasableSyntaxOnly",
    options: { erasableSyntaxOnly: true },
    least: 69,
  },
  {
    name: "isolatedDeclarations",
    options: { isolatedDeclarations: true, allowJs: false, checkJs: false },
    least: 45,
    compiles: true,
  },
  {
    name: "ES modules of Node.js",
    options: { module: "nodenext", moduleResolution: "nodenext" },
    least: 74,
  },
  { name: "CommonJS", options: { module: "commonjs", moduleResolution: "bundler" }, least: 74 },
  {
    name: "CommonJS as written",
    options: { module: "commonjs", moduleResolution: "bundler", verbatimModuleSyntax: true },
    least: 3,
  },
];

const all = fixtures();
const isolated = await createCompiler({
  root,
  tsconfig: "fixtures/compile/isolated-declarations/tsconfig.json",
});

describe.each(SETTINGS)("$name", ({ options, least, compiles }) => {
  let program: ts.Program;
  let passing: readonly Fixture[];

  beforeAll(() => {
    const outputs = new Map(
      compiles ? all.map(({ input, text, output }) => [output, isolated.compile(input, text).code!]) : [],
    );
    program = programOf(options, outputs);
    passing = all.filter(({ input }) => errorsOf(program, input).length === 0);
  });

  it("accepts every output whose input it accepts", () => {
    expect(passing.flatMap(({ output }) => errorsOf(program, output))).toEqual([]);
    expect(passing.length).toBeGreaterThanOrEqual(least);
  });

  it("declares the same for every output as for its input", () => {
    for (const { name, input, output } of passing) {
      // A function declaration needs a name that links to its cached function.
      const declared = declarationsOf(program, output).replace(
        /default function \$default_*\(/,
        "default function (",
      );
      expect(declared, name).toBe(declarationsOf(program, input));
    }
  });
});

it.each([
  ["{ id: a }: Key", "{ id }: Key"],
  ["{ id: a }: Key, [{ name: b = '' }]: [Key]", "{ id }: Key, [{ name }]: [Key]"],
  ["{ default: a }: Key", "arg0: Key"],
  ["{ id: a, }: Key, [b = '', , ]: string[]", "{ id, }: Key, [b, ,]: string[]"],
  ["{ id: a }: Key = {} as Key, b: string", "arg0: Key | undefined, b: string"],
  ["[a]: string[] = [], b: string", "arg0: string[] | undefined, b: string"],
  ["a = '', [b]: string[] = []", "a?: string, arg1?: string[]"],
  [
    "a: Key extends object ? string : never = '', b: string",
    "a: (Key extends object ? string : never) | undefined, b: string",
  ],
  ["{ id: a }: Key, { id: b }: Key", "arg0: Key, arg1: Key"],
])("the type of a function has no patterns that TypeScript refuses in types: (%s)", (parameters, written) => {
  const path = "fixtures/compile/isolated-declarations/renamed.ts";
  const { code } = isolated.compile(
    path,
    `interface Key { id: string; name: string; default: string }
    // @cached
    export default (${parameters}): string => a;`,
  );
  expect(code).toContain(` as (${written}) => string;`);
});

it("where types are inferred, one that would take `undefined` apart is not written", async () => {
  const compiler = await createCompiler({ root });
  const text = `// @cached
    export default ([a] = [1] as number[], b: number): number => a! + b;
    export class C {
      // @cached
      f = ([a]: number[] = [], b: number): number => a! + b;
      // @cached
      g = (a: number, { b }: { b: number } = { b: 1 }): number => a + b;
    }`;
  const { code } = compiler.compile("fixtures/compile/optional.ts", text);
  expect(code).not.toMatch(/\) as \(/);
});

const declarations = new Map<string, ts.SourceFile | undefined>();

function programOf(settings: Record<string, unknown>, outputs: ReadonlyMap<string, string>): ts.Program {
  const config = { compilerOptions: { ...BASE, ...settings }, files: [] };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, {}, join(root, "tsconfig.json"));
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, how) => {
    const output = outputs.get(name);
    if (output !== undefined) return ts.createSourceFile(name, output, how, true);
    // All settings share files of declarations, which depend on the format alone.
    if (!name.endsWith(".d.ts")) return read(name, how);
    const key = `${name} ${typeof how === "object" ? how.impliedNodeFormat : ""}`;
    if (!declarations.has(key)) declarations.set(key, read(name, how));
    return declarations.get(key);
  };
  return ts.createProgram(
    all.flatMap(({ input, output }) => [input, output]),
    options,
    host,
  );
}

function errorsOf(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  if (!file) return ["not a file of the program"];
  const diagnostics = [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
    ...program.getDeclarationDiagnostics(file),
  ];
  return diagnostics.map(({ start = 0, messageText, code }) => {
    const { line } = file.getLineAndCharacterOfPosition(start);
    const text = ts.flattenDiagnosticMessageText(messageText, "\n");
    return `${path.split("/").at(-2)}/${basename(path)}:${line + 1} TS${code} ${text}`;
  });
}

function declarationsOf(program: ts.Program, path: string): string {
  let text = "";
  program.emit(program.getSourceFile(path), (_name, written) => (text += written), undefined, true);
  return text;
}
