/** All options of the command: their kinds for the parser, and their lines in `--help`. */

export interface OptionSpec {
  /** `flag` takes no value, `value` one, `values` one each time it is given, `optional` one after `=` or none. */
  readonly kind: "flag" | "value" | "values" | "optional";
  readonly short?: string;
  /** The placeholder of the value in `--help`. */
  readonly value?: string;
  readonly help: string;
}

export const COMMAND_OPTIONS = {
  project: {
    kind: "value",
    short: "p",
    value: "PATH",
    help: "The tsconfig.json or its folder. Default: the nearest one, from here upward",
  },
  tsconfig: {
    kind: "value",
    value: "PATH",
    help: "Resolve types with this tsconfig, like the plugin's option",
  },
  include: { kind: "values", value: "GLOB", help: "Only these files of the tsconfig" },
  exclude: { kind: "values", value: "GLOB", help: "Not these files" },
  namespace: {
    kind: "value",
    value: "TEXT",
    help: "First part of every namespace. Default: the package's name",
  },
  default: {
    kind: "values",
    value: "NAME=VALUE",
    help: "An option for every function that does not set it: ttl=1h",
  },
  strict: { kind: "flag", help: "Turn warnings into errors" },
  allow: { kind: "values", value: "NAME", help: "Silence a warning by its name" },
  classes: {
    kind: "values",
    value: "NAME",
    help: "Classes that configure({ classes }) names: decimal.js#Decimal",
  },
  singletons: {
    kind: "values",
    value: "NAME",
    help: "Classes with one instance: @Injectable, BaseService, src/services/**",
  },
  json: { kind: "flag", help: "Print JSON" },
  built: {
    kind: "values",
    value: "PATH",
    help: "Also fail when a cached function is missing from these built files",
  },
  timing: { kind: "flag", help: "Also print what took the time" },
  stats: {
    kind: "value",
    value: "URL",
    help: "Also print the figures of a running program that serves its metrics there",
  },
  manifest: { kind: "optional", value: "PATH", help: "Write the list to aotcache.manifest.json or PATH" },
  watch: { kind: "flag", short: "w", help: "Build again when a file changes" },
  out: { kind: "value", short: "o", value: "DIR", help: "The folder to write to" },
  yes: { kind: "flag", short: "y", help: "Make the change without asking" },
  "no-install": { kind: "flag", help: "Install nothing" },
  "check-built": { kind: "flag", help: "Add `aotcache check --built` to the script `build`" },
  color: { kind: "flag", help: "Always colour the output" },
  "no-color": { kind: "flag", help: "Never colour the output. NO_COLOR and FORCE_COLOR work too" },
  help: { kind: "flag", short: "h", help: "Describe a command" },
  version: { kind: "flag", short: "v", help: "Print the version" },
} as const;

export type OptionName = keyof typeof COMMAND_OPTIONS;

/** The values of the options that were given. */
export type OptionValues = {
  readonly [N in OptionName]?: (typeof COMMAND_OPTIONS)[N] extends { readonly kind: infer K }
    ? K extends "flag"
      ? true
      : K extends "values"
        ? readonly string[]
        : K extends "optional"
          ? string | true
          : string
    : never;
};

/** The options of every command. */
export const COMMON_OPTIONS: readonly OptionName[] = ["color", "no-color", "help", "version"];

/** Options that decide how files are compiled. */
export const COMPILER_FLAGS: readonly OptionName[] = [
  "project",
  "tsconfig",
  "namespace",
  "default",
  "strict",
  "allow",
  "classes",
  "singletons",
];

/** `COMPILER_FLAGS` and the options that select files. */
export const COMPILER_AND_FILE_FLAGS: readonly OptionName[] = [
  "project",
  "include",
  "exclude",
  ...COMPILER_FLAGS.slice(1),
];
