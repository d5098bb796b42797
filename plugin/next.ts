import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { InputError, MARK, resolveCompilerOptions } from "../src/index.ts";
import { requireHost } from "./core/host.ts";
import { SCRIPT_FILE } from "./core/patterns.ts";
import type { AotcacheOptions } from "./loader.ts";
import { summarizeNextBuild } from "./next/summary.ts";

export type { AotcacheOptions } from "./loader.ts";

/** A configuration that depends on the phase, as `next.config.ts` may export it. */
export type NextConfigFunction = (phase: string, context: { defaultConfig: object }) => unknown;

/**
 * Compiles marked functions in Next.js 15 and 16: in `next dev` and `next build`, with Turbopack and with webpack.
 *
 * @param config the configuration, or a function that returns it; what it sets stays
 * @param options all are optional; paths are relative to the project, and globs replace regular expressions
 * @returns a configuration of the same form
 * @throws {Error} if an option is unknown, has an invalid value, or is not JSON
 * @example
 * // next.config.ts
 * import { withAotcache } from "aotcache/next";
 *
 * export default withAotcache({ reactStrictMode: true });
 */
export function withAotcache<Config extends object | NextConfigFunction>(
  config: Config,
  options: AotcacheOptions = {},
): Config {
  const loader = loaderWith(options);
  if (typeof config !== "function") return withLoader(config, loader) as Config;
  const configure = config as NextConfigFunction;
  return (async (...args: Parameters<NextConfigFunction>) =>
    withLoader((await configure(...args)) as PartOfConfig, loader)) as unknown as Config;
}

interface LoaderItem {
  readonly loader: "aotcache/loader";
  readonly options: AotcacheOptions;
}

/** @throws {InputError} if an option is not for this loader */
function loaderWith(options: AotcacheOptions): LoaderItem {
  resolveCompilerOptions(options);
  const json = JSON.parse(JSON.stringify(options)) as AotcacheOptions;
  for (const [name, value] of Object.entries<unknown>(options)) {
    if (value === undefined || isDeepStrictEqual(value, json[name as keyof AotcacheOptions])) continue;
    throw new InputError(
      `\`${name}\` holds what Turbopack cannot pass on as JSON. Write text, such as a glob.`,
    );
  }
  if ("manifest" in json)
    throw new InputError(
      "`manifest` is not an option of aotcache/next. Run `npx aotcache list --manifest` before the build.",
    );
  return { loader: "aotcache/loader", options: json };
}

/** What this changes of a configuration. */
interface PartOfConfig {
  readonly turbopack?: { readonly rules?: Rules; readonly conditions?: object };
  readonly webpack?: ((config: WebpackConfig, context: object) => unknown) | null;
  readonly distDir?: string;
}

type Rules = Readonly<Record<string, unknown>>;

interface WebpackConfig {
  readonly module: { readonly rules: unknown[] };
}

function withLoader(config: PartOfConfig, item: LoaderItem): PartOfConfig {
  const { webpack, distDir = ".next" } = config;
  summarizeNextBuild(distDir);
  const turbopack = turbopackPart(config, item);
  return {
    ...config,
    ...(turbopack && { turbopack: { ...config.turbopack, ...turbopack } }),
    webpack(base: WebpackConfig, context) {
      // First, so that it runs on the source.
      base.module.rules.push({ test: SCRIPT_FILE, enforce: "pre", use: [item] });
      return webpack ? webpack(base, context) : base;
    },
  };
}

const SCRIPT_GLOB = "*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}";

/** Rules that pass a file to the loader only if it may have marks: a loader is a process of its own. */
function turbopackPart({ turbopack = {} }: PartOfConfig, item: LoaderItem): object | undefined {
  const [major, minor] = nextVersion();
  const isOld = major < 15 || (major === 15 && minor < 3);
  requireHost(!(isOld && process.env["TURBOPACK"]), {
    entry: "aotcache/next with Turbopack",
    needs: "Next.js 15.3 or newer",
  });
  if (isOld) return undefined;
  const takesPackages = item.options.exclude !== undefined;
  const { rules = {}, conditions } = turbopack;
  const loaders = [item];
  if (major === 15) {
    const rule = takesPackages ? { loaders } : { foreign: false, default: { loaders } };
    return {
      conditions: { ...conditions, [RULE_NAME]: { path: SCRIPT_GLOB, content: MARK } },
      // Rules run in order.
      rules: { [RULE_NAME]: rule, ...rules },
    };
  }
  const condition = takesPackages ? { content: MARK } : { all: [{ not: "foreign" }, { content: MARK }] };
  const { [SCRIPT_GLOB]: same = [], ...others } = rules;
  return { rules: { [SCRIPT_GLOB]: [{ condition, loaders }].concat(same as never), ...others } };
}

const RULE_NAME = "#aotcache";

/** The version of the Next.js that is running. If it cannot be found, it is taken for the newest. */
function nextVersion(): readonly [major: number, minor: number] {
  for (const path of [process.argv[1], `${process.cwd()}/package.json`]) {
    try {
      const { version } = createRequire(path!)("next/package.json") as { version: string };
      const [major, minor] = version.split(".").map(Number);
      return [major!, minor!];
    } catch {
      // Not started by a file of Next.js.
    }
  }
  return [Infinity, 0];
}
