/** Builds the compact record of the inputs that the results of a project share. */
import { statSync } from "node:fs";
import { folderOf } from "../project/files/paths.ts";
import { isShadowed, isSourceName } from "../project/files/file-names.ts";
import type { Fact } from "../project/files/trace.ts";
import type { SharedFacts } from "../project/program/dependency-graph.ts";
import type { Inputs } from "../project/workspace.ts";
import {
  mapAliases,
  mapFactPaths,
  mapOutward,
  type PathMapping,
  type SearchedSources,
  type SharedRecord,
} from "./record.ts";

/** With more facts than this, compiling is faster than validating them. */
const MAX_SHARED_FACTS = 100_000;

/** Returns the record to store. Returns undefined if it is too large. */
export function sharedRecord({ sharedFacts, trace }: Inputs, paths: PathMapping): SharedRecord | undefined {
  const { facts, ...search } = sharedFacts();
  if (trace.size + facts.length > MAX_SHARED_FACTS) return undefined;
  const toStored = (fact: Fact): Fact => mapFactPaths(fact, paths.toRelative);
  return {
    facts: [...condense(trace.facts), ...facts].map(toStored),
    sources: searchedSources(search, paths),
  };
}

function searchedSources(
  { sources, takesJavaScript, aliases }: Omit<SharedFacts, "facts">,
  paths: PathMapping,
): SearchedSources | undefined {
  const { toRelative } = paths;
  if (!sources) return undefined;
  const { listed, files, globals, outward } = sources;
  const listedFiles = new Set(listed.files);
  const known = new Set([...listedFiles, ...globals]);
  return {
    folders: [...listed.folders].map(([folder, entries]) => {
      const names = new Set(entries.files.filter((name) => listedFiles.has(`${folder}/${name}`)));
      const isExcluded = (name: string): boolean =>
        isSourceName(name, takesJavaScript) && !names.has(name) && !isShadowed(name, names);
      return [toRelative(folder), entries.files.filter(isExcluded), entries.directories];
    }),
    globs: listed.patternsIn(paths.toAbsolute("")),
    files: listed.files.filter((file) => !listed.folders.has(folderOf(file))).map(toRelative),
    imported: [...files].filter((file) => !known.has(file)).map(toRelative),
    outward: [...outward].map((target) => mapOutward(target, toRelative)).sort(),
    takesJavaScript,
    aliases: mapAliases(aliases, toRelative),
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
