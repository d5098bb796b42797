import { InputError, isInputError } from "../../src/index.ts";
import { parse, type Arguments } from "./arguments.ts";
import { COMMAND_NAMES, COMMANDS, type CommandName } from "./commands.ts";
import { helpFor, overview, version } from "./help.ts";
import { colorOf, didYouMean, painter, type Io } from "./io.ts";
import { COMMON, type OptionName } from "./options.ts";

/**
 * Runs one command line and says how it ended: 0; 1 for problems in the project; 2 for what cannot be worked
 * with, which is said in one line.
 *
 * @param argv what stands behind the program's name
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (isInputError(error)) io.stderr.write(`${error.message.replace(/\s*\n\s*/g, " ")}\n`);
    // A mistake of ours: who reports it needs to know where it was.
    else io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 2;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const given = parse(argv);
  const { positionals, values } = given;
  const [word, ...rest] = positionals;
  const paint = painter(colorOf(io.stdout, { io, values }));
  if (word === undefined && values.version) {
    io.stdout.write(`${version()}\n`);
    return 0;
  }
  if (word === undefined || word === "help") {
    const about = rest[0] === undefined ? undefined : commandCalled(rest[0]);
    const isAsked = word === "help" || values.help === true;
    (isAsked ? io.stdout : io.stderr).write(about === undefined ? overview(paint) : helpFor(about, paint));
    return isAsked ? 0 : 2;
  }
  const name = commandCalled(word);
  const { operands, options, run } = COMMANDS[name];
  if (values.help) {
    io.stdout.write(helpFor(name, paint));
    return 0;
  }
  checkTaken(name, given);
  if (operands === "" && rest[0] !== undefined) {
    const instead = options.includes("include") ? `--include ${rest[0]}` : `--project ${rest[0]}`;
    throw new InputError(`\`${name}\` takes no \`${rest[0]}\`. For that alone, write ${instead}.`);
  }
  return run({ io, values, positionals: rest });
}

function commandCalled(word: string): CommandName {
  if (Object.hasOwn(COMMANDS, word)) return word as CommandName;
  throw new InputError(`\`${word}\` is no command. ${didYouMean(word, COMMAND_NAMES)}`);
}

/** Refuses what a command does not take. */
function checkTaken(name: CommandName, { values }: Arguments): void {
  const known: readonly OptionName[] = [...COMMANDS[name].options, ...COMMON];
  for (const option of Object.keys(values) as OptionName[]) {
    if (known.includes(option)) continue;
    const owners = COMMAND_NAMES.filter((each) => COMMANDS[each].options.includes(option));
    throw new InputError(
      `\`${name}\` has no --${option}: it is an option of ${owners.map((each) => `\`${each}\``).join(" and ")}.`,
    );
  }
}
