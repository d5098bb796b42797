/** Defines the stored form of results. Their paths are relative, so that a project can be moved. */
import { SourceMap } from "magic-string";
import { posix } from "node:path";
import type { Compilation } from "../compilation.ts";
import type { Fact } from "../project/files/trace.ts";

/** The result of one file, and its inputs. */
export interface Entry {
  /** The name of the {@link SharedRecord} with the inputs that it shares with other results. */
  readonly shared: string;
  readonly facts: readonly Fact[];
  readonly compilation: Compilation;
}

/** Inputs that many results share. */
export interface SharedRecord {
  readonly facts: readonly Fact[];
  readonly listings: readonly Listing[];
  /** Whether all sources were searched for marked functions. */
  readonly searched: boolean;
}

/** The declaration files and folders that were in a folder. */
export type Listing = readonly [
  folder: string,
  declarations: readonly string[],
  directories: readonly string[],
];

/** Converts between absolute paths and paths relative to a folder. */
export interface PathMapping {
  readonly toRelative: (path: string) => string;
  readonly toAbsolute: (path: string) => string;
}

export function pathMapping(base: string): PathMapping {
  return {
    toRelative: (path) => posix.relative(base, path),
    toAbsolute: (path) => posix.join(base, path),
  };
}

export const mapFactPaths = ([query, path, result]: Fact, to: (path: string) => string): Fact => [
  query,
  to(path),
  query === "real" ? to(result) : result,
];

export function mapCompilationPaths(compilation: Compilation, to: (path: string) => string): Compilation {
  const { map, sites, references, dependencies } = compilation;
  const mapDependencies = <T extends { readonly dependencies: readonly string[] }>(each: T): T => ({
    ...each,
    dependencies: each.dependencies.map(to),
  });
  return {
    ...compilation,
    // A stored map has lost its methods.
    map: map && (Object.assign(Object.create(SourceMap.prototype) as SourceMap, map) satisfies SourceMap),
    sites: sites.map(mapDependencies),
    references: references.map(mapDependencies),
    dependencies: dependencies.map(to),
  };
}
