/** Transpiles TypeScript and JSX for Node.js, where Node.js does not strip types itself. */
import { ts } from "ts-morph";
import { posix } from "node:path";
import { absolute, pathFrom } from "./files/paths.ts";
import type { Tsconfig, Tsconfigs } from "./files/tsconfig.ts";

/** The module system of a file. */
export type ModuleFormat = "module" | "commonjs";

/** Options of {@link Transpiler.transpile}. */
export interface TranspileOptions {
  /** The module system to emit. */
  readonly format: ModuleFormat;
}

/** Transpiles single files to JavaScript. */
export interface Transpiler {
  /**
   * Returns JavaScript with an inline source map. Uses the options of the tsconfig of the file.
   *
   * @throws {SyntaxError} with the place in its message, if the file cannot be parsed.
   * @throws {Error} if the tsconfig cannot be read.
   */
  transpile(path: string, text: string, options: TranspileOptions): string;
  /** Detects the module system of a file that neither its extension nor its package.json states. */
  formatOf(path: string, text: string): ModuleFormat;
}

/** Creates a transpiler. The places in its errors are relative to `root`. */
export function transpilerOf(tsconfigs: Tsconfigs, root: string): Transpiler {
  return {
    transpile(path, text, { format }) {
      const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
        fileName: path,
        compilerOptions: transpileOptions(tsconfigs.forFile(absolute(path)), format),
        reportDiagnostics: true,
      });
      const firstSyntaxError = diagnostics?.find(({ code }) => code < 2000);
      if (firstSyntaxError) throw syntaxError(firstSyntaxError, pathFrom(root, absolute(path)));
      const map = { ...(JSON.parse(sourceMapText!) as object), sources: [posix.basename(absolute(path))] };
      const encodedMap = Buffer.from(JSON.stringify({ ...map, sourcesContent: [text] })).toString("base64");
      const code = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
      return `${code}//# sourceMappingURL=data:application/json;base64,${encodedMap}\n`;
    },
    formatOf(path, text) {
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
      return ts.isExternalModule(source) && !source.statements.some(isCommonJs) ? "module" : "commonjs";
    },
  };
}

/** Matches `import a = require("a")` and `export = a`. */
function isCommonJs(statement: ts.Statement): boolean {
  if (ts.isImportEqualsDeclaration(statement)) return ts.isExternalModuleReference(statement.moduleReference);
  return ts.isExportAssignment(statement) && statement.isExportEquals === true;
}

function transpileOptions({ options }: Tsconfig, format: ModuleFormat): ts.CompilerOptions {
  const { jsx } = options;
  const isModule = format === "module";
  return {
    ...options,
    noEmit: false,
    declaration: false,
    sourceMap: true,
    inlineSourceMap: false,
    inlineSources: false,
    removeComments: false,
    importHelpers: false,
    rewriteRelativeImportExtensions: false,
    // Sloppy mode is preserved: only types are removed.
    alwaysStrict: false,
    module: isModule ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    // For CommonJS, TypeScript must rewrite every import, which this option forbids.
    verbatimModuleSyntax: isModule && options.verbatimModuleSyntax === true,
    esModuleInterop: options.esModuleInterop ?? true,
    // The newest target that Node.js 20 runs completely. Standard decorators are lowered.
    target: ts.ScriptTarget.ES2022,
    useDefineForClassFields:
      options.useDefineForClassFields ?? (options.target ?? ts.ScriptTarget.ESNext) >= ts.ScriptTarget.ES2022,
    jsx: jsx === undefined || jsx === ts.JsxEmit.Preserve ? ts.JsxEmit.ReactJSX : jsx,
  };
}

function syntaxError({ file, start, messageText }: ts.Diagnostic, name: string): SyntaxError {
  const position = file && start !== undefined ? file.getLineAndCharacterOfPosition(start) : undefined;
  const place = position ? `${name}:${position.line + 1}:${position.character + 1}` : name;
  return new SyntaxError(`${place}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
}
