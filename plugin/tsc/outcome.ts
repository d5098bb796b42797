/** Compilations of files, with their diagnostics as those of tsc. */
import { createHash, randomUUID } from "node:crypto";
import type ts from "typescript";
import type { Compilation, Diagnostic } from "../../src/index.ts";
import { rewrittenOf, type Rewritten } from "../core/maps.ts";

/** What tsc needs of the compilation of one file. */
export interface TscOutcome {
  /** Whether an error prevents its JavaScript from being written. */
  readonly failed: boolean;
  /** The rewritten text; `undefined` if nothing was rewritten. */
  readonly code: string | undefined;
  readonly rewritten: Rewritten | undefined;
  readonly errors: readonly ts.Diagnostic[];
  readonly warnings: readonly ts.Diagnostic[];
}

/** The outcome of a file that was not compiled because of an `InputError`. */
export const FAILED: TscOutcome = {
  failed: true,
  code: undefined,
  rewritten: undefined,
  errors: [],
  warnings: [],
};

/** @param found what callers in other files add to the diagnostics */
export function outcomeOf(
  TS: typeof ts,
  file: ts.SourceFile,
  compilation: Compilation,
  found: readonly Diagnostic[],
): TscOutcome {
  const { code, diagnostics } = compilation;
  const diagnosticsWith = (severity: Diagnostic["severity"]): ts.Diagnostic[] =>
    [...diagnostics, ...found]
      .filter((each) => each.severity === severity)
      .map((each) => diagnosticOf(TS, each, file));
  const errors = diagnosticsWith("error");
  return {
    failed: errors.length > 0,
    code,
    rewritten: rewrittenOf(file.fileName, file.text, compilation),
    errors,
    warnings: diagnosticsWith("warning"),
  };
}

/** tsc requires a number. One serves for all, because the names are stable. TypeScript does not use it. */
export const DIAGNOSTIC_CODE = 990001;

/** Creates the diagnostic of tsc for one of the compiler. */
export function diagnosticOf(
  TS: typeof ts,
  { name, severity, message, help, span: { start, end } }: Diagnostic,
  file: ts.SourceFile,
): ts.Diagnostic {
  const messageText = `[${name}] ${message} ${help}`;
  const category = TS.DiagnosticCategory[severity === "error" ? "Error" : "Warning"];
  return {
    file,
    start,
    length: end - start,
    messageText,
    category,
    code: DIAGNOSTIC_CODE,
    source: "aotcache",
  };
}

/** Creates a diagnostic that belongs to no file. */
export function failureOf(TS: typeof ts, message: string): ts.Diagnostic {
  const category = TS.DiagnosticCategory.Error;
  const noPlace = { file: undefined, start: undefined, length: undefined };
  return { ...noPlace, messageText: message, category, code: DIAGNOSTIC_CODE, source: "aotcache" };
}

interface Versioned extends ts.SourceFile {
  version?: string;
}

/**
 * Changes the versions of files, so that a builder emits a file again when its JavaScript changes although its text
 * does not: because of a type in another file, an option or a new compiler. A file that failed gets a new version
 * every time, so that it fails every time.
 */
export class FileVersions {
  readonly #originals = new WeakMap<ts.SourceFile, string>();

  update(file: Versioned, { code, errors, failed }: TscOutcome): void {
    const original = this.#originals.get(file) ?? file.version;
    if (original === undefined) return;
    this.#originals.set(file, original);
    const texts = errors.map(({ messageText }) => messageText);
    const hash = createHash("sha256").update(JSON.stringify([code, texts]));
    file.version = `${original}-${failed ? randomUUID() : hash.digest("hex").slice(0, 16)}`;
  }
}
