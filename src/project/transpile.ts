/** TypeScript and JSX as Node.js runs them, for where it does not take types away by itself. */
import { ts } from "ts-morph";
import { posix } from "node:path";
import { absolute, pathFrom } from "./files/paths.ts";
import type { Tsconfig, Tsconfigs } from "./files/tsconfig.ts";

export type ModuleFormat = "module" | "commonjs";

export interface TranspileOptions {
  readonly format: ModuleFormat;
  /** What the map shows as the file's text, when that is not the one to transpile: no line may differ. */
  readonly original?: string;
}

/** Turns single files into JavaScript. */
export interface Transpiler {
  /**
   * Returns JavaScript with an inline source map, by the options of the file's tsconfig.
   *
   * @throws {SyntaxError} with the place, for what cannot be parsed
   */
  transpile(path: string, text: string, options: TranspileOptions): string;
  /** What a file is that says so neither by its ending nor in its package.json. */
  formatOf(path: string, text: string): ModuleFormat;
}

/** Makes what turns the files of some tsconfigs into JavaScript; places are told from `root`. */
export function transpilerOf(tsconfigs: Tsconfigs, root: string): Transpiler {
  return {
    transpile(path, text, { format, original = text }) {
      const { outputText, sourceMapText, diagnostics } = ts.transpileModule(text, {
        fileName: path,
        compilerOptions: optionsOf(tsconfigs.forFile(absolute(path)), format),
        reportDiagnostics: true,
      });
      const fault = diagnostics?.find(({ code }) => code < 2000);
      if (fault) throw syntaxError(fault, pathFrom(root, absolute(path)));
      const map = { ...(JSON.parse(sourceMapText!) as object), sources: [posix.basename(absolute(path))] };
      const inline = Buffer.from(JSON.stringify({ ...map, sourcesContent: [original] })).toString("base64");
      const code = outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
      return `${code}//# sourceMappingURL=data:application/json;base64,${inline}\n`;
    },
    formatOf(path, text) {
      const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
      return ts.isExternalModule(source) && !source.statements.some(isCommonJs) ? "module" : "commonjs";
    },
  };
}

/** `import a = require("a")`, `export = a`. */
function isCommonJs(statement: ts.Statement): boolean {
  if (ts.isImportEqualsDeclaration(statement)) return ts.isExternalModuleReference(statement.moduleReference);
  return ts.isExportAssignment(statement) && statement.isExportEquals === true;
}

function optionsOf({ options }: Tsconfig, format: ModuleFormat): ts.CompilerOptions {
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
    // Sloppy scripts stay so: nothing but types goes.
    alwaysStrict: false,
    module: isModule ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    // In CommonJS every import is rewritten, whatever the option says.
    verbatimModuleSyntax: isModule && options.verbatimModuleSyntax === true,
    esModuleInterop: options.esModuleInterop ?? true,
    // The newest of which Node.js 20 runs everything: standard decorators are written out.
    target: ts.ScriptTarget.ES2022,
    useDefineForClassFields:
      options.useDefineForClassFields ?? (options.target ?? ts.ScriptTarget.ESNext) >= ts.ScriptTarget.ES2022,
    jsx: jsx === undefined || jsx === ts.JsxEmit.Preserve ? ts.JsxEmit.ReactJSX : jsx,
  };
}

function syntaxError({ file, start, messageText }: ts.Diagnostic, name: string): SyntaxError {
  const at = file && start !== undefined ? file.getLineAndCharacterOfPosition(start) : undefined;
  const place = at ? `${name}:${at.line + 1}:${at.character + 1}` : name;
  return new SyntaxError(`${place}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
}
