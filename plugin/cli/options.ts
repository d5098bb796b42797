/** Every option of the command line: its kind for the parser, and a line for `--help`. */

export interface OptionSpec {
  /** `flag` takes no value; `value` one; `values` one, each time it is given; `optional` one behind `=`, or none. */
  readonly kind: "flag" | "value" | "values" | "optional";
  readonly short?: string;
  /** What stands for the value in `--help`. */
  readonly value?: string;
  readonly help: string;
}

export const OPTIONS = {
  project: {
    kind: "value",
    short: "p",
    value: "PATH",
    help: "The tsconfig.json, or its folder. Left out: the nearest one, upward from here",
  },
  tsconfig: {
    kind: "value",
    value: "PATH",
    help: "Resolve types by this tsconfig, as the plugin does if it is told to",
  },
  include: { kind: "values", value: "GLOB", help: "Only these files, of those that the tsconfig takes in" },
  exclude: { kind: "values", value: "GLOB", help: "Not these files" },
  namespace: {
    kind: "value",
    value: "TEXT",
    help: "First part of every namespace, in place of the package's name",
  },
  default: {
    kind: "values",
    value: "NAME=VALUE",
    help: "An option for every function that has none of its own: ttl=1h",
  },
  strict: { kind: "flag", help: "Make warnings errors" },
  allow: { kind: "values", value: "NAME", help: "Silence a warning by its name" },
  json: { kind: "flag", help: "Print JSON, for tools" },
  built: {
    kind: "values",
    value: "PATH",
    help: "Also fail when a marked function is missing from these built files",
  },
  manifest: { kind: "optional", value: "PATH", help: "Write the list to aotcache.manifest.json, or to PATH" },
  watch: { kind: "flag", short: "w", help: "Build again when a file changes" },
  out: { kind: "value", short: "o", value: "DIR", help: "Where to write to" },
  color: { kind: "flag", help: "Colour the output, whoever reads it" },
  "no-color": { kind: "flag", help: "Do not colour the output; NO_COLOR and FORCE_COLOR are heeded too" },
  help: { kind: "flag", short: "h", help: "Say what a command does" },
  version: { kind: "flag", short: "v", help: "Print the version" },
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The values of the options that were given. */
export type Values = {
  readonly [N in OptionName]?: (typeof OPTIONS)[N] extends { readonly kind: infer K }
    ? K extends "flag"
      ? true
      : K extends "values"
        ? readonly string[]
        : K extends "optional"
          ? string | true
          : string
    : never;
};

/** What every command takes. */
export const COMMON: readonly OptionName[] = ["color", "no-color", "help", "version"];

/** What decides how files are compiled. */
export const OF_COMPILER: readonly OptionName[] = [
  "project",
  "tsconfig",
  "namespace",
  "default",
  "strict",
  "allow",
];

/** What decides which files are looked at, besides. */
export const OF_FILES: readonly OptionName[] = ["project", "include", "exclude", ...OF_COMPILER.slice(1)];
