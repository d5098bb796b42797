/**
 * What the compiler emits is TypeScript that passes wherever the original does, under the strictest settings,
 * and declares the same. A fixture whose input does not pass a setting by itself says nothing about the output:
 * those are listed with the setting, so that the list cannot grow unseen.
 */
import { basename, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { fixtures, root, type Fixture } from "./support/fixtures.ts";

interface Setting {
  readonly name: string;
  readonly options: Record<string, unknown>;
  /** Fixtures whose input does not pass. */
  readonly out: readonly string[];
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
    name: "strict, with every further check",
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
    out: [],
  },
  { name: "erasableSyntaxOnly", options: { erasableSyntaxOnly: true }, out: [] },
  { name: "isolatedDeclarations", options: { isolatedDeclarations: true, allowJs: false }, out: [] },
  { name: "ES modules of Node.js", options: { module: "nodenext", moduleResolution: "nodenext" }, out: [] },
  { name: "CommonJS", options: { module: "commonjs", moduleResolution: "bundler" }, out: [] },
  {
    name: "CommonJS as written",
    options: { module: "commonjs", moduleResolution: "bundler", verbatimModuleSyntax: true },
    out: [],
  },
];

const all = fixtures();
const files = new Map<string, ts.SourceFile | undefined>();

describe.each(SETTINGS)("$name", ({ options, out }) => {
  const program = programOf(options);
  const passing = all.filter(({ input }) => errorsOf(program, input).length === 0);

  it("takes every output whose input it takes", () => {
    expect(passing.map(({ output }) => errorsOf(program, output)).flat()).toEqual([]);
    expect(all.filter((each) => !passing.includes(each)).map(({ name }) => name)).toEqual(out);
  });

  it("declares of every output what it declares of the input", () => {
    for (const { name, input, output } of passing) {
      expect(declarationsOf(program, output), name).toBe(declarationsOf(program, input));
    }
  });
});

function programOf(compilerOptions: Record<string, unknown>): ts.Program {
  const config = { compilerOptions: { ...BASE, ...compilerOptions }, files: [] };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, {}, join(root, "tsconfig.json"));
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, how) => {
    // The libraries are the same for all; what a file is to a setting is part of its own parse.
    if (!name.includes("/node_modules/")) return read(name, how);
    if (!files.has(name)) files.set(name, read(name, how));
    return files.get(name);
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
