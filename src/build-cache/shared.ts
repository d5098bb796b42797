/** What the results of a project stand on together, in few words. */
import { statSync } from "node:fs";
import { folderOf } from "../project/files/paths.ts";
import type { Inputs } from "../project/workspace.ts";
import type { Fact } from "../project/files/trace.ts";
import { factWith, type Paths, type SharedRecord } from "./record.ts";

/** So many answers are not worth being asked again: compiling is quicker. */
const MOST = 100_000;

/** Returns what is to be written; undefined when it is too much. */
export function sharedRecord({ sharedFacts, trace }: Inputs, paths: Paths): SharedRecord | undefined {
  const { facts, searched } = sharedFacts();
  if (trace.size + facts.length > MOST) return undefined;
  const out = (fact: Fact): Fact => factWith(fact, paths.out);
  return {
    facts: [...condensed(trace.facts), ...facts].map(out),
    listings: [...trace.listings].map(([folder, { files, directories }]) => [
      paths.out(folder),
      files,
      directories,
    ]),
    searched,
  };
}

/** Where a folder is missing, so is all that was looked for in it: one fact in place of hundreds. */
function* condensed(facts: Iterable<Fact>): Generator<Fact> {
  const missing = new Map<string, boolean>();
  const isMissing = (folder: string): boolean => {
    let known = missing.get(folder);
    if (known === undefined) missing.set(folder, (known = !statSync(folder, { throwIfNoEntry: false })));
    return known;
  };
  const said = new Set<string>();
  for (const fact of facts) {
    const [question, path, answer] = fact;
    if (answer !== "" || (question !== "file" && question !== "folder")) {
      yield fact;
      continue;
    }
    let top = path;
    while (folderOf(top) !== top && isMissing(folderOf(top))) top = folderOf(top);
    if (top === path) yield fact;
    else if (!said.has(top)) {
      said.add(top);
      yield ["folder", top, ""];
    }
  }
}
