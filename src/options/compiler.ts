/** Checks the options of the compiler itself, which the integrations and the command line take. */
import {
  type CachedOptions,
  OPTION_NAMES,
  type OptionFault,
  readOption,
} from "../../runtime/contract/options.ts";
import { suggest } from "../../runtime/contract/suggest.ts";
import { DIAGNOSTIC_NAMES, type DiagnosticName, WARNING_NAMES } from "../diagnostics/catalogue.ts";
import { InputError } from "../diagnostics/input-error.ts";

/** Options for every function of a project, as plain values. Options that belong to one function are excluded. */
export type DefaultOptions = {
  [N in Exclude<keyof CachedOptions, (typeof PER_FUNCTION)[number]>]?: Extract<
    CachedOptions[N],
    string | number | readonly string[]
  >;
};

/** Selects files by glob patterns or by regular expressions that match the path. */
export type FilePattern = string | RegExp | readonly (string | RegExp)[];

/**
 * The options of the integrations and of the command line. All are optional.
 *
 * @example
 * import type { CompilerOptions } from "aotcache/compiler";
 *
 * const options: CompilerOptions = { strict: true, defaults: { ttl: "1h" }, allow: ["ambient-read"] };
 */
export interface CompilerOptions {
  /** The path of the tsconfig.json to use. Left out: for each file the one that includes it, as in an editor. */
  tsconfig?: string;
  /** Compiles only these files. Left out: every JavaScript and TypeScript file and every Vue, Svelte and Astro component. */
  include?: FilePattern;
  /** Does not compile these files. Left out: files in `node_modules`. */
  exclude?: FilePattern;
  /** The first part of every default namespace. Left out: the package's name. */
  namespace?: string;
  /** Turns warnings into errors. Default: `false`. */
  strict?: boolean;
  /** Names of warnings that are not reported in this project. Left out: all warnings are reported. */
  allow?: readonly string[];
  /** Default options of every function. A default applies where the function does not set the option and it has an effect. */
  defaults?: DefaultOptions;
  /**
   * Classes whose instances make keys and may be in results, each as its module and its export: `decimal.js#Decimal`,
   * `big.js#default`, `./src/money.ts#Money`. At run time, `configure({ classes })` has to name them too. Left out: none.
   */
  classes?: readonly string[];
  /**
   * Classes with one instance for all callers, whose cached methods need no `this`: decorators (`@Injectable`), base
   * classes (`BaseService`), or files from the root (`src/services/**`). Left out: none.
   */
  singletons?: readonly string[];
  /** Writes a list of all cached functions to this file; `true` means `aotcache.manifest.json`. Default: `false`. */
  manifest?: boolean | string;
}

/** Checked compiler options with all defaults applied. */
export interface ResolvedCompilerOptions {
  readonly tsconfig: string | undefined;
  readonly include: readonly (string | RegExp)[];
  readonly exclude: readonly (string | RegExp)[];
  readonly namespace: string | undefined;
  readonly strict: boolean;
  readonly allow: readonly DiagnosticName[];
  readonly defaults: DefaultOptions;
  readonly classes: readonly string[];
  readonly singletons: readonly string[];
  readonly manifest: string | undefined;
}

/** Options that belong to one function, so they cannot be defaults of a project. */
const PER_FUNCTION = ["name", "key", "identity", "ignore", "tags", "multi", "one", "allow"] as const;

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
const isPattern = (value: unknown): boolean => isText(value) || value instanceof RegExp;
const isFilePattern = (value: unknown): boolean =>
  isPattern(value) || (Array.isArray(value) && value.every(isPattern));

/** What each option accepts, and how a message describes that. */
const VALUE_KINDS: {
  readonly [N in keyof CompilerOptions]-?: readonly [accepts: (value: unknown) => boolean, kind: string];
} = {
  tsconfig: [isText, "the path of a tsconfig.json"],
  include: [isFilePattern, "a pattern, a regular expression, or an array of them"],
  exclude: [isFilePattern, "a pattern, a regular expression, or an array of them"],
  namespace: [isText, "a string that is not empty"],
  strict: [(value) => typeof value === "boolean", "`true` or `false`"],
  allow: [(value) => Array.isArray(value) && value.every(isText), "an array of names of warnings"],
  defaults: [
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "an object of options",
  ],
  classes: [
    (value) => Array.isArray(value) && value.every(isText),
    "an array of modules and exports, like `decimal.js#Decimal`",
  ],
  singletons: [
    (value) => Array.isArray(value) && value.every(isText),
    "an array of decorators, base classes and file patterns",
  ],
  manifest: [(value) => typeof value === "boolean" || isText(value), "the path of a file, `true` or `false`"],
};

/**
 * Checks the compiler's options and applies the defaults. An option that is `undefined` counts as left out.
 *
 * @throws {Error} when an option is unknown or invalid. The message is one line.
 * @example
 * import { resolveCompilerOptions } from "aotcache/compiler";
 *
 * resolveCompilerOptions({ include: "src/**" }).include; // ["src/**"]
 */
export function resolveCompilerOptions(options: unknown = {}): ResolvedCompilerOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InputError("options must be an object, like `{ strict: true }`.");
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(VALUE_KINDS, name))
      throw new InputError(unknownOption(name, Object.keys(VALUE_KINDS)));
    const [accepts, kind] = VALUE_KINDS[name as keyof CompilerOptions];
    if (value !== undefined && !accepts(value)) throw new InputError(`\`${name}\` must be ${kind}.`);
  }
  const given: CompilerOptions = options;
  return {
    tsconfig: given.tsconfig,
    include: listOf(given.include ?? /\.(?:[cm]?[jt]sx?|vue|svelte|astro)(?:$|\?)/),
    exclude: listOf(given.exclude ?? /[\\/]node_modules[\\/]/),
    namespace: given.namespace,
    strict: given.strict ?? false,
    allow: checkAllow(given.allow ?? []),
    defaults: checkDefaults(given.defaults ?? {}),
    classes: checkClassNames(given.classes ?? []),
    singletons: given.singletons ?? [],
    manifest: given.manifest === true ? "aotcache.manifest.json" : given.manifest || undefined,
  };
}

/** Returns what is wrong with a name in `allow`, or undefined if it is the name of a warning. */
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

function checkClassNames(entries: readonly string[]): readonly string[] {
  for (const entry of entries) {
    if (/^[^\s]+#[\p{ID_Start}$_][\p{ID_Continue}$.]*$/u.test(entry)) continue;
    throw new InputError(
      `\`classes\`: \`${entry}\` is not a module and an export. Write both, like \`decimal.js#Decimal\` or \`big.js#default\`.`,
    );
  }
  return entries;
}

function checkDefaults(defaults: DefaultOptions): DefaultOptions {
  const perFunction: readonly string[] = PER_FUNCTION;
  const known: readonly string[] = OPTION_NAMES.filter((name) => !perFunction.includes(name));
  for (const [name, value] of Object.entries<unknown>({ ...defaults })) {
    if (perFunction.includes(name)) {
      throw new InputError(
        `\`defaults\` cannot contain \`${name}\`, which belongs to one function. Write it at the function.`,
      );
    }
    if (!known.includes(name)) throw new InputError(`\`defaults\`: ${unknownOption(name, known)}`);
    if (value === undefined) continue;
    const read = readOption(name, value);
    if ("code" in read) throw new InputError(`\`defaults\`: ${read.problem} ${read.help}`);
    if (name !== "this" && (typeof value === "object" || typeof value === "function")) {
      throw new InputError(
        `\`defaults\`: \`${name}\` must be a string, because it is written into the emitted code.`,
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
