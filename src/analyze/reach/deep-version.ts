/** The code that a function can reach in its project, for `version=deep`. */
import { ts } from "ts-morph";
import { type MarkedFunction, unwrap } from "../../syntax/nodes.ts";
import type { Module } from "./modules.ts";
import { type AskedFile, type Constant, nodesRunBy, summariesOf } from "./summary.ts";

export interface DeepCode {
  /** The nodes of each function and constant. */
  readonly code: readonly ReachedCode[];
  /** The other files that it comes from. */
  readonly dependencies: readonly string[];
}

/** Nodes of one file. */
export interface ReachedCode {
  readonly nodes: readonly ts.Node[];
  readonly source: ts.SourceFile;
}

/** Code that runs: what it is summarized by, and the nodes that are executed. */
interface Part {
  readonly node: ts.Node;
  readonly region: readonly ts.Node[];
  readonly module: Module;
}

/** Returns the code of all functions and constants that a function can reach, cached functions included. */
export function deepCode(fn: MarkedFunction, asked: AskedFile): DeepCode {
  const { start, summaries } = summariesOf(asked.file);
  const { fileName } = fn.getSourceFile();
  const own = fileName === start.path ? start : summaries.modules.at(fileName);
  if (!own) return { code: [], dependencies: [] };
  const parts: Part[] = [
    { node: fn, region: [fn.body!], module: own },
    ...fn.parameters.map((parameter) => ({ node: parameter, region: [parameter], module: own })),
  ];
  const ownParts = parts.length;
  const seen = new Set<ts.Node>(parts.map(({ node }) => node));
  const touched = new Set<Module>([own]);
  const add = (node: ts.Node, region: readonly ts.Node[], module: Module): void => {
    if (seen.has(node)) return;
    seen.add(node);
    parts.push({ node, region, module });
  };
  // The list grows during the iteration.
  for (const { node, region, module } of parts) {
    const summary = summaries.of(node, region, module, asked);
    for (const each of summary.touched) touched.add(each);
    for (const call of summary.calls) add(call.fn, nodesRunBy(call.fn), call.module);
    for (const constant of summary.constants) {
      const value = valueOf(constant);
      if (value) add(value, [value], constant.module);
    }
  }
  return {
    code: parts.slice(ownParts).map(({ region, module }) => ({ nodes: region, source: module.source })),
    dependencies: [...touched].map(({ path }) => path).filter((path) => path !== asked.file.path),
  };
}

function valueOf({ binding: { declaration } }: Constant): ts.Node | undefined {
  if (ts.isEnumMember(declaration)) return declaration.parent;
  const { initializer } = declaration as { readonly initializer?: ts.Expression };
  return initializer ? unwrap(initializer) : ts.isEnumDeclaration(declaration) ? declaration : undefined;
}
