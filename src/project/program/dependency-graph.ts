/** Finds the files that a result depends on, by the imports of a program. */
import { ts } from "ts-morph";
import { isInstalled } from "../files/paths.ts";
import { type PathAlias, scanSource } from "../files/scan-imports.ts";
import { type Fact, hashOf } from "../files/trace.ts";
import type { FoundSources } from "./project-sources.ts";

/** The facts that all results of a program depend on. */
export interface SharedFacts {
  readonly facts: readonly Fact[];
  /** The sources that were searched for global declarations. Undefined if no types were loaded. */
  readonly sources: FoundSources | undefined;
  /** Whether JavaScript files are sources. */
  readonly takesJavaScript: boolean;
  readonly aliases: readonly PathAlias[];
}

/**
 * The import graph, with pruned imports and those of pruned files. A removed import stays in it: a result then has more
 * dependencies than necessary.
 */
export class DependencyGraph {
  readonly #imports: Edges = new Map<string, Set<string>>();
  readonly #hashes = new WeakMap<ts.SourceFile, string>();

  add(from: string, to: string): void {
    const targets = this.#imports.get(from);
    if (targets) targets.add(to);
    else this.#imports.set(from, new Set([to]));
  }

  /** Returns the files and everything that they import. */
  reachableFrom(files: Iterable<ts.SourceFile | string>, sourceOf: SourceOf): ReadonlySet<string> {
    return reachable(files, sourceOf, this.#imports);
  }

  /** The fact about a file that exists but was not read, such as JSON, is only that it exists. */
  factsOf(files: Iterable<string>, sourceOf: SourceOf): readonly Fact[] {
    return [...files].map((path) => {
      const source = sourceOf(path);
      if (source === undefined) return ["file", path, "yes"];
      return ["text", path, typeof source === "string" ? source : this.#hash(source)];
    });
  }

  /** A parsed file is immutable, so its hash is cached. */
  #hash(source: ts.SourceFile): string {
    let hash = this.#hashes.get(source);
    if (hash === undefined) this.#hashes.set(source, (hash = hashOf(source.text)));
    return hash;
  }
}

type Edges = Map<string, Set<string>>;

function reachable(
  files: Iterable<ts.SourceFile | string>,
  sourceOf: SourceOf,
  edges: Edges,
): ReadonlySet<string> {
  const reached = new Set<string>();
  for (const file of files) reached.add(typeof file === "string" ? file : file.fileName);
  // Iterating over a set also visits the values that the loop adds.
  for (const path of reached) {
    for (const target of edges.get(path) ?? []) reached.add(target);
    const source = sourceOf(path);
    for (const { fileName } of typeof source === "object" ? source.referencedFiles : []) {
      reached.add(ts.resolveTripleslashReference(fileName, path));
    }
  }
  return reached;
}

/** Returns the parsed file. Returns the hash of its text if the file was scanned and not parsed. */
export type SourceOf = (path: string) => ts.SourceFile | string | undefined;

/** Returns the files that every result of the program depends on. */
export function sharedSources(program: ts.Program): readonly ts.SourceFile[] {
  return program.getSourceFiles().filter((file) => isInstalled(file.fileName) || affectsAllFiles(file));
}

function affectsAllFiles(file: ts.SourceFile): boolean {
  if (file.fileName.endsWith(".json")) return false;
  if (file.isDeclarationFile || !scanSource(file.fileName, file.text)) return true;
  const isModule =
    ts.isExternalModule(file) ||
    (file as { commonJsModuleIndicator?: unknown }).commonJsModuleIndicator !== undefined;
  return !isModule || file.statements.some(isAugmentation);
}

/** Matches `declare global {}` and `declare module "x" {}`. */
const isAugmentation = (statement: ts.Statement): boolean =>
  ts.isModuleDeclaration(statement) &&
  (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0);
