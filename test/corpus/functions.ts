/** Finds the functions of the corpus that a pragma can be put at, and sorts out those that no cache is for. */
import ts from "typescript";

export interface Candidate {
  /** `parse`, `Vector.add`. */
  readonly name: string;
  /** The offset at which a line with a pragma is inserted. */
  readonly at: number;
  readonly fn: ts.FunctionLikeDeclaration;
  /** A declaration or a `const` at the top of a module, or a static method: it can be called without an instance. */
  readonly isFree: boolean;
}

/** Returns the functions of a file that take something. Generators, accessors and constructors are none of them. */
export function candidatesIn(source: ts.SourceFile): readonly Candidate[] {
  const found: Candidate[] = [];
  const add = (
    name: ts.Node | undefined,
    fn: ts.Node,
    holder: ts.Node,
    isFree: boolean,
    owner = "",
  ): void => {
    if (!name || !isCandidate(fn)) return;
    const text = name.getText(source).replace(/^["'](.*)["']$/, "$1");
    found.push({ name: owner + text, at: holder.getStart(source), fn, isFree });
  };
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement)) add(statement.name, statement, statement, true);
    else if (ts.isVariableStatement(statement)) addVariable(statement, add);
    else if (ts.isClassDeclaration(statement)) addMethods(statement, add);
  }
  return found;
}

type Add = (name: ts.Node | undefined, fn: ts.Node, holder: ts.Node, isFree: boolean, owner?: string) => void;

function addVariable(statement: ts.VariableStatement, add: Add): void {
  const [declaration, ...others] = statement.declarationList.declarations;
  const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
  if (isConst && others.length === 0 && declaration?.initializer)
    add(declaration.name, declaration.initializer, statement, true);
}

function addMethods({ name, members }: ts.ClassDeclaration, add: Add): void {
  for (const member of members.filter(ts.isMethodDeclaration)) {
    const isStatic = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
    if (!ts.isComputedPropertyName(member.name))
      add(member.name, member, member, isStatic, `${name?.text ?? ""}.`);
  }
}

function isCandidate(fn: ts.Node): fn is ts.FunctionLikeDeclaration {
  const isFunction =
    ts.isFunctionDeclaration(fn) ||
    ts.isArrowFunction(fn) ||
    ts.isFunctionExpression(fn) ||
    ts.isMethodDeclaration(fn);
  if (!isFunction || !fn.body || fn.asteriskToken) return false;
  return fn.parameters.some(({ name }) => name.getText() !== "this");
}

/** Tells whether a parameter is a function, or an object or a list with functions: what they do is in no key. */
export function takesFunctions(fn: ts.FunctionLikeDeclaration, checker: ts.TypeChecker): boolean {
  return fn.parameters.some((parameter) => hasFunctions(checker.getTypeAtLocation(parameter), checker, 0));
}

function hasFunctions(type: ts.Type, checker: ts.TypeChecker, depth: number): boolean {
  if (type.isUnionOrIntersection()) return type.types.some((each) => hasFunctions(each, checker, depth));
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const constraint = checker.getBaseConstraintOfType(type);
    return constraint !== undefined && constraint !== type && hasFunctions(constraint, checker, depth);
  }
  if (!(type.flags & ts.TypeFlags.Object)) return false;
  if (type.getCallSignatures().length + type.getConstructSignatures().length > 0) return true;
  const item = checker.isArrayLikeType(type)
    ? checker.getIndexTypeOfType(type, ts.IndexKind.Number)
    : undefined;
  if (item) return depth < 2 && hasFunctions(item, checker, depth + 1);
  if (depth > 1 || type.isClass() || isBuiltIn(type)) return false;
  return type
    .getProperties()
    .some((property) => hasFunctions(checker.getTypeOfSymbol(property), checker, depth + 1));
}

/** Tells whether a type is declared by TypeScript: `Date`, `Map`, `Uint8Array`. */
export const isBuiltIn = (type: ts.Type): boolean =>
  type
    .getSymbol()
    ?.declarations?.some((each) => /\/lib\.[^/]*\.d\.ts$/.test(each.getSourceFile().fileName)) ?? false;
