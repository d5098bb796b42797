/** Finds reads that no key can contain: module state, the clock, random numbers, the current request. */
import type { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import type { Through } from "../../diagnostics/details.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { isWithin, positionOf, spanOf } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { isDeclaredIn, isInitializedIn, isModuleLevel } from "../../syntax/scope.ts";
import type { Types } from "../types/types.ts";
import { ambientRead, ambientReadText } from "./ambient.ts";
import type { Callee } from "./callees.ts";
import { calleesIn } from "./callees.ts";
import { environmentReads } from "./environment.ts";
import { ImportedState } from "./imported-state.ts";
import { pageReads } from "./page.ts";
import { collectReads, isOnlyWritten } from "./reads.ts";

/** Callees followed from one cached function. */
const MAX_FOLLOWED_FUNCTIONS = 200;
/** Warnings about reads in those callees. */
const MAX_INDIRECT_WARNINGS = 5;

export interface Purity {
  readonly problems: readonly Problem[];
  /** Environment variables that are read: `process.env.API_URL`. Sorted. */
  readonly environment: readonly string[];
  /** Other files that were read to learn whether an imported variable is reassigned. */
  readonly dependencies: readonly string[];
}

export interface PurityContext {
  readonly file: ProjectFile;
  readonly scopes: Scopes;
  readonly types: Types;
}

/** A read of a value that is not in the key. */
interface UnkeyedRead {
  readonly at: ts.Node;
  /** The module-level variable; undefined for an ambient read. */
  readonly binding?: Binding;
}

/** A function that is called, directly or through others. */
interface ReachedFunction {
  readonly callee: Callee;
  /** The callee in the cached function itself, through which this one is reached. */
  readonly first: Callee;
  /** The names on the way, from `first` to `callee`. */
  readonly names: readonly string[];
}

/** Analyzes the body, and the functions of the same module that it calls, directly or through others. */
export function analyzePurity(fn: MarkedFunction, context: PurityContext): Purity {
  const { scopes, file } = context;
  const imported = new ImportedState(file);
  const body = [fn.body!];
  const own = unkeyedReads(body, fn, context, imported);
  const regions: (readonly ts.Node[])[] = [body];
  const reached: Problem[] = [];
  for (const { callee, first, names } of reachedFunctions(body, fn, scopes)) {
    regions.push(callee.region);
    for (const read of unkeyedReads(callee.region, callee.fn, context, imported)) {
      // `getPool()` creates its value on the first call and returns the same one from then on.
      if (read.binding && isInitializedIn(read.binding, callee.fn, scopes)) continue;
      const { line } = positionOf(file.source, spanOf(read.at));
      reached.push(readProblem(read, first.at, { names, line }));
    }
  }
  return {
    problems: [...own.map((read) => readProblem(read, read.at)), ...reached.slice(0, MAX_INDIRECT_WARNINGS)],
    environment: [...new Set(regions.flatMap((region) => environmentReads(region, scopes)))].sort(),
    dependencies: imported.files,
  };
}

/** Returns each function that is reached once, by the shortest chain of calls. */
function reachedFunctions(
  body: readonly ts.Node[],
  fn: MarkedFunction,
  scopes: Scopes,
): readonly ReachedFunction[] {
  const reached: ReachedFunction[] = [];
  // A function inside the cached one is analyzed with its body.
  const isNew = ({ fn: other }: Callee): boolean =>
    !isWithin(other, fn) && !reached.some(({ callee }) => callee.fn === other);
  const add = (callees: readonly Callee[], by?: ReachedFunction): void => {
    for (const callee of callees) {
      if (reached.length >= MAX_FOLLOWED_FUNCTIONS || !isNew(callee)) continue;
      reached.push({ callee, first: by?.first ?? callee, names: [...(by?.names ?? []), callee.name] });
    }
  };
  add(calleesIn(body, scopes));
  // The list grows during the iteration.
  for (const each of reached) add(calleesIn(each.callee.region, scopes), each);
  return reached;
}

function unkeyedReads(
  region: readonly ts.Node[],
  fn: ts.Node,
  { scopes, types }: PurityContext,
  imported: ImportedState,
): readonly UnkeyedRead[] {
  const reads: UnkeyedRead[] = [];
  const seen = new Set<Binding>();
  for (const identifier of collectReads(region).names) {
    const binding = scopes.resolve(identifier);
    if (binding && isDeclaredIn(binding, fn)) continue;
    const ambient = ambientRead(identifier, binding, types);
    if (ambient) reads.push({ at: ambient });
    if (!binding || seen.has(binding) || isOnlyWritten(identifier)) continue;
    if (!isModuleState(binding, scopes) && !imported.isState(identifier, binding)) continue;
    seen.add(binding);
    reads.push({ at: identifier, binding });
  }
  return [...reads, ...pageReads(region, scopes, types).map((at) => ({ at }))];
}

function isModuleState(binding: Binding, scopes: Scopes): boolean {
  return binding.kind === "variable" && isModuleLevel(binding) && scopes.assignment(binding) !== undefined;
}

function readProblem({ at, binding }: UnkeyedRead, shown: ts.Node, through?: Through): Problem {
  return binding
    ? problem("module-state", spanOf(shown), { name: binding.name, through })
    : problem("ambient-read", spanOf(shown), { read: ambientReadText(at), through });
}
