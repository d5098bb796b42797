/** Decides where the import of emitted code goes, and how it is written. */
import { ts } from "ts-morph";
import { TYPESCRIPT_FILE } from "../project/files/file-names.ts";
import type { FileText, Script, ScriptText, Span } from "../site.ts";
import { hasModifier, isDirective } from "../syntax/nodes.ts";
import { walk } from "../syntax/walk.ts";

export interface ImportPlace {
  readonly at: number;
  /** `at` is the end of the first statement, and not its start. */
  readonly after: boolean;
  readonly syntax: FileText["moduleSyntax"];
}

/** Returns where the import goes, and the syntax of imports in this file. `scripts` are those of a component. */
export function importPlace(
  source: ts.SourceFile,
  options: ts.CompilerOptions,
  scripts?: readonly Script[],
): ImportPlace {
  // Both scripts of a component see the imports of the one that runs once for the module.
  const script = scripts?.find(({ perInstance }) => !perInstance) ?? scripts?.[0];
  const syntax = script ? "import" : moduleSyntax(source, options);
  return { ...importOffset(source, syntax, script), syntax };
}

/** Returns where statements go in each script of a component. */
export function scriptTexts(source: ts.SourceFile, scripts: readonly Script[]): readonly ScriptText[] {
  return scripts.map((script) => {
    const { at, after } = importOffset(source, "import", script);
    return {
      importAt: at,
      importAfter: after,
      end: script.end,
      ...(script.hoistsExports && { hoistsExports: true }),
    };
  });
}

/**
 * Returns the start of the first statement after the directives, or its end if it has a comment that belongs to it.
 * Tools attach such a comment to the next statement, so an import before it would take the comment. The import never
 * directly follows a directive, which may lack a semicolon.
 */
function importOffset(
  source: ts.SourceFile,
  syntax: FileText["moduleSyntax"],
  within?: Span,
): Omit<ImportPlace, "syntax"> {
  const isIn = (statement: ts.Statement): boolean =>
    !within || (statement.getStart(source) >= within.start && statement.end <= within.end);
  const first = source.statements.find((statement) => !isDirective(statement) && isIn(statement));
  if (!first) return { at: within?.end ?? source.endOfFileToken.getStart(), after: false };
  const after = hasOwnComment(source, first) && (syntax === "import" || isDeclared(first));
  return { at: after ? first.end : first.getStart(source), after };
}

/** A license, a documentation comment, or a note to a bundler or to a coverage tool. */
const OWN_COMMENT = /^\/(?:\*(?:!|\*(?!\/))|[*/]\s*(?:[@#]__|(?:istanbul|v8|c8|node:coverage)\b))/;

function hasOwnComment({ text }: ts.SourceFile, statement: ts.Statement): boolean {
  const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? [];
  return comments.some(({ pos, end }) => OWN_COMMENT.test(text.slice(pos, end)));
}

/** Tells whether a statement runs no code. A call of `require` after any other one would come too late. */
const isDeclared = (statement: ts.Statement): boolean =>
  ts.isFunctionDeclaration(statement) ||
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement);

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

/** Tells whether a statement is an `import` or `export` that exists at run time, which only ES modules have. */
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

/** Tells whether a script uses the `require`, `module.exports` or `exports` of CommonJS. */
function usesCommonJs(source: ts.SourceFile): boolean {
  let isUsed = false;
  walk(source, (node) => {
    isUsed ||= isCommonJsSyntax(node);
    return !isUsed;
  });
  return isUsed;
}

function isCommonJsSyntax(node: ts.Node): boolean {
  if (ts.isCallExpression(node))
    return ts.isIdentifier(node.expression) && node.expression.text === "require";
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  const { text } = node.expression;
  return text === "exports" || (text === "module" && node.name.text === "exports");
}
