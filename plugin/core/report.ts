import { frame, type Diagnostic } from "../../src/index.ts";

/** Diagnostics of one file, in the form that bundlers take. */
export interface Report {
  /** The first diagnostic: `[option-unknown] …`, what is wrong and what to write instead. */
  readonly message: string;
  readonly id: string;
  /** Line and column are 1-based: hosts print them unchanged, and editors open them. */
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  /** The code frame of the first diagnostic, then the other diagnostics with their frames. */
  readonly frame: string;
  /** All diagnostics, for a host that formats them itself. */
  readonly diagnostics: readonly Diagnostic[];
}

/** An error that has no place in the file: ts-morph is missing, a tsconfig cannot be read. */
export interface Failure {
  readonly message: string;
  readonly id: string;
}

/**
 * Combines diagnostics of a file into one report, because hosts stop at the first error. All after the first are in
 * the frame, which hosts print last, so that the output is in the order of the file.
 */
export function reportOf(diagnostics: readonly Diagnostic[], path: string, text: string): Report {
  const { line, column } = diagnostics[0]!;
  const blocks = diagnostics.map((each, index) => {
    const position = `${each.file}:${each.line}:${each.column}`;
    const heading = index === 0 ? position : `${position}\n${sentences(each)}`;
    return `${heading}\n\n${frame(text, each.span)}`;
  });
  return {
    message: sentences(diagnostics[0]!),
    id: path,
    loc: { file: path, line, column },
    frame: blocks.join("\n\n"),
    diagnostics,
  };
}

/** Formats a report as one text, for hosts that do not print the frame. */
export const reportText = (report: Report | Failure): string =>
  "frame" in report ? `${report.message}\n${report.frame}` : report.message;

/** Converts a report to an error, for hosts that would print the stack of the plugin. */
export const withoutStack = (report: Report | Failure): Error & (Report | Failure) =>
  Object.assign(new Error(report.message), report, { stack: "" });

const sentences = ({ name, message, help }: Diagnostic): string => `[${name}] ${message} ${help}`;
