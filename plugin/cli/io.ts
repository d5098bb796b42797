import picocolors from "picocolors";
import { suggest } from "../../src/index.ts";
import type { Values } from "./options.ts";

/** Where a command writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a command sees of the world; tests hand over their own. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

export type Paint = ReturnType<typeof picocolors.createColors>;

/**
 * Whether an output is coloured: as the flags say, else as NO_COLOR and FORCE_COLOR say, else if a person looks
 * at it.
 */
export function colorOf(
  output: Output,
  { io, values }: { readonly io: Pick<Io, "env">; readonly values: Values },
): boolean {
  if (values["no-color"]) return false;
  if (values.color) return true;
  // https://no-color.org: an empty value counts as none.
  if (io.env["NO_COLOR"]) return false;
  const { FORCE_COLOR: forced, TERM: terminal } = io.env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return output.isTTY === true && terminal !== "dumb";
}

export const painter = (color: boolean): Paint => picocolors.createColors(color);

/** `1 file`, `2 files`. */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

/** "Write `check`.", or all that could be meant. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  return near === undefined ? `Write one of ${known.join(", ")}.` : `Write \`${near}\`.`;
}
