/** Walks through the functions of a project that one function calls, directly or through others. */
import type { ts } from "ts-morph";
import { pathFrom } from "../../project/files/paths.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import { positionOf, spanOf } from "../../syntax/nodes.ts";
import type { Module } from "./modules.ts";
import { type AskedFile, type Call, nodesRunBy, type Summaries, type Summary } from "./summary.ts";

/** A function on the way. */
export interface Reached {
  /** Undefined for the function at the start. */
  readonly call: Call | undefined;
  readonly by: Reached | undefined;
  readonly fn: ts.Node;
  readonly module: Module;
  readonly summary: Summary;
  /** It, or a function on the way, may catch errors. */
  readonly mayCatch: boolean;
  /** It only makes errors that are thrown and never caught. Errors are not kept. */
  readonly isUnkept: boolean;
  /** Its receiver is an instance that a module holds for good. */
  readonly isOnModule: boolean;
}

/** Functions followed from one function: a bound for generated code. */
const MAX_FUNCTIONS = 10_000;

export interface ReachOptions extends AskedFile {
  readonly start: Module;
  readonly summaries: Summaries;
  /** Whether to follow functions that are cached themselves. They have warnings of their own. */
  readonly followsCached: boolean;
}

/**
 * Returns each function once, by the shortest chain of calls; the first is the one at the start. Those that only make
 * errors come last.
 *
 * @param from a function, or an expression whose value is called
 */
export function reachedFrom(from: ts.Node, options: ReachOptions): readonly Reached[] {
  const { start, summaries, followsCached } = options;
  // The defaults of a function's parameters are in its key.
  const { body = from } = from as { readonly body?: ts.Node };
  const own = summaries.of(from, [body], start, options);
  const first = { call: undefined, by: undefined, fn: from, module: start, summary: own };
  const reached: Reached[] = [{ ...first, mayCatch: own.catches, isUnkept: false, isOnModule: false }];
  const seen = new Set<ts.Node>([from]);
  const add = (call: Call, by: Reached, isUnkept: boolean): void => {
    if (seen.has(call.fn) || reached.length >= MAX_FUNCTIONS) return;
    seen.add(call.fn);
    const { fn: of, module } = call;
    const summary = summaries.of(of, nodesRunBy(of), module, options);
    const mayCatch = by.mayCatch || call.mayBeCaught || summary.catches;
    const isOnModule = call.on === "module" || (call.on === "receiver" && by.isOnModule);
    reached.push({ call, by, fn: of, module, summary, mayCatch, isUnkept, isOnModule });
  };
  const thrown: (readonly [Call, Reached])[] = [];
  for (let next = 0; next < reached.length || thrown.length > 0;) {
    const by = reached[next];
    if (by) {
      next++;
      for (const call of by.summary.calls) {
        if (call.isCached && !followsCached) continue;
        const isThrown = call.isThrown && !by.mayCatch;
        if (isThrown && !by.isUnkept) thrown.push([call, by]);
        else add(call, by, by.isUnkept);
      }
    } else for (const [call, thrower] of thrown.splice(0)) add(call, thrower, true);
  }
  return reached;
}

/** Returns the call in the function at the start that leads to a function. */
export function firstCall(reached: Reached): Call | undefined {
  let at = reached;
  while (at.by?.by) at = at.by;
  return at.call;
}

/** Returns the way to a read: `getUser → loadUser (src/db.ts:12) → Date.now()`. Each line is that of the next step. */
export function wayTo(
  { at, text }: { readonly at: ts.Node; readonly text: string },
  from: Reached,
  { file, name }: { readonly file: ProjectFile; readonly name: string },
): string {
  const steps = [text];
  let next = at;
  for (let step: Reached | undefined = from; step; step = step.by) {
    if (step.call) {
      steps.unshift(`${step.call.name} (${placeOf(next, step.module, file)})`);
      next = step.call.at;
    } else if (name !== "") steps.unshift(name);
  }
  return steps.join(" → ");
}

/** Returns `src/db.ts:12`. */
export function placeOf(node: ts.Node, { path, source }: Module, file: ProjectFile): string {
  const shown = path === file.path ? file.relative : pathFrom(file.root, path);
  return `${shown}:${positionOf(source, spanOf(node)).line}`;
}
