/**
 * Imports that the types of what a file declares have hardly anything to do with: their names stand only in
 * bodies of functions, and in values of variables whose type is written out. A guess from the syntax: should a
 * question lead to one all the same, it is brought in.
 */
import { ts } from "ts-morph";
import { mayContainMark } from "../../prefilter.ts";

/** Remembers what it found out about each file. */
export class UnneededImports {
  readonly #asked = new WeakMap<ts.SourceFile, Asked>();

  has(source: ts.SourceFile, specifier: ts.StringLiteralLike): boolean {
    const { parent } = specifier;
    const isCall = ts.isCallExpression(parent);
    const clause = ts.isImportDeclaration(parent) ? parent.importClause : undefined;
    // Types of JavaScript come from wherever its comments say.
    if ((!clause && !isCall) || source.flags & ts.NodeFlags.JavaScriptFile) return false;
    let asked = this.#asked.get(source);
    if (!asked) this.#asked.set(source, (asked = askedBy(source)));
    if (!clause) return !asked.nodes.has(parent);
    return !namesOf(clause).some((name) => asked.names.has(name));
  }
}

interface Asked {
  readonly names: ReadonlySet<string>;
  /** Calls of `import()`. */
  readonly nodes: ReadonlySet<ts.Node>;
}

function askedBy(source: ts.SourceFile): Asked {
  const names = new Set<string>();
  const nodes = new Set<ts.Node>();
  const isMarked = mayContainMark(source.text);
  const stack: ts.Node[] = [source];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isImportDeclaration(node)) continue;
    if (ts.isIdentifier(node)) names.add(node.text);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      nodes.add(node);
    const spare = unneededPart(node, isMarked);
    ts.forEachChild(node, (child) => {
      if (child !== spare) stack.push(child);
    });
  }
  return { names, nodes };
}

/** In a marked file, results without an annotation are asked for; elsewhere few of them are. */
function unneededPart(node: ts.Node, isMarked: boolean): ts.Node | undefined {
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) {
    return node.type && node.initializer;
  }
  if (!ts.isFunctionLike(node)) return undefined;
  const isAsked = isMarked && !node.type && !ts.isConstructorDeclaration(node) && !ts.isSetAccessor(node);
  return isAsked ? undefined : (node as { body?: ts.Node }).body;
}

function namesOf({ name, namedBindings }: ts.ImportClause): readonly string[] {
  const names = name ? [name.text] : [];
  if (!namedBindings) return names;
  const elements = ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements;
  return [...names, ...elements.map((element) => element.name.text)];
}
