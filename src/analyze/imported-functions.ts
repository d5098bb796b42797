/** Finds the functions of other modules that a file calls, for what they do with the objects that they are given. */
import { isFunctionNode } from "../syntax/members.ts";
import type { ProjectFile } from "../project/workspace.ts";
import { summariesOf } from "./reach/summary.ts";
import { Values } from "./reach/values.ts";
import type { ImportedFunction } from "./sharing/origins.ts";

export function importedFunctions(file: ProjectFile): ImportedFunction {
  const { start, summaries } = summariesOf(file);
  const { modules } = summaries;
  const values = new Values(modules);
  return (node) => {
    const { fileName } = node.getSourceFile();
    const module = fileName === start.path ? start : modules.at(fileName);
    const value = module && values.of(node, module);
    if (value?.kind !== "code" || !isFunctionNode(value.node)) return undefined;
    const { node: fn } = value;
    const isFollowed = fn.body !== undefined && !("asteriskToken" in fn && fn.asteriskToken);
    return isFollowed ? { fn, scopes: value.module.scopes } : undefined;
  };
}
