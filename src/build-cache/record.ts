/** Results in the form in which they lie on disk: paths start at a folder, so that a project can be moved. */
import { SourceMap } from "magic-string";
import { posix } from "node:path";
import type { Compilation } from "../compilation.ts";
import type { Fact } from "../project/files/trace.ts";

/** One file's result and what it stands on. */
export interface Entry {
  /** The name of what it stands on together with the others. */
  readonly shared: string;
  readonly facts: readonly Fact[];
  readonly compilation: Compilation;
}

/** What many results stand on. */
export interface SharedRecord {
  readonly facts: readonly Fact[];
  readonly listings: readonly Listing[];
  /** All sources were searched for marks. */
  readonly searched: boolean;
}

/** The declarations and folders that were in a folder. */
export type Listing = readonly [
  folder: string,
  declarations: readonly string[],
  directories: readonly string[],
];

/** Turns absolute paths into ones from a folder, and back. */
export interface Paths {
  readonly out: (path: string) => string;
  readonly in: (path: string) => string;
}

export function pathsFrom(base: string): Paths {
  return {
    out: (path) => posix.relative(base, path),
    in: (path) => posix.join(base, path),
  };
}

export const factWith = ([question, path, answer]: Fact, to: (path: string) => string): Fact => [
  question,
  to(path),
  question === "real" ? to(answer) : answer,
];

export function compilationWith(compilation: Compilation, to: (path: string) => string): Compilation {
  const { map, sites, references, dependencies } = compilation;
  const moved = <T extends { readonly dependencies: readonly string[] }>(each: T): T => ({
    ...each,
    dependencies: each.dependencies.map(to),
  });
  return {
    ...compilation,
    // Its methods do not survive being written.
    map: map && (Object.assign(Object.create(SourceMap.prototype) as SourceMap, map) satisfies SourceMap),
    sites: sites.map(moved),
    references: references.map(moved),
    dependencies: dependencies.map(to),
  };
}
