/** Finds reads that no key contains: module state, the clock, random numbers, the current request. */
import type { ts } from "ts-morph";
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { ProjectFile } from "../../project/workspace.ts";
import type { Reach } from "../../site.ts";
import { spanOf } from "../../syntax/nodes.ts";
import { dependenciesOf } from "../types/dependencies.ts";
import type { Types } from "../types/types.ts";
import { firstCall, placeOf, type Reached, reachedFrom, wayTo } from "./reach.ts";
import { isSingleton } from "./singletons.ts";
import { summariesOf, type UnkeyedRead } from "./summary.ts";

/** Warnings about reads in other functions. */
const MAX_INDIRECT_WARNINGS = 5;

export interface Purity {
  readonly problems: readonly Problem[];
  /** Environment variables that are read: `process.env.API_URL`. Sorted. */
  readonly environment: readonly string[];
  readonly reach: Reach;
  /** The other files that were read. */
  readonly dependencies: readonly string[];
}

export interface PurityContext {
  readonly file: ProjectFile;
  readonly types: Types;
  /** The name of the function, for messages; `""` if it has none. */
  readonly name: string;
  /** The option of the compiler. */
  readonly singletons: readonly string[];
  /** The class of the function, if an option says what of the receiver makes a difference. */
  readonly settled: ts.Node | undefined;
}

/**
 * Analyzes the body of a function, and the functions of the project that it calls, directly or through others.
 *
 * @param fn the function, or an expression whose value is called
 */
export function analyzePurity(
  fn: ts.Node,
  { file, types, name, singletons, settled }: PurityContext,
): Purity {
  const { start, summaries } = summariesOf(file);
  const reached = reachedFrom(fn, { file, start, types, summaries, followsCached: false });
  const [own, ...others] = reached as [Reached, ...Reached[]];
  // Of other objects, each may be a new one.
  const isReported = ({ holder }: UnkeyedRead, isOnModule: boolean): boolean =>
    !holder ||
    (holder.node !== settled && (isOnModule || isSingleton(holder.node, holder.module, singletons, file)));
  const readsOf = ({ summary, mayCatch, isUnkept, isOnModule }: Reached): readonly UnkeyedRead[] =>
    summary.reads.filter((read) => !isUnkept && (mayCatch || !read.isThrown) && isReported(read, isOnModule));
  const ownReads = readsOf(own);
  const touched = reached.flatMap(({ summary }) => [...summary.touched].map(({ path }) => path));
  const asked = reached.flatMap(({ summary }) => summary.asked);
  const typed = asked.length > 0 ? dependenciesOf(asked, types.program) : [];
  return {
    problems: [
      ...ownReads.map((read) => readProblem(read, spanOf(read.at))),
      ...indirectProblems(ownReads, others, readsOf, { file, name }),
    ],
    environment: sorted(reached.flatMap(({ summary }) => summary.environment)),
    reach: {
      functions: sorted(
        others.map(({ call, fn: of, module }) => `${call!.name} (${placeOf(of, module, file)})`),
      ),
      effects: sorted(
        reached.flatMap(({ summary }) =>
          summary.uses.flatMap(({ effect, from }) =>
            effect && effect !== "trusted" ? [`${effect}: ${from}`] : [],
          ),
        ),
      ),
      trusted: sorted(
        reached.flatMap(({ summary }) =>
          summary.uses.flatMap(({ effect, from }) => (effect === "trusted" ? [from] : [])),
        ),
      ),
    },
    dependencies: [...new Set([...touched, ...typed])].filter((path) => path !== file.path),
  };
}

/** Reports each source once, at the call that leads to it the shortest way. */
function indirectProblems(
  own: readonly UnkeyedRead[],
  others: readonly Reached[],
  readsOf: (reached: Reached) => readonly UnkeyedRead[],
  root: { readonly file: ProjectFile; readonly name: string },
): readonly Problem[] {
  const seen = new Set<unknown>(own.map(sourceOf));
  const problems: Problem[] = [];
  for (const reached of others) {
    for (const read of readsOf(reached)) {
      if (seen.has(sourceOf(read)) || problems.length >= MAX_INDIRECT_WARNINGS) continue;
      seen.add(sourceOf(read));
      problems.push(readProblem(read, spanOf(firstCall(reached)!.at), wayTo(read, reached, root)));
    }
  }
  return problems;
}

const sourceOf = ({ variable, holder, text }: UnkeyedRead): unknown =>
  variable ?? (holder ? `${holder.module.path} ${holder.node.pos} ${text}` : text);

function readProblem(read: UnkeyedRead, span: Problem["span"], through?: string): Problem {
  const { text, variable, holder, isChanged } = read;
  if (holder) return problem("receiver-state", span, { member: text, through });
  return variable
    ? problem("module-state", span, { name: text, through, isChanged })
    : problem("ambient-read", span, { read: text, through });
}

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
