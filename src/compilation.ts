import type { SourceMap } from "magic-string";
import type { Diagnostic } from "./diagnostics/catalogue.ts";
import type { Reference, Site } from "./site.ts";

/** What compiling one file came to. */
export interface Compilation {
  /** The rewritten text; undefined when nothing changed or an error stands in the way. */
  readonly code: string | undefined;
  readonly map: SourceMap | undefined;
  /** The cached functions of the file. */
  readonly sites: readonly Site[];
  /** The `cached()` calls of the file whose functions stand elsewhere. */
  readonly references: readonly Reference[];
  /** Everything that is wrong, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Other files that the result depends on. Absolute, sorted. */
  readonly dependencies: readonly string[];
}

export const UNCHANGED: Compilation = {
  code: undefined,
  map: undefined,
  sites: [],
  references: [],
  diagnostics: [],
  dependencies: [],
};
