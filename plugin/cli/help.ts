import { createRequire } from "node:module";
import { COMMAND_NAMES, COMMANDS, type CommandName } from "./commands.ts";
import type { Paint } from "./io.ts";
import { COMMON, OPTIONS, type OptionName, type OptionSpec } from "./options.ts";

/** The version of the package. */
export function version(): string {
  const manifest = createRequire(import.meta.url)("aotcache/package.json") as { readonly version: string };
  return manifest.version;
}

/** What `aotcache --help` says: what this is, and where to start. */
export function overview(paint: Paint): string {
  const commands = COMMAND_NAMES.map((name) => [usageOf(name), COMMANDS[name].summary] as const);
  return `${paint.bold("aotcache")} ${version()}: caches marked functions, compiled at build time

${paint.bold("Usage")}
  aotcache <command> [options]

${paint.bold("Commands")}
${rows(commands)}

  aotcache help <command> tells more, with examples.

${paint.bold("To start")}
  1. Mark a function:  // @cached ttl=10m
                       export async function getUser(id: number): Promise<User> { … }
  2. Look at its key:  aotcache explain src/users.ts:1
  3. Build with a plugin (aotcache/vite, aotcache/rollup, …), or with: aotcache build
  4. In CI:            aotcache check --built dist

${paint.bold("Options of every command")}
${optionRows(COMMON)}

${paint.bold("Exit codes")}
  0  all is well
  1  problems were found
  2  there was nothing to work with: a wrong option, no tsconfig, a missing file
`;
}

/** What `aotcache help check` says. */
export function helpFor(name: CommandName, paint: Paint): string {
  const { about, examples, options, summary } = COMMANDS[name];
  return `${paint.bold(`aotcache ${name}`)}: ${summary.replace(/^./, (first) => first.toLowerCase())}

${paint.bold("Usage")}
  aotcache ${usageOf(name)} [options]

${about}

${paint.bold("Options")}
${optionRows([...options, ...COMMON])}

${paint.bold("Examples")}
${rows(examples)}
`;
}

const usageOf = (name: CommandName): string => `${name} ${COMMANDS[name].operands}`.trimEnd();

function optionRows(names: readonly OptionName[]): string {
  return rows(
    names.map((name) => {
      const { short, value, kind, help }: OptionSpec = OPTIONS[name];
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
