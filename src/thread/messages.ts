/** What the thread of the compiler and the thread that started it tell each other. */
import type { ResultChange } from "../analyze/changed-results.ts";
import type { Caller } from "../callers.ts";
import type { Compilation } from "../compilation.ts";

/** A message to the compiler's thread that it answers. */
export type Question =
  /** Compiles a file. */
  | { readonly kind: "compile"; readonly path: string; readonly text: string }
  /** Finds what callers change. */
  | { readonly kind: "changes"; readonly callers: readonly Caller[] }
  /** Writes pending results. */
  | { readonly kind: "flush" };

/** A message to the compiler's thread. They are processed in order. */
export type Request =
  | (Question & { readonly number: number })
  /** A file was answered from the build cache. */
  | { readonly kind: "known"; readonly path: string; readonly text: string }
  /** A file was changed, created or deleted. */
  | { readonly kind: "invalidate"; readonly path: string }
  /** Compiles the files that have no stored result, before they are requested. */
  | ({ readonly kind: "preload" } & FileSearch);

/** The files of a folder whose paths match. */
export interface FileSearch {
  readonly folder: string;
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
}

/** An answer of the compiler's thread to the request with this number. */
export interface Answer {
  readonly number: number;
  readonly compilation?: Compilation | undefined;
  /** Of each caller. */
  readonly changes?: readonly (readonly ResultChange[])[];
  readonly failure?: Failure;
}

/** An error, which loses its class on the way between threads. */
export interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly isInputError: boolean;
}
