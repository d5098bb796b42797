import { createRequire } from "node:module";
import { COMMAND_NAMES, COMMANDS, type CommandName } from "./commands.ts";
import type { Paint } from "./io.ts";
import { COMMAND_OPTIONS, COMMON_OPTIONS, type OptionName, type OptionSpec } from "./options.ts";

/** Returns the version of the package. */
export function packageVersion(): string {
  const manifest = createRequire(import.meta.url)("aotcache/package.json") as { readonly version: string };
  return manifest.version;
}

/** Returns the text of `aotcache --help`. */
export function overview(paint: Paint): string {
  const commands = COMMAND_NAMES.map((name) => [usageOf(name), COMMANDS[name].summary] as const);
  return `${paint.bold("aotcache")} ${packageVersion()}: a build-time cache compiler for TypeScript

${paint.bold("Usage")}
  aotcache <command> [options]

${paint.bold("Commands")}
${rows(commands)}

  aotcache help <command> describes a command, with examples.

${paint.bold("Get started")}
  1. Add the plugin of your build tool:  aotcache init
  2. Mark a function:                    // @cached ttl=10m
                                         export async function getUser(id: number): Promise<User> { … }
  3. Look at its key:                    aotcache explain src/users.ts:1
  4. In CI:                              aotcache check --built dist

${paint.bold("Options of every command")}
${optionRows(COMMON_OPTIONS)}

${paint.bold("Exit codes")}
  0  no problems
  1  problems were found
  2  invalid input or configuration: a wrong option, no tsconfig, a missing file
`;
}

/** Returns the text of `aotcache help <command>`. */
export function helpFor(name: CommandName, paint: Paint): string {
  const { about, examples, options, summary } = COMMANDS[name];
  return `${paint.bold(`aotcache ${name}`)}: ${summary.replace(/^./, (first) => first.toLowerCase())}

${paint.bold("Usage")}
  aotcache ${usageOf(name)} [options]

${about}

${paint.bold("Options")}
${optionRows([...options, ...COMMON_OPTIONS])}

${paint.bold("Examples")}
${rows(examples)}
`;
}

const usageOf = (name: CommandName): string => `${name} ${COMMANDS[name].operands}`.trimEnd();

function optionRows(names: readonly OptionName[]): string {
  return rows(
    names.map((name) => {
      const { short, value, kind, help }: OptionSpec = COMMAND_OPTIONS[name];
      const dashes = short === undefined ? `    --${name}` : `-${short}, --${name}`;
      const operand = value === undefined ? "" : kind === "optional" ? `[=${value}]` : ` ${value}`;
      return [`${dashes}${operand}`, `${help}${kind === "values" ? " (repeatable)" : ""}`];
    }),
  );
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
