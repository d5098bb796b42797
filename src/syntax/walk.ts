/** Walks syntax trees without recursion: generated code has sums of thousands of terms. */
import { ts } from "ts-morph";

/** Visits a node and its descendants in source order. Skips the children of a node if `visit` returns `false`. */
export function walk(root: ts.Node, visit: (node: ts.Node) => unknown): void {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (visit(node) === false) continue;
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    for (let index = children.length - 1; index >= 0; index--) stack.push(children[index]!);
  }
}
