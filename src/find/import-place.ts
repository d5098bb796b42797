/** Where the one import of emitted code goes, and how it is written. */
import { ts } from "ts-morph";
import type { Script } from "../project/component.ts";
import { TYPESCRIPT_FILE } from "../project/files/file-names.ts";
import type { FileText, ScriptText, Span } from "../site.ts";
import { hasModifier, isDirective } from "../syntax/nodes.ts";

export interface ImportPlace {
  readonly at: number;
  /** `at` is the end of the first statement. */
  readonly behind: boolean;
  readonly syntax: FileText["moduleSyntax"];
}

/** Returns where the import goes, and the syntax of imports in this file. */
export function importPlace(
  source: ts.SourceFile,
  options: ts.CompilerOptions,
  scripts?: readonly Script[],
): ImportPlace {
  // What the module's script of a component imports, the other one sees.
  const script = scripts?.find(({ perInstance }) => !perInstance) ?? scripts?.[0];
  const syntax = script ? "import" : moduleSyntax(source, options);
  return { ...importOffset(source, syntax, script), syntax };
}

/** Returns where statements go in each script of a component. */
export function placesIn(source: ts.SourceFile, scripts: readonly Script[]): readonly ScriptText[] {
  return scripts.map((script) => {
    const { at, behind } = importOffset(source, "import", script);
    return { importAt: at, importBehind: behind, end: script.end };
  });
}

/**
 * The start of the first statement behind the directives. Where documentation stands above it, its end: the
 * compiler takes a comment for documentation only when nothing stands before it on its line, and it goes with
 * what follows it. Never directly behind a directive: that may have no semicolon.
 */
function importOffset(
  source: ts.SourceFile,
  syntax: FileText["moduleSyntax"],
  within?: Span,
): Omit<ImportPlace, "syntax"> {
  const isIn = (statement: ts.Statement): boolean =>
    !within || (statement.getStart(source) >= within.start && statement.end <= within.end);
  const first = source.statements.find((statement) => !isDirective(statement) && isIn(statement));
  if (!first) return { at: within?.end ?? source.endOfFileToken.getStart(), behind: false };
  const behind = isDocumented(source, first) && !runsBefore(first, syntax);
  return { at: behind ? first.end : first.getStart(source), behind };
}

function isDocumented({ text }: ts.SourceFile, statement: ts.Statement): boolean {
  const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? [];
  return comments.some(({ pos }) => /^\/\*(?:!|\*(?!\/))/.test(text.slice(pos, pos + 4)));
}

/** Tells whether a statement could call a marked function before an import behind it is there. */
function runsBefore(statement: ts.Statement, syntax: FileText["moduleSyntax"]): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isInterfaceDeclaration(statement)) return false;
  if (ts.isTypeAliasDeclaration(statement)) return false;
  if (syntax !== "import") return true;
  // Modules are evaluated in the order of their imports, and one in a cycle with this one may call it.
  if (ts.isImportDeclaration(statement))
    return statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword;
  if (ts.isExportDeclaration(statement))
    return statement.moduleSpecifier !== undefined && !statement.isTypeOnly;
  return ts.isImportEqualsDeclaration(statement);
}

function moduleSyntax(source: ts.SourceFile, options: ts.CompilerOptions): FileText["moduleSyntax"] {
  const { fileName } = source;
  if (source.statements.some(isModuleSyntax) || /\.m[jt]s$/.test(fileName)) return "import";
  if (TYPESCRIPT_FILE.test(fileName)) {
    return options.verbatimModuleSyntax === true && isEmittedAsCommonJs(source, options)
      ? "import-require"
      : "import";
  }
  return fileName.endsWith(".cjs") || usesCommonJs(source) ? "require" : "import";
}

/** `import` and `export` with a meaning at run time, as only ES modules have them. */
function isModuleSyntax(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement))
    return statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword;
  if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly;
  if (ts.isExportAssignment(statement)) return statement.isExportEquals !== true;
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return false;
  if (ts.isImportEqualsDeclaration(statement)) return false;
  return hasModifier(statement, ts.SyntaxKind.ExportKeyword);
}

function isEmittedAsCommonJs(
  { fileName, impliedNodeFormat }: ts.SourceFile,
  options: ts.CompilerOptions,
): boolean {
  if (fileName.endsWith(".cts") || options.module === ts.ModuleKind.CommonJS) return true;
  return impliedNodeFormat === ts.ModuleKind.CommonJS;
}

/** Tells whether a script uses `require`, `module` or `exports` as Node.js gives them. */
function usesCommonJs(source: ts.SourceFile): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require")
      return true;
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const { text } = node.expression;
      if (text === "exports" || (text === "module" && node.name.text === "exports")) return true;
    }
    return ts.forEachChild(node, visit) ?? false;
  };
  return visit(source);
}
