/** Defines the stored form of results. Their paths are relative, so that a project can be moved. */
import { posix } from "node:path";
import type { ResultChange } from "../analyze/changed-results.ts";
import type { Compilation } from "../compilation.ts";
import type { PathAlias } from "../project/files/scan-imports.ts";
import type { StoredRound } from "../project/program/lazy-project.ts";
import type { GlobPatterns } from "../ts-internals.ts";
import type { Fact } from "../project/files/trace.ts";

/** The inputs of a result. */
export interface Stored {
  /** The name of the {@link SharedRecord} with the inputs that it shares with other results. */
  readonly shared: string;
  readonly facts: readonly Fact[];
}

/** The result of one file, and its inputs. */
export interface Entry extends Stored {
  readonly compilation: Compilation;
  /** What is known of the types of the file, while nothing changes but bodies in it. */
  readonly answers?: StoredRound | undefined;
}

/** Names the last result of a file whose types are known. */
export interface AnswersRecord {
  /** The paths in the answers are absolute, so that they are of no use after the project was moved. */
  readonly base: string;
  /** The name of the {@link Entry}. */
  readonly entry: string;
}

/** What a caller changes of the results of other files, and what that depends on. */
export interface CallerEntry extends Stored {
  readonly changes: readonly ResultChange[];
}

/** Inputs that many results share. */
export interface SharedRecord {
  readonly facts: readonly Fact[];
  /** The sources that were searched for global declarations. Undefined if no types were loaded. */
  readonly sources: SearchedSources | undefined;
}

/**
 * The sources of a tsconfig. Those with global declarations are facts of the record. No other source may declare
 * globals, or import other files than these.
 */
export interface SearchedSources {
  readonly folders: readonly FolderRecord[];
  /** The globs of the tsconfig, for paths like `/src/a.ts`. Undefined if they select files elsewhere. */
  readonly globs: GlobPatterns | undefined;
  /** The files that the tsconfig lists outside of these folders. */
  readonly files: readonly string[];
  /** The files that it does not list and that are imported. */
  readonly imported: readonly string[];
  /** Where the imports of the sources lead to, except to other sources. Sorted. */
  readonly outward: readonly string[];
  readonly takesJavaScript: boolean;
  readonly aliases: readonly PathAlias[];
}

/** The sources in a folder that the globs of the tsconfig exclude, and the folders in it. */
export type FolderRecord = readonly [
  folder: string,
  excluded: readonly string[],
  directories: readonly string[],
];

export const mapAliases = (
  aliases: readonly PathAlias[],
  to: (path: string) => string,
): readonly PathAlias[] => aliases.map(([pattern, targets]) => [pattern, targets.map(to)]);

/** Returns the stored form of where an import leads to: a path, or the name of a package as it is written. */
export const mapOutward = (target: string, toRelative: PathMapping["toRelative"]): string =>
  posix.isAbsolute(target) || /^[a-z]:\//i.test(target) ? `./${toRelative(target)}` : target;

/** Converts between absolute paths and paths relative to a folder. */
export interface PathMapping {
  readonly toRelative: (path: string) => string;
  readonly toAbsolute: (path: string) => string;
}

export function pathMapping(base: string): PathMapping {
  return {
    toRelative: (path) => posix.relative(base, path),
    // Joining normalizes a path, which takes as long as the check of its file.
    toAbsolute: (path) => (path === "" || path.startsWith("..") ? posix.join(base, path) : `${base}/${path}`),
  };
}

export const mapFactPaths = ([query, path, result]: Fact, to: (path: string) => string): Fact => [
  query,
  to(path),
  query === "real" ? to(result) : result,
];

export function mapCompilationPaths(compilation: Compilation, to: (path: string) => string): Compilation {
  const { sites, references, dependencies } = compilation;
  const mapDependencies = <T extends { readonly dependencies: readonly string[] }>(each: T): T => ({
    ...each,
    dependencies: each.dependencies.map(to),
  });
  return {
    ...compilation,
    sites: sites.map(mapDependencies),
    references: references.map(mapDependencies),
    dependencies: dependencies.map(to),
  };
}
