/** The options of the compiler itself, as plugins and the command line take them. */
import {
  type CachedOptions,
  OPTION_NAMES,
  type OptionFault,
  readOption,
} from "../../runtime/contract/options.ts";
import { suggest } from "../../runtime/contract/suggest.ts";
import { DIAGNOSTIC_NAMES, type DiagnosticName, WARNING_NAMES } from "../diagnostics/catalogue.ts";
import { InputError } from "../diagnostics/input-error.ts";

/** Options for every function of a project: those that are not about one function alone, as plain values. */
export type DefaultOptions = {
  [N in Exclude<keyof CachedOptions, (typeof PER_FUNCTION)[number]>]?: Extract<
    CachedOptions[N],
    string | number
  >;
};

/** What files are compiled: path patterns (globs) or expressions that a path must match. */
export type FilePattern = string | RegExp | readonly (string | RegExp)[];

/**
 * The options of a plugin and of the command line. All can be left out.
 *
 * @example
 * const options: CompilerOptions = { strict: true, defaults: { ttl: "1h" }, allow: ["ambient-read"] };
 */
export interface CompilerOptions {
  /** The tsconfig.json to take. Left out: for each file the one that contains it, as an editor finds it. */
  tsconfig?: string;
  /** Only these files are compiled. Left out: every script, TypeScript file and component. */
  include?: FilePattern;
  /** These files are not compiled. Left out: what stands in `node_modules`. */
  exclude?: FilePattern;
  /** First part of every namespace, in place of the package's name. */
  namespace?: string;
  /** Makes warnings errors. Left out: they stay warnings. */
  strict?: boolean;
  /** Names of warnings that are not given in this project. */
  allow?: readonly string[];
  /** Options for every function, each in force where the function has none of its own and it has an effect. */
  defaults?: DefaultOptions;
  /** Writes a list of all cached functions to this file; `true` for `aotcache.manifest.json`. Left out: none. */
  manifest?: boolean | string;
}

/** Compiler options that were checked, with nothing left out. */
export interface ResolvedCompilerOptions {
  readonly tsconfig: string | undefined;
  readonly include: readonly (string | RegExp)[];
  readonly exclude: readonly (string | RegExp)[];
  readonly namespace: string | undefined;
  readonly strict: boolean;
  readonly allow: readonly DiagnosticName[];
  readonly defaults: DefaultOptions;
  readonly manifest: string | undefined;
}

/** Options that mean something for one function only. */
const PER_FUNCTION = ["name", "key", "ignore", "this", "allow"] as const;

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
const isPattern = (value: unknown): boolean => isText(value) || value instanceof RegExp;
const isFilePattern = (value: unknown): boolean =>
  isPattern(value) || (Array.isArray(value) && value.every(isPattern));

const KINDS: {
  readonly [N in keyof CompilerOptions]-?: readonly [accepts: (value: unknown) => boolean, kind: string];
} = {
  tsconfig: [isText, "the path of a tsconfig.json"],
  include: [isFilePattern, "a pattern, a regular expression, or an array of them"],
  exclude: [isFilePattern, "a pattern, a regular expression, or an array of them"],
  namespace: [isText, "a text that is not empty"],
  strict: [(value) => typeof value === "boolean", "`true` or `false`"],
  allow: [(value) => Array.isArray(value) && value.every(isText), "an array of names of warnings"],
  defaults: [
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "an object of options",
  ],
  manifest: [(value) => typeof value === "boolean" || isText(value), "the path of a file, `true` or `false`"],
};

/**
 * Checks the compiler's options; one that is `undefined` counts as left out.
 *
 * @throws Error for an option that does not exist or is of another kind; the message is one line.
 *
 * @example
 * resolveCompilerOptions({ include: "src/**" }).include; // ["src/**"]
 */
export function resolveCompilerOptions(options: unknown = {}): ResolvedCompilerOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InputError("options are an object, like `{ strict: true }`.");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(KINDS, name)) throw new InputError(unknownOption(name, Object.keys(KINDS)));
    const [accepts, kind] = KINDS[name as keyof CompilerOptions];
    if (value !== undefined && !accepts(value)) throw new InputError(`\`${name}\` must be ${kind}.`);
  }
  const given: CompilerOptions = options;
  return {
    tsconfig: given.tsconfig,
    include: listOf(given.include ?? /\.(?:[cm]?[jt]sx?|vue|svelte)(?:$|\?)/),
    exclude: listOf(given.exclude ?? /[\\/]node_modules[\\/]/),
    namespace: given.namespace,
    strict: given.strict ?? false,
    allow: checkAllow(given.allow ?? []),
    defaults: checkDefaults(given.defaults ?? {}),
    manifest: given.manifest === true ? "aotcache.manifest.json" : given.manifest || undefined,
  };
}

/** What is wrong with a name given to `allow`; undefined for the name of a warning. */
export function allowFault(name: string): OptionFault | undefined {
  if ((WARNING_NAMES as readonly string[]).includes(name)) return undefined;
  const all = `one of ${WARNING_NAMES.map((warning) => `\`${warning}\``).join(", ")}`;
  if ((DIAGNOSTIC_NAMES as readonly string[]).includes(name)) {
    return { problem: `\`${name}\` is an error, and only warnings can be silenced.`, help: `Write ${all}.` };
  }
  const nearest = suggest(name, WARNING_NAMES);
  return {
    problem: `\`${name}\` is not the name of a warning.`,
    help: `Write ${nearest ? `\`${nearest}\`` : all}.`,
  };
}

function checkAllow(names: readonly string[]): readonly DiagnosticName[] {
  for (const name of names) {
    const fault = allowFault(name);
    if (fault) throw new InputError(`\`allow\`: ${fault.problem} ${fault.help}`);
  }
  return names as readonly DiagnosticName[];
}

function checkDefaults(defaults: DefaultOptions): DefaultOptions {
  const perFunction: readonly string[] = PER_FUNCTION;
  const known: readonly string[] = OPTION_NAMES.filter((name) => !perFunction.includes(name));
  for (const [name, value] of Object.entries<unknown>({ ...defaults })) {
    if (perFunction.includes(name)) {
      throw new InputError(`\`defaults\` cannot hold \`${name}\`, which belongs to one function.`);
    }
    if (!known.includes(name)) throw new InputError(`\`defaults\`: ${unknownOption(name, known)}`);
    if (value === undefined) continue;
    const read = readOption(name, value);
    if ("code" in read) throw new InputError(`\`defaults\`: ${read.problem} ${read.help}`);
    if (typeof value === "object" || typeof value === "function") {
      throw new InputError(
        `\`defaults\`: \`${name}\` must be a text, which can be written into the program.`,
      );
    }
  }
  return defaults;
}

function unknownOption(name: string, known: readonly string[]): string {
  const nearest = suggest(name, known);
  const write = nearest ? `\`${nearest}\`` : `one of ${known.map((each) => `\`${each}\``).join(", ")}`;
  return `\`${name}\` is not an option. Write ${write}.`;
}

const listOf = (pattern: FilePattern): readonly (string | RegExp)[] =>
  typeof pattern === "string" || pattern instanceof RegExp ? [pattern] : pattern;
