import type { Diagnostic } from "./diagnostics/catalogue.ts";
import type { Reference, Site } from "./site.ts";

/**
 * A source map as a plain object. Its only source is the base name of the file: the paths of a map are relative to the
 * map, which belongs beside the file.
 */
export interface SourceMapObject {
  readonly version: number;
  readonly sources: string[];
  readonly sourcesContent?: (string | null)[] | undefined;
  readonly names: string[];
  readonly mappings: string;
}

/** The result of compiling one file. */
export interface Compilation {
  /** The rewritten text. Undefined when nothing changed or there is an error. */
  readonly code: string | undefined;
  /** From `code` to the original text. Undefined when `code` is. */
  readonly map: SourceMapObject | undefined;
  /** The cached functions that the file declares. */
  readonly sites: readonly Site[];
  /** The `cached(load)` calls in the file, whose function is declared outside the call. */
  readonly references: readonly Reference[];
  /** All errors and warnings, ordered by position. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of the other files that the result depends on, sorted. */
  readonly dependencies: readonly string[];
}

/** The result for a file without marked functions. */
export const UNCHANGED: Compilation = {
  code: undefined,
  map: undefined,
  sites: [],
  references: [],
  diagnostics: [],
  dependencies: [],
};
