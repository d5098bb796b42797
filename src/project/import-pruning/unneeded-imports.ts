/**
 * Finds imports that the types of the declarations in a file hardly depend on: their names occur only in function
 * bodies, and in initializers of variables that have a type annotation. This is a guess from the syntax. If a type
 * query reaches such an import, it is restored.
 */
import { ts } from "ts-morph";
import { mayContainMark } from "../../prefilter.ts";

/** Analyzes each file once. */
export class UnneededImports {
  readonly #typeSyntax = new WeakMap<ts.SourceFile, TypeSyntax>();

  has(source: ts.SourceFile, specifier: ts.StringLiteralLike): boolean {
    const { parent } = specifier;
    const isCall = ts.isCallExpression(parent);
    const clause = ts.isImportDeclaration(parent) ? parent.importClause : undefined;
    // Comments of JavaScript files may take types from any import.
    if ((!clause && !isCall) || source.flags & ts.NodeFlags.JavaScriptFile) return false;
    let typeSyntax = this.#typeSyntax.get(source);
    if (!typeSyntax) this.#typeSyntax.set(source, (typeSyntax = typeSyntaxOf(source)));
    if (!clause) return !typeSyntax.imports.has(parent);
    return !namesOf(clause).some((name) => typeSyntax.names.has(name));
  }
}

/** The syntax that types may depend on. */
interface TypeSyntax {
  readonly names: ReadonlySet<string>;
  /** Calls of `import()`. */
  readonly imports: ReadonlySet<ts.Node>;
}

function typeSyntaxOf(source: ts.SourceFile): TypeSyntax {
  const names = new Set<string>();
  const imports = new Set<ts.Node>();
  const isMarked = mayContainMark(source.text);
  const stack: ts.Node[] = [source];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (ts.isImportDeclaration(node)) continue;
    if (ts.isIdentifier(node)) names.add(node.text);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      imports.add(node);
    const unneeded = unneededPart(node, isMarked);
    ts.forEachChild(node, (child) => {
      if (child !== unneeded) stack.push(child);
    });
  }
  return { names, imports };
}

/** Keeps the bodies that result types are inferred from, but only in files with a marked function: others are rarely queried. */
function unneededPart(node: ts.Node, isMarked: boolean): ts.Node | undefined {
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isParameter(node)) {
    return node.type && node.initializer;
  }
  if (!ts.isFunctionLike(node)) return undefined;
  const isInferred = isMarked && !node.type && !ts.isConstructorDeclaration(node) && !ts.isSetAccessor(node);
  return isInferred ? undefined : (node as { body?: ts.Node }).body;
}

function namesOf({ name, namedBindings }: ts.ImportClause): readonly string[] {
  const names = name ? [name.text] : [];
  if (!namedBindings) return names;
  const elements = ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements;
  return [...names, ...elements.map((element) => element.name.text)];
}
