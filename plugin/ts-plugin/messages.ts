/** What the language service and the thread that checks files tell each other. */
import type { Diagnostic, Span } from "../../src/index.ts";
import type { EditorOptions } from "../editor/checker.ts";

/** Asks for the problems of a file. */
export interface Question {
  readonly number: number;
  readonly path: string;
  readonly text: string;
  readonly options: EditorOptions;
  /** The folder that globs and `tsconfig` are relative to. */
  readonly cwd: string;
  /** The texts in the editor that changed since the last question; undefined for files that were closed. */
  readonly opened: readonly (readonly [path: string, text: string | undefined])[];
}

/** A cached function, for a hover over its name. */
export interface Hover {
  readonly span: Span;
  readonly text: string;
}

export interface Answer {
  readonly number: number;
  readonly path: string;
  /** The text that was checked. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly hovers: readonly Hover[];
  /** Why nothing could be checked: a tsconfig that cannot be read, an unknown option. */
  readonly failure?: string;
}
