/** Where the one import of emitted code goes, and how it is written. */
import { ts } from "ts-morph";
import type { FileText } from "./site.ts";
import { hasModifier, isDirective } from "./syntax.ts";

export interface ImportPlace {
  readonly at: number;
  readonly syntax: FileText["moduleSyntax"];
}

/** Returns the offset before every other statement, and the syntax of imports in this file. */
export function importPlace(source: ts.SourceFile, options: ts.CompilerOptions): ImportPlace {
  return { at: placeOf(source), syntax: moduleSyntax(source, options) };
}

/** Comments that TypeScript or a test runner reads only at the top of a file: nothing goes before them. */
const HEAD_COMMENT =
  /^\/\/\/\s*<|^\/\/\s*@ts-(?:no)?check\b|^\/\*[*\s]*@(?:jsx\w*|ts-(?:no)?check|\w+-environment)\b/;

/**
 * The start of the first statement behind the directives, or of the JSDoc above it, which would otherwise
 * become that of the import. Never directly behind a directive: that may have no semicolon.
 */
function placeOf(source: ts.SourceFile): number {
  const { text, statements } = source;
  const first = statements.find((statement) => !isDirective(statement)) ?? source.endOfFileToken;
  const comments = ts.getLeadingCommentRanges(text, first.pos) ?? [];
  const head = comments.findLastIndex(({ pos, end }) => HEAD_COMMENT.test(text.slice(pos, end)));
  const docs = comments.slice(head + 1).find(({ pos }) => /^\/\*\*(?!\/)/.test(text.slice(pos, pos + 4)));
  return docs?.pos ?? first.getStart(source);
}

function moduleSyntax(source: ts.SourceFile, options: ts.CompilerOptions): FileText["moduleSyntax"] {
  const { fileName } = source;
  if (source.statements.some(isModuleSyntax) || /\.m[jt]s$/.test(fileName)) return "import";
  if (/\.[cm]?tsx?$/.test(fileName)) {
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
