import { frame, type Diagnostic } from "../src/index.ts";

/** Diagnostics the way bundlers take them. */
export interface Report {
  /** The first one: `[option-unknown] …`, what is wrong and what to write instead. */
  readonly message: string;
  readonly id: string;
  /** Both 1-based, since hosts print them as they are and editors open them so. */
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  /** The code of the first one, then the other ones, each with its code. */
  readonly frame: string;
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
  };
}

const sentences = ({ name, message, help }: Diagnostic): string => `[${name}] ${message} ${help}`;
