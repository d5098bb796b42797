/** What the compiler says of a program's files, in the terms of tsc. */
import { createHash, randomUUID } from "node:crypto";
import type ts from "typescript";
import type { Compilation, Compiler, Diagnostic } from "../../src/index.ts";
import type { Rewritten } from "./maps.ts";

/** What became of one file. */
export interface Outcome {
  /** An error stands in the way of its JavaScript. */
  readonly failed: boolean;
  readonly code: string | undefined;
  readonly rewritten: Rewritten | undefined;
  readonly errors: readonly ts.Diagnostic[];
  readonly warnings: readonly ts.Diagnostic[];
}

/** Made of what failed without a word about the file itself. */
export const FAILED: Outcome = {
  failed: true,
  code: undefined,
  rewritten: undefined,
  errors: [],
  warnings: [],
};

/** Compiles one file. */
export function outcomeOf(TS: typeof ts, file: ts.SourceFile, compiler: Compiler): Outcome {
  const { code, map, diagnostics }: Compilation = compiler.compile(file.fileName, file.text);
  const { Error: error, Warning: warning } = TS.DiagnosticCategory;
  const said = (severity: string, category: ts.DiagnosticCategory): ts.Diagnostic[] =>
    diagnostics
      .filter((each) => each.severity === severity)
      .map((each) => diagnosticOf(each, file, category));
  const errors = said("error", error);
  return {
    failed: errors.length > 0,
    code,
    rewritten:
      code === undefined || !map
        ? undefined
        : { path: file.fileName, text: file.text, code, mappings: map.mappings },
    errors,
    warnings: said("warning", warning),
  };
}

/** One number for all of them, since their names are what is stable; it is none of TypeScript's. */
const CODE = 990001;

function diagnosticOf(
  { name, message, help, span: { start, end } }: Diagnostic,
  file: ts.SourceFile,
  category: ts.DiagnosticCategory,
): ts.Diagnostic {
  const messageText = `[${name}] ${message} ${help}`;
  return { file, start, length: end - start, messageText, category, code: CODE, source: "aotcache" };
}

/** What concerns no file. */
export function failureOf(TS: typeof ts, message: string): ts.Diagnostic {
  const category = TS.DiagnosticCategory.Error;
  const nowhere = { file: undefined, start: undefined, length: undefined };
  return { ...nowhere, messageText: message, category, code: CODE, source: "aotcache" };
}

interface Versioned extends ts.SourceFile {
  version?: string;
}

/**
 * Makes a builder see that a file's JavaScript is another one, though its text is the same: because of a type
 * elsewhere, an option, another compiler. What failed is tried again every time, so that it fails every time.
 */
export class Versions {
  readonly #own = new WeakMap<ts.SourceFile, string>();

  mark(file: Versioned, { code, errors, failed }: Outcome): void {
    const own = this.#own.get(file) ?? file.version;
    if (own === undefined) return;
    this.#own.set(file, own);
    const texts = errors.map(({ messageText }) => messageText);
    const hash = createHash("sha256").update(JSON.stringify([code, texts]));
    file.version = `${own}-${failed ? randomUUID() : hash.digest("hex").slice(0, 16)}`;
  }
}
