/**
 * The canonical text of a type: it describes the values, not the names of types.
 *
 * Aliases, interfaces and imported types are expanded; properties and members of unions are sorted. So the text
 * stays the same when a type is renamed, moved or reordered, and changes when a property changes, however many
 * files away. Built-in types (`Date`, `Map<K, V>`) are written by name.
 *
 * The types reachable from one form a graph. Types that are on no cycle get their text from the leaves up.
 * Types on a cycle get labels, which are refined until they distinguish no more types (Weisfeiler-Leman): the
 * text of a cycle that is written out would depend on where it is entered.
 */
import { createHash } from "node:crypto";
import { ts } from "ts-morph";
import type { NamedClasses } from "./classes.ts";
import type { TypeShape } from "./type-shape.ts";
import { shapeOf } from "./type-shape.ts";
import { unionText } from "./union-text.ts";

/** Limits for types that expand without end. The search is breadth first, so that the cut is deterministic. */
const MAX_GRAPH_DEPTH = 24;
const MAX_GRAPH_TYPES = 1500;
/** A longer text is replaced by its hash. Otherwise types that share parts could double it at each level. */
const MAX_TEXT_CHARS = 400;

interface GraphNode {
  readonly shape: TypeShape;
  readonly edges: readonly GraphNode[];
  text?: string;
}

/** Returns the canonical text of a type. */
export function typeText(type: ts.Type, program: ts.Program, classes?: NamedClasses): string {
  const nodes = buildGraph(type, program, classes);
  for (const component of componentsOf(nodes)) {
    if (component.length === 1 && !component[0]!.edges.includes(component[0]!)) {
      component[0]!.text = hashIfLong(nodeText(component[0]!, (node) => node.text!));
    } else labelCycle(component);
  }
  return nodes[0]!.text!;
}

function buildGraph(
  root: ts.Type,
  program: ts.Program,
  classes: NamedClasses | undefined,
): readonly GraphNode[] {
  const checker = program.getTypeChecker();
  const nodes = new Map<ts.Type, GraphNode>();
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    const next = new Set<ts.Type>();
    const cut = depth > MAX_GRAPH_DEPTH || nodes.size + level.length > MAX_GRAPH_TYPES;
    for (const type of level) {
      const shape: TypeShape = cut
        ? { parts: [`…${type.getSymbol()?.name ?? ""}`] }
        : shapeOf(type, { checker, program, classes });
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

/** Returns the text of one node, given the texts of the nodes that it refers to. */
function nodeText(node: GraphNode, textOf: (node: GraphNode) => string): string {
  let edge = 0;
  const texts = node.shape.parts.map((part) =>
    typeof part === "string" ? part : textOf(node.edges[edge++]!),
  );
  if (node.shape.set === "|") return unionText(texts);
  return node.shape.set === "&" ? [...new Set(texts)].sort().join("&") : texts.join("");
}

/** Sets the text of the nodes on a cycle to labels that are equal only for equal types. */
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

/** Returns the strongly connected components, each after those that it refers to (Tarjan's algorithm). */
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
