import { dirname } from "node:path";
import type ts from "typescript";
import { createLazyCompilerSync, isInputError, type CompilerOptions } from "../src/index.ts";
import { failureOf } from "./tsc/outcome.ts";
import { Session } from "./tsc/session.ts";
import { tsconfigFor } from "./tsc/tsconfig.ts";

export type { CompilerOptions as AotcacheOptions } from "../src/index.ts";

/** The properties of an entry of `plugins` that ts-patch reads. All others are options of aotcache. */
const TS_PATCH_PROPERTIES = [
  "transform",
  "transformProgram",
  "type",
  "import",
  "isEsm",
  "after",
  "afterDeclarations",
  "name",
  "tsConfig",
  "resolvePathAliases",
];

/** An entry of `plugins` in a tsconfig: the options of aotcache, and those of ts-patch. */
export interface PluginConfig extends CompilerOptions {
  /** The module that ts-patch loads: `aotcache/tsc`. */
  readonly transform?: string;
  /** Always `true`: the transformer changes the program, not single files. */
  readonly transformProgram?: boolean;
}

/** One session for each project and its options, because `tsc --watch` creates one program after another. */
const sessions = new Map<string, Session>();

/**
 * Compiles the marked functions of a program: the program transformer that ts-patch calls in `tspc`, also with
 * `--build`, `--watch` and `--incremental`. Errors become diagnostics of tsc, invalid options included.
 *
 * @param config the entry of `plugins`; the options of aotcache are optional
 * @returns the same program, changed in place
 * @example
 * // tsconfig.json
 * { "compilerOptions": { "plugins": [{ "transform": "aotcache/tsc", "transformProgram": true }] } }
 */
export default function aotcache(
  program: ts.Program,
  host: ts.CompilerHost | undefined,
  config: PluginConfig,
  { ts: TS }: { readonly ts: typeof ts },
): ts.Program {
  const options = program.getCompilerOptions();
  try {
    const session = sessionFor(config, options["configFilePath"] as string | undefined);
    session.apply(TS, program, host ?? TS.createCompilerHost(options));
  } catch (error) {
    if (!isInputError(error)) throw error;
    const { getOptionsDiagnostics } = program;
    const failure = failureOf(TS, error.message);
    program.getOptionsDiagnostics = (token) => [...getOptionsDiagnostics(token), failure];
    // Otherwise a builder would record that all files were written.
    const skipEmit = (): ts.EmitResult => ({ emitSkipped: true, diagnostics: [] });
    Object.assign(program, { emit: skipEmit, emitBuildInfo: skipEmit });
  }
  return program;
}

function sessionFor(config: PluginConfig, path: string | undefined): Session {
  const ownOptions = Object.entries(config).filter(([name]) => !TS_PATCH_PROPERTIES.includes(name));
  const options: CompilerOptions = Object.fromEntries(ownOptions);
  const root = path === undefined ? process.cwd() : dirname(path);
  const key = JSON.stringify([options, path ?? root]);
  let session = sessions.get(key);
  if (!session) {
    const tsconfig = options.tsconfig ?? tsconfigFor(path);
    const resolvedOptions: CompilerOptions = { ...options, ...(tsconfig !== undefined && { tsconfig }) };
    const load = (): ReturnType<typeof createLazyCompilerSync> =>
      createLazyCompilerSync({ ...resolvedOptions, root, scripts: "always" });
    sessions.set(key, (session = new Session({ options: resolvedOptions, root, load })));
  }
  return session;
}
