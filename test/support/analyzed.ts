/** Analyzes functions of in-memory sources. All files of one call share one program. */
import { posix } from "node:path";
import { Project, ts } from "ts-morph";
import { analyze, type Analysis, readsReceiver, resultMode } from "../../src/analyze/index.ts";
import { applySettings } from "../../src/diagnostics/filter.ts";
import { find } from "../../src/find/index.ts";
import type { Mark } from "../../src/find/mark.ts";
import { resolveCompilerOptions, resolveOptions } from "../../src/options/function.ts";
import type { ProjectFile } from "../../src/project/workspace.ts";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  allowJs: true,
  jsx: ts.JsxEmit.Preserve,
  skipLibCheck: true,
  types: [],
};

export interface Sources {
  /**
   * The file as the compiler sees it. Every request for types uses the same program; `loads` counts the
   * requests.
   */
  file(path: string): ProjectFile & { readonly loads: number };
  readonly program: ts.Program;
}

/**
 * Keys are absolute paths. The first folder is the package root: `/a/src/x.ts` is `src/x.ts` of package `a`.
 */
export function sources(files: Readonly<Record<string, string>>, options: ts.CompilerOptions = {}): Sources {
  const compilerOptions = { ...OPTIONS, ...options };
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions });
  for (const [path, text] of Object.entries(files)) project.createSourceFile(path, text);
  const program = project.getProgram().compilerObject;
  return {
    program,
    file: (path) => {
      const [, root = "", ...rest] = path.split("/");
      let loads = 0;
      return {
        path,
        source: program.getSourceFile(path)!,
        project: {
          tsconfig: undefined,
          compilerOptions,
          emits: false,
          resolutions: compilerOptions,
          resolveModule: (specifier, from) => {
            const target = posix.join(posix.dirname(from), specifier);
            const isFile = specifier.startsWith(".") && program.getSourceFile(target) !== undefined;
            return isFile ? { path: target, external: false } : undefined;
          },
          globalSources: () => [],
          sourceOf: (name) => program.getSourceFile(name),
        },
        compilerOptions,
        root: `/${root}`,
        packageName: root,
        relative: rest.join("/"),
        checker: () => (loads++, program.getTypeChecker()),
        program: () => (loads++, program),
        globalFiles: () => [],
        query: (_node, _question, compute) => compute(),
        get loads() {
          return loads;
        },
      };
    },
  };
}

/** Analyzes every marked function of a file. Most are short, so `cheap` is silenced unless `compiler` says otherwise. */
export function analyzeAll(
  file: ProjectFile,
  compiler: object = {},
): readonly (Analysis & { readonly mark: Mark })[] {
  const resolved = resolveCompilerOptions({ allow: ["cheap"], ...compiler });
  return find(file).marks.map((mark) => {
    const mode = resultMode(mark, file, resolved);
    const context = {
      form: mark.form,
      defaults: resolved.defaults,
      sync: mode === "either" ? undefined : mode === "sync",
      readsReceiver: readsReceiver(mark.fn),
    };
    const { options, problems } = resolveOptions(mark.written, context);
    const analysis = analyze(mark, file, options, resolved);
    return { ...analysis, problems: applySettings([...problems, ...analysis.problems], resolved), mark };
  });
}

type Analyzed = Analysis & { readonly mark: Mark };

/** Analyzes the one marked function of each text. All texts share one program. */
export function analyzeTexts(
  texts: readonly string[],
  extension = "ts",
  compiler: object = {},
): readonly Analyzed[] {
  const path = (index: number): string => `/app/src/file${index}.${extension}`;
  const { file } = sources(
    Object.fromEntries([
      ["/node_modules/aotcache/index.d.ts", "export declare const cacheKey: unique symbol;"],
      ...texts.map((text, index) => [path(index), `${text}\nexport {};\n`] as const),
    ]),
  );
  return texts.map((text, index) => {
    const [analysis, ...others] = analyzeAll(file(path(index)), compiler);
    if (!analysis || others.length > 0) throw new Error(`expected one mark in:\n${text}`);
    return analysis;
  });
}

/** Each problem as its name and the text at its span. */
export function faultsOf({ problems }: Analysis, text: string): readonly string[] {
  return problems.map(({ name, span }) => `${name} under ${text.slice(span.start, span.end)}`);
}
