import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import type { Plugin } from "vite";
import { createCompiler, formatDiagnostic, type Compiler } from "../../src/index.ts";

/**
 * Lets a test import a source in two forms: `input.ts?original` as written, and `input.ts?compiled`. Relative
 * imports of such a module resolve to the same form. Standard decorators are lowered in both forms, because
 * neither Vite nor Node.js supports them.
 */
export function forms(): Plugin {
  let compiler: Promise<Compiler> | undefined;
  return {
    name: "test-forms",
    enforce: "pre",
    resolveId(source, importer) {
      const [from, form] = importer?.split("?") ?? [];
      if (!from || !isForm(form) || !source.startsWith("./")) return undefined;
      const path = join(dirname(from), source);
      return existsSync(path) ? `${path}?${form}` : undefined;
    },
    async load(id) {
      const [path, form] = id.split("?");
      if (!path || !isForm(form)) return undefined;
      const text = readFileSync(path, "utf8");
      if (form === "original") return lower(path, text);
      compiler ??= createCompiler({
        root: fileURLToPath(new URL("../..", import.meta.url)),
        classes: ["./test/support/foreign-classes.ts#Decimal"],
      });
      const { code, diagnostics } = (await compiler).compile(path, text);
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      if (errors.length > 0) throw new Error(errors.map((each) => formatDiagnostic(each, text)).join("\n\n"));
      return lower(path, code ?? text);
    },
  };
}

const isForm = (form: string | undefined): form is "original" | "compiled" =>
  form === "original" || form === "compiled";

function lower(fileName: string, text: string): string {
  const isCommonJs = /\.c[jt]s$/.test(fileName);
  const { outputText } = ts.transpileModule(text, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: isCommonJs ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.ReactJSX,
      verbatimModuleSyntax: true,
      inlineSourceMap: !isCommonJs,
      inlineSources: true,
    },
  });
  return isCommonJs ? inEsModule(outputText) : outputText;
}

/** Wraps a CommonJS module so that Vite can run it. It can require the packages that fixtures need. */
const inEsModule = (code: string): string => `
import * as aotcache from "aotcache";
import * as internal from "aotcache/internal";
const packages = { aotcache, "aotcache/internal": internal };
const module = { exports: {} };
(function (exports, require) {
${code}
})(module.exports, (name) => packages[name]);
export default module.exports;
`;
