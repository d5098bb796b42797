/** Which files a result stands on, once they are a program. */
import { ts } from "ts-morph";
import { mayDeclareGlobals } from "../files/globals.ts";
import { type Fact, hashOf } from "../files/trace.ts";

/** Facts that all results of a program stand on. */
export interface SharedFacts {
  readonly facts: readonly Fact[];
  /** All sources were searched for marks, so that one more would have been seen. */
  readonly searched: boolean;
}

/** What imports lead to. An import that went away is remembered: that costs precision, not truth. */
export class DependencyGraph {
  readonly #imports = new Map<string, Set<string>>();
  /** The same of imports that the program leaves out, and of the files behind them. */
  readonly #pruned = new Map<string, Set<string>>();
  readonly #hashes = new WeakMap<ts.SourceFile, string>();

  add(from: string, to: string): void {
    put(this.#imports, from, to);
  }

  addPruned(from: string, to: string): void {
    put(this.#pruned, from, to);
  }

  /** The files, and all that they import. */
  from(files: Iterable<ts.SourceFile | string>, sourceOf: SourceOf): ReadonlySet<string> {
    return reach(files, sourceOf, [this.#imports, this.#pruned]);
  }

  /** The same, without what is left out of the program. */
  within(files: Iterable<ts.SourceFile | string>, sourceOf: SourceOf): ReadonlySet<string> {
    return reach(files, sourceOf, [this.#imports]);
  }

  /** A file that is there but was not read, like JSON that the options leave alone, only has to stay there. */
  factsOf(files: Iterable<string>, sourceOf: SourceOf): readonly Fact[] {
    return [...files].map((path) => {
      const source = sourceOf(path);
      if (source === undefined) return ["file", path, "yes"];
      return ["text", path, typeof source === "string" ? source : this.#hash(source)];
    });
  }

  /** A parsed file does not change. */
  #hash(source: ts.SourceFile): string {
    let hash = this.#hashes.get(source);
    if (hash === undefined) this.#hashes.set(source, (hash = hashOf(source.text)));
    return hash;
  }
}

type Edges = Map<string, Set<string>>;

function put(edges: Edges, from: string, to: string): void {
  const known = edges.get(from);
  if (known) known.add(to);
  else edges.set(from, new Set([to]));
}

function reach(
  files: Iterable<ts.SourceFile | string>,
  sourceOf: SourceOf,
  all: readonly Edges[],
): ReadonlySet<string> {
  const reached = new Set<string>();
  for (const file of files) reached.add(typeof file === "string" ? file : file.fileName);
  // A set hands out what is added while it is walked.
  for (const path of reached) {
    for (const edges of all) for (const each of edges.get(path) ?? []) reached.add(each);
    const source = sourceOf(path);
    for (const { fileName } of typeof source === "object" ? source.referencedFiles : []) {
      reached.add(ts.resolveTripleslashReference(fileName, path));
    }
  }
  return reached;
}

/** A file as it was parsed, or the hash of its text where it was not. */
export type SourceOf = (path: string) => ts.SourceFile | string | undefined;

/** Installed packages are for all files of a project: what changes with them is asked once. */
export const isInstalled = (path: string): boolean => path.includes("/node_modules/");

/** The files of a program that every file of it stands on. */
export function sharedSources(program: ts.Program): readonly ts.SourceFile[] {
  return program.getSourceFiles().filter((file) => isInstalled(file.fileName) || isGlobal(file));
}

function isGlobal(file: ts.SourceFile): boolean {
  if (file.isDeclarationFile || mayDeclareGlobals(file.fileName, file.text)) return true;
  if (file.fileName.endsWith(".json")) return false;
  const isModule =
    ts.isExternalModule(file) ||
    (file as { commonJsModuleIndicator?: unknown }).commonJsModuleIndicator !== undefined;
  return !isModule || file.statements.some(augments);
}

/** `declare global {}`, `declare module "x" {}`. */
const augments = (statement: ts.Statement): boolean =>
  ts.isModuleDeclaration(statement) &&
  (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0);
