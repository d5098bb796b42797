/** Builds the compact record of the inputs that the results of a project share. */
import { statSync } from "node:fs";
import { folderOf } from "../project/files/paths.ts";
import type { Fact } from "../project/files/trace.ts";
import type { Inputs } from "../project/workspace.ts";
import { mapFactPaths, type PathMapping, type SharedRecord } from "./record.ts";

/** With more facts than this, compiling is faster than validating them. */
const MAX_SHARED_FACTS = 100_000;

/** Returns the record to store. Returns undefined if it is too large. */
export function sharedRecord({ sharedFacts, trace }: Inputs, paths: PathMapping): SharedRecord | undefined {
  const { facts, searched } = sharedFacts();
  if (trace.size + facts.length > MAX_SHARED_FACTS) return undefined;
  const toStored = (fact: Fact): Fact => mapFactPaths(fact, paths.toRelative);
  return {
    facts: [...condense(trace.facts), ...facts].map(toStored),
    listings: [...trace.listings].map(([folder, { files, directories }]) => [
      paths.toRelative(folder),
      files,
      directories,
    ]),
    searched,
  };
}

/** Replaces the failed lookups in a missing folder, often hundreds, with one fact: the folder is missing. */
function* condense(facts: Iterable<Fact>): Generator<Fact> {
  const missing = new Map<string, boolean>();
  const isMissing = (folder: string): boolean => {
    let known = missing.get(folder);
    if (known === undefined) missing.set(folder, (known = !statSync(folder, { throwIfNoEntry: false })));
    return known;
  };
  const reported = new Set<string>();
  for (const fact of facts) {
    const [query, path, result] = fact;
    if (result !== "" || (query !== "file" && query !== "folder")) {
      yield fact;
      continue;
    }
    let top = path;
    while (folderOf(top) !== top && isMissing(folderOf(top))) top = folderOf(top);
    if (top === path) yield fact;
    else if (!reported.has(top)) {
      reported.add(top);
      yield ["folder", top, ""];
    }
  }
}
