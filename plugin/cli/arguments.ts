import { parseArgs, type ParseArgsConfig } from "node:util";
import { InputError } from "../../src/index.ts";
import { didYouMean } from "./io.ts";
import { OPTIONS, type OptionName, type OptionSpec, type Values } from "./options.ts";

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Values;
}

/** Splits what was typed. Names are known here; whether a command takes an option is asked later. */
export function parse(argv: readonly string[]): Arguments {
  const types = Object.entries<OptionSpec>(OPTIONS).map(([name, { kind, short }]) => [
    name,
    {
      type: kind === "flag" || kind === "optional" ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    },
  ]);
  const config: ParseArgsConfig = {
    args: argv,
    options: Object.fromEntries(types) as NonNullable<ParseArgsConfig["options"]>,
    // Strict, node:util would write the messages: it knows no nearest name.
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
    const { kind } = OPTIONS[name];
    const value = valueOf(kind, token);
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

function valueOf(kind: OptionSpec["kind"], { rawName, value, inlineValue }: OptionToken): string | true {
  if (kind === "flag") {
    if (value !== undefined) throw new InputError(`${rawName} takes no value.`);
    return true;
  }
  if (kind === "optional") return value ?? true;
  // `--project --json`: the value was forgotten. One that starts with a dash is written behind `=`.
  if (!value || (inlineValue !== true && value.startsWith("-")))
    throw new InputError(`${rawName} needs a value: ${rawName} ${placeholder(rawName)}`);
  return value;
}

function placeholder(rawName: string): string {
  const found = Object.entries<OptionSpec>(OPTIONS).find(
    ([name, { short }]) => rawName === `--${name}` || rawName === `-${short}`,
  );
  return found?.[1].value ?? "VALUE";
}

const allFlags = (): readonly string[] => Object.keys(OPTIONS).map((name) => `--${name}`);
const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);
