/**
 * The canonical text of a type: what values it has, not what it is called.
 *
 * Aliases, interfaces and imported types are taken apart; properties and members of unions are sorted; so the
 * text stays the same when something is renamed, moved or reordered, and changes when a property does, however
 * many files away. Types of the language (`Date`, `Map<K, V>`) stand by their names.
 *
 * The types reachable from one are a graph. Those on no cycle get their text from the leaves up. Those on a
 * cycle are told apart by refining labels until nothing more can be told apart (Weisfeiler-Leman), since
 * writing a cycle out would depend on where one enters it.
 */
import { createHash } from "node:crypto";
import { ts } from "ts-morph";
import type { TypeShape } from "./type-shape.ts";
import { shapeOf } from "./type-shape.ts";
import { unionText } from "./union-text.ts";

/** Types that expand without end are cut here; breadth first, so that the cut depends on nothing else. */
const MAX_GRAPH_DEPTH = 24;
const MAX_GRAPH_TYPES = 1500;
/** A longer text is replaced by its hash, or types that share parts would double it at each level. */
const MAX_TEXT_CHARS = 400;

interface GraphNode {
  readonly shape: TypeShape;
  readonly edges: readonly GraphNode[];
  text?: string;
}

/** Returns the canonical text of a type. */
export function typeText(type: ts.Type, program: ts.Program): string {
  const nodes = buildGraph(type, program);
  for (const component of componentsOf(nodes)) {
    if (component.length === 1 && !component[0]!.edges.includes(component[0]!)) {
      component[0]!.text = hashIfLong(nodeText(component[0]!, (node) => node.text!));
    } else labelCycle(component);
  }
  return nodes[0]!.text!;
}

function buildGraph(root: ts.Type, program: ts.Program): readonly GraphNode[] {
  const checker = program.getTypeChecker();
  const nodes = new Map<ts.Type, GraphNode>();
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    const next = new Set<ts.Type>();
    const cut = depth > MAX_GRAPH_DEPTH || nodes.size + level.length > MAX_GRAPH_TYPES;
    for (const type of level) {
      const shape: TypeShape = cut
        ? { parts: [`…${type.getSymbol()?.name ?? ""}`] }
        : shapeOf(type, checker, program);
      nodes.set(type, { shape, edges: [] });
      for (const part of shape.parts) if (typeof part !== "string") next.add(part);
    }
    level = [...next].filter((type) => !nodes.has(type));
  }
  for (const node of nodes.values()) {
    const edges = node.shape.parts.filter((part) => typeof part !== "string").map((part) => nodes.get(part)!);
    (node as { edges: readonly GraphNode[] }).edges = edges;
  }
  return [...nodes.values()];
}

/** Writes one node, given the texts of those it refers to. */
function nodeText(node: GraphNode, textOf: (node: GraphNode) => string): string {
  let edge = 0;
  const texts = node.shape.parts.map((part) =>
    typeof part === "string" ? part : textOf(node.edges[edge++]!),
  );
  if (node.shape.set === "|") return unionText(texts);
  return node.shape.set === "&" ? [...new Set(texts)].sort().join("&") : texts.join("");
}

/** Gives the nodes of a cycle labels that are equal only where the types are. */
function labelCycle(component: readonly GraphNode[]): void {
  let labels = new Map<GraphNode, string>(component.map((node) => [node, "@"]));
  for (let distinct = 0; ;) {
    labels = new Map(
      component.map((node) => [
        node,
        `@${shortHash(nodeText(node, (other) => labels.get(other) ?? other.text!))}`,
      ]),
    );
    const now = new Set(labels.values()).size;
    if (now <= distinct) break;
    distinct = now;
  }
  for (const [node, label] of labels) node.text = label;
}

/** Strongly connected components, those that others refer to first (Tarjan). */
function componentsOf(nodes: readonly GraphNode[]): readonly (readonly GraphNode[])[] {
  const components: GraphNode[][] = [];
  const index = new Map<GraphNode, number>();
  const low = new Map<GraphNode, number>();
  const stack: GraphNode[] = [];
  const onStack = new Set<GraphNode>();
  const visit = (node: GraphNode): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    onStack.add(node);
    for (const edge of node.edges) {
      if (!index.has(edge)) visit(edge);
      if (onStack.has(edge)) low.set(node, Math.min(low.get(node)!, low.get(edge)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.lastIndexOf(node));
    for (const member of component) onStack.delete(member);
    components.push(component);
  };
  for (const node of nodes) if (!index.has(node)) visit(node);
  return components;
}

function hashIfLong(text: string): string {
  return text.length > MAX_TEXT_CHARS ? `#${shortHash(text)}` : text;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 20);
}
