import { frame, type Diagnostic } from "../../src/index.ts";

/** Diagnostics of one file the way bundlers take them. */
export interface Report {
  /** The first one: `[option-unknown] …`, what is wrong and what to write instead. */
  readonly message: string;
  readonly id: string;
  /** Both 1-based, since hosts print them as they are and editors open them so. */
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  /** The code of the first one, then the other ones, each with its code. */
  readonly frame: string;
  /** What it was made from, for a host that shows each in its own way. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What concerns a file as a whole: no ts-morph, a tsconfig that cannot be read. */
export interface Failure {
  readonly message: string;
  readonly id: string;
}

/**
 * All of a file's errors are one report, since hosts stop at the first. What follows the first one stands
 * in the frame: hosts print that last, so that everything is read in the order of the file.
 */
export function reportOf(diagnostics: readonly Diagnostic[], path: string, text: string): Report {
  const { line, column } = diagnostics[0]!;
  const blocks = diagnostics.map((each, index) => {
    const place = `${each.file}:${each.line}:${each.column}`;
    const head = index === 0 ? place : `${place}\n${sentences(each)}`;
    return `${head}\n\n${frame(text, each.span)}`;
  });
  return {
    message: sentences(diagnostics[0]!),
    id: path,
    loc: { file: path, line, column },
    frame: blocks.join("\n\n"),
    diagnostics,
  };
}

/** A report as one text, for hosts that know of no frame. */
export const reportText = (report: Report | Failure): string =>
  "frame" in report ? `${report.message}\n${report.frame}` : report.message;

/** A report as an error, for hosts that would show where the plugin threw it. */
export const withoutStack = (report: Report | Failure): Error & (Report | Failure) =>
  Object.assign(new Error(report.message), report, { stack: "" });

const sentences = ({ name, message, help }: Diagnostic): string => `[${name}] ${message} ${help}`;
