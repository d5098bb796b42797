import { InputError, isInputError } from "../../src/index.ts";
import { parseArguments, type Arguments } from "./arguments.ts";
import { COMMAND_NAMES, COMMANDS, type CommandName } from "./commands.ts";
import { helpFor, overview, packageVersion } from "./help.ts";
import { colorOf, didYouMean, painter, type Io } from "./io.ts";
import { COMMON_OPTIONS, type OptionName } from "./options.ts";

/**
 * Runs one command line. Returns the exit code: 0; 1 for problems in the project; 2 for invalid input, which is
 * reported in one line.
 *
 * @param argv the arguments after the program's name
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (isInputError(error)) io.stderr.write(`${error.message.replace(/\s*\n\s*/g, " ")}\n`);
    // A bug in aotcache. A report of it needs the stack.
    else io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 2;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const given = parseArguments(argv);
  const { positionals, values } = given;
  const [word, ...rest] = positionals;
  const paint = painter(colorOf(io.stdout, { io, values }));
  if (word === undefined && values.version) {
    io.stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (word === undefined || word === "help") {
    const topic = rest[0] === undefined ? undefined : commandNamed(rest[0]);
    const isHelpRequested = word === "help" || values.help === true;
    (isHelpRequested ? io.stdout : io.stderr).write(
      topic === undefined ? overview(paint) : helpFor(topic, paint),
    );
    return isHelpRequested ? 0 : 2;
  }
  const name = commandNamed(word);
  const { operands, options, run } = COMMANDS[name];
  if (values.help) {
    io.stdout.write(helpFor(name, paint));
    return 0;
  }
  checkOptions(name, given);
  if (operands === "" && rest[0] !== undefined) {
    const instead = options.includes("include") ? `--include ${rest[0]}` : `--project ${rest[0]}`;
    throw new InputError(`\`${name}\` does not take \`${rest[0]}\`. To select it, write ${instead}.`);
  }
  return run({ io, values, positionals: rest });
}

function commandNamed(word: string): CommandName {
  if (Object.hasOwn(COMMANDS, word)) return word as CommandName;
  throw new InputError(`\`${word}\` is not a command. ${didYouMean(word, COMMAND_NAMES)}`);
}

/** Rejects options that the command does not take. */
function checkOptions(name: CommandName, { values }: Arguments): void {
  const known: readonly OptionName[] = [...COMMANDS[name].options, ...COMMON_OPTIONS];
  for (const option of Object.keys(values) as OptionName[]) {
    if (known.includes(option)) continue;
    const owners = COMMAND_NAMES.filter((each) => COMMANDS[each].options.includes(option));
    throw new InputError(
      `\`${name}\` has no --${option}: it is an option of ${owners.map((each) => `\`${each}\``).join(" and ")}.`,
    );
  }
}
