import { dirname } from "node:path";
import type ts from "typescript";
import { createLazyCompilerSync, isInputError, type CompilerOptions } from "../src/index.ts";
import { tsconfigFor } from "./tsc/tsconfig.ts";
import { failureOf } from "./tsc/outcome.ts";
import { Session } from "./tsc/session.ts";

/** What ts-patch reads of an entry of `plugins`; the rest of it are options of ours. */
const OF_TS_PATCH = [
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

/** An entry of `plugins` in a tsconfig. */
export interface PluginConfig extends CompilerOptions {
  readonly transform?: string;
  readonly transformProgram?: boolean;
}

/** One for each project and its options: `tsc --watch` makes program after program. */
const sessions = new Map<string, Session>();

/**
 * The transformer for tsc through ts-patch: compiles marked functions in `tspc`, with `--build`, `--watch` and
 * `--incremental`, too. Errors come out as diagnostics of tsc.
 *
 * @param config the entry of `plugins`: besides what ts-patch reads, see `CompilerOptions`
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
    // A builder must not take down that all of it was written.
    const nothing = (): ts.EmitResult => ({ emitSkipped: true, diagnostics: [] });
    Object.assign(program, { emit: nothing, emitBuildInfo: nothing });
  }
  return program;
}

function sessionFor(config: PluginConfig, path: string | undefined): Session {
  const given = Object.entries(config).filter(([name]) => !OF_TS_PATCH.includes(name));
  const options: CompilerOptions = Object.fromEntries(given);
  const root = path === undefined ? process.cwd() : dirname(path);
  const key = JSON.stringify([options, path ?? root]);
  let session = sessions.get(key);
  if (!session) {
    const tsconfig = options.tsconfig ?? tsconfigFor(path);
    const whole: CompilerOptions = { ...options, ...(tsconfig !== undefined && { tsconfig }) };
    const load = (): ReturnType<typeof createLazyCompilerSync> => createLazyCompilerSync({ ...whole, root });
    sessions.set(key, (session = new Session({ options: whole, root, load })));
  }
  return session;
}
