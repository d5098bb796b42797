import picocolors from "picocolors";
import { suggest } from "../../src/index.ts";
import type { OptionValues } from "./options.ts";

/** A stream that a command writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The environment of a command. Tests pass their own. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks the user; `undefined` without a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** Functions that colour text. */
export type Paint = ReturnType<typeof picocolors.createColors>;

/** Whether to colour an output. The flags decide, else NO_COLOR and FORCE_COLOR, else whether it is a terminal. */
export function colorOf(
  output: Output,
  { io, values }: { readonly io: Pick<Io, "env">; readonly values: OptionValues },
): boolean {
  if (values["no-color"]) return false;
  if (values.color) return true;
  // https://no-color.org: an empty value counts as unset.
  if (io.env["NO_COLOR"]) return false;
  const { FORCE_COLOR: forced, TERM: terminal } = io.env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return output.isTTY === true && terminal !== "dumb";
}

/** Creates the functions that colour text, or leave it unchanged. */
export const painter = (color: boolean): Paint => picocolors.createColors(color);

/** Formats a number with its noun: `1 file`, `2 files`. */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

/** Suggests the nearest name, "Write `check`.", or lists all of them. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  return near === undefined ? `Write one of ${known.join(", ")}.` : `Write \`${near}\`.`;
}
