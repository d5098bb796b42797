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
 * Returns the start of the first statement after the directives, or its end if it has a documentation comment.
 * TypeScript attaches such a comment to the next statement, so an import before it would take the comment. The
 * import never directly follows a directive, which may lack a semicolon.
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
  const after = isDocumented(source, first) && !mayCallFirst(first, syntax);
  return { at: after ? first.end : first.getStart(source), after };
}

function isDocumented({ text }: ts.SourceFile, statement: ts.Statement): boolean {
  const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? [];
  return comments.some(({ pos }) => /^\/\*(?:!|\*(?!\/))/.test(text.slice(pos, pos + 4)));
}

/** Tells whether a statement could call a marked function before an import that follows it was evaluated. */
function mayCallFirst(statement: ts.Statement, syntax: FileText["moduleSyntax"]): boolean {
  if (ts.isFunctionDeclaration(statement) || ts.isInterfaceDeclaration(statement)) return false;
  if (ts.isTypeAliasDeclaration(statement)) return false;
  if (syntax !== "import") return true;
  // Imported modules are evaluated in order, and one that is in a cycle with this module may call it.
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
