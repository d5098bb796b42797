import { parseArgs, type ParseArgsConfig } from "node:util";
import { InputError } from "../../src/index.ts";
import { didYouMean } from "./io.ts";
import { COMMAND_OPTIONS, type OptionName, type OptionSpec, type OptionValues } from "./options.ts";

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: OptionValues;
}

/**
 * Parses a command line. Whether the command takes an option is checked later.
 *
 * @throws {InputError} for an unknown option, or one whose value is missing or given twice
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const types = Object.entries<OptionSpec>(COMMAND_OPTIONS).map(([name, { kind, short }]) => [
    name,
    {
      type: kind === "flag" || kind === "optional" ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    },
  ]);
  const config: ParseArgsConfig = {
    args: argv,
    options: Object.fromEntries(types) as NonNullable<ParseArgsConfig["options"]>,
    // In strict mode, node:util throws its own messages, without suggestions.
    strict: false,
    tokens: true,
    allowPositionals: true,
  };
  const { tokens = [] } = parseArgs(config);
  const positionals: string[] = [];
  const values: Record<string, string | true> = {};
  const lists: Record<string, string[]> = {};
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    if (!isOption(name))
      throw new InputError(`${rawName} is not an option. ${didYouMean(rawName, allFlags())}`);
    const { kind } = COMMAND_OPTIONS[name];
    const value = optionValue(kind, token);
    if (kind === "values") (lists[name] ??= []).push(String(value));
    else if (values[name] !== undefined && values[name] !== value)
      throw new InputError(`${rawName} is given twice.`);
    else values[name] = value;
  }
  return { positionals, values: { ...values, ...lists } };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionValue(kind: OptionSpec["kind"], { rawName, value, inlineValue }: OptionToken): string | true {
  if (kind === "flag") {
    if (value !== undefined) throw new InputError(`${rawName} takes no value.`);
    return true;
  }
  if (kind === "optional") return value ?? true;
  // `--project --json`: the value is missing. A value that starts with a dash is written after `=`.
  if (!value || (inlineValue !== true && value.startsWith("-")))
    throw new InputError(`${rawName} needs a value: ${rawName} ${placeholder(rawName)}`);
  return value;
}

function placeholder(rawName: string): string {
  const found = Object.entries<OptionSpec>(COMMAND_OPTIONS).find(
    ([name, { short }]) => rawName === `--${name}` || rawName === `-${short}`,
  );
  return found?.[1].value ?? "VALUE";
}

const allFlags = (): readonly string[] => Object.keys(COMMAND_OPTIONS).map((name) => `--${name}`);
const isOption = (name: string): name is OptionName => Object.hasOwn(COMMAND_OPTIONS, name);
