import { createHash } from "node:crypto";
import { InputError, resolveCompilerOptions, type CompilerOptions } from "../src/index.ts";
import { inlineToOriginal, rewrittenOf, toOriginal, withCompilerMap, type Rewritten } from "./core/maps.ts";
import { sessionOf, type Session } from "./core/session.ts";
import { withCountedMap } from "./jest/counted.ts";
import type { JestFileOptions, JestOutput, JestTransformer } from "./jest/host.ts";
import {
  loadTransformer,
  type ProjectTransformer,
  type TransformerOption,
} from "./jest/project-transformer.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/** Options of the transformer. All are optional. */
export interface JestOptions extends CompilerOptions {
  /**
   * The transformer that makes JavaScript of the files, as Jest's `transform` takes it: `"ts-jest"` or
   * `["ts-jest", { tsconfig: "tsconfig.test.json" }]`. Default: the first of ts-jest, @swc/jest and babel-jest that is
   * installed.
   */
  readonly transformer?: TransformerOption;
}

/**
 * The transformer for Jest 28 and newer, which compiles marked functions and then passes every file to ts-jest,
 * @swc/jest, babel-jest or another transformer. Errors fail the test files that import the function. A function is
 * compiled again when a type that its key depends on changes.
 *
 * @example
 * // jest.config.js
 * export default { transform: { "\\.[jt]sx?$": ["aotcache/jest", { transformer: "ts-jest" }] } };
 */
const aotcache: { createTransformer(options?: JestOptions): JestTransformer } = { createTransformer };
export default aotcache;

/** The transformer and the session of a project. Its folder is known when the first file comes. */
interface Project extends ProjectTransformer {
  readonly session: Session;
}

/** A file for the project's transformer. */
interface Prepared extends Project {
  /** The text that it compiles. */
  readonly input: string;
  readonly options: JestFileOptions;
  readonly rewritten: Rewritten | undefined;
}

function createTransformer({ transformer: option, ...compilerOptions }: JestOptions = {}): JestTransformer {
  resolveCompilerOptions(compilerOptions);
  let project: Project | undefined;
  const projectAt = (rootDir: string): Project => {
    if (project) return project;
    const session = sessionOf(compilerOptions, rootDir);
    // In watch mode, runs may share a process.
    session.refresh();
    return (project = { session, ...loadTransformer(rootDir, option) });
  };

  /** @param reports for the output only: Jest asks for the key of a file in every run, and for its output once */
  const prepare = (text: string, path: string, given: JestFileOptions, reports: boolean): Prepared => {
    const known = projectAt(given.config.rootDir);
    const { session, transformer, config } = known;
    const source = session.sourceOf(path, text);
    const compilation = source && session.compile(path, text);
    if (source && reports) session.settle(source, compilation!);
    const sparse = compilation && rewrittenOf(path, text, compilation);
    const rewritten = sparse && withCountedMap(sparse);
    const input = rewritten ? inputOf(rewritten, transformer) : text;
    return { ...known, input, options: { ...given, transformerConfig: config }, rewritten };
  };

  return {
    get canInstrument() {
      return project?.transformer.canInstrument;
    },
    process(text, path, given) {
      const file = prepare(text, path, given, true);
      const { name, transformer, input, options } = file;
      if (!transformer.process)
        throw new InputError(`${name} compiles asynchronously, so Jest can use it for ES modules only.`);
      return finish(transformer.process(input, path, options), file);
    },
    async processAsync(text, path, given) {
      const file = prepare(text, path, given, true);
      const { transformer, input, options } = file;
      const output =
        transformer.processAsync?.(input, path, options) ?? transformer.process!(input, path, options);
      return finish(await output, file);
    },
    getCacheKey(text, path, given) {
      const file = prepare(text, path, given, false);
      return keyOf(file.transformer.getCacheKey?.(file.input, path, file.options), file);
    },
    async getCacheKeyAsync(text, path, given) {
      const file = prepare(text, path, given, false);
      const { transformer, input, options } = file;
      const key =
        transformer.getCacheKeyAsync?.(input, path, options) ??
        transformer.getCacheKey?.(input, path, options);
      return keyOf(await key, file);
    },
  };
}

/** Babel reads the map of its input, and needs it for the counters that it inserts. Others do not. */
const inputOf = (rewritten: Rewritten, { canInstrument }: JestTransformer): string =>
  canInstrument ? withCompilerMap(rewritten) : rewritten.code;

/** Lets the maps of the output lead to the original text. Inserted code has no mapping, so coverage does not count it. */
function finish(output: JestOutput, { rewritten, transformer }: Prepared): JestOutput {
  if (!rewritten || transformer.canInstrument) return output;
  const lookup = (): Rewritten => rewritten;
  const map = typeof output.map === "string" ? output.map : output.map && JSON.stringify(output.map);
  return {
    ...output,
    code: inlineToOriginal(output.code, lookup, "unmapped"),
    ...(map && { map: toOriginal(map, lookup, "unmapped") }),
  };
}

/** The rewritten text says which keys and options a function has, so a change of a type elsewhere changes the key. */
function keyOf(key: string | undefined, { input, options }: Prepared): string {
  const { config: _config, cacheFS: _cacheFS, ...others } = options;
  return createHash("sha256")
    .update(JSON.stringify([key, input, others]))
    .digest("hex");
}
