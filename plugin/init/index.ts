/** `aotcache init`: adds aotcache to what a project builds with. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type picocolors from "picocolors";
import { InputError } from "../../src/index.ts";
import { workspacesIn } from "../core/workspaces.ts";
import {
  type CommandLine,
  installCommands,
  type MissingPackages,
  packageManagerIn,
  run,
  runCommand,
} from "./install.ts";
import { PackagePlan } from "./plan.ts";
import { planPackage } from "./recipes.ts";
import { checkBuilt, planCheck, UNCOMPILED } from "./scripts.ts";

/** Options of {@link init}. */
export interface InitOptions {
  /** A folder of the project. In the root of a monorepo, all its packages are changed. */
  readonly cwd: string;
  /** Whether to make the change without asking. */
  readonly yes?: boolean | undefined;
  /** Whether to install packages. Default: true. */
  readonly install?: boolean | undefined;
  /** Whether to add `aotcache check --built` to the script `build`. */
  readonly checkBuilt?: boolean | undefined;
  /** Asks the user; `undefined` without a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  readonly print: (text: string) => void;
  readonly paint: ReturnType<typeof picocolors.createColors>;
}

/**
 * Shows what it will change, and changes it after a yes.
 *
 * @returns the exit code: 0 if the project has aotcache now; 1 if something is left to the user, or was not wanted
 * @throws {InputError} if there is no package
 */
export async function init(options: InitOptions): Promise<number> {
  const { cwd, print, paint } = options;
  const root = packageFolder(cwd);
  const plans = [root, ...workspacesIn(root)].map((folder) => planned(folder, options));
  const found = plans.filter(({ tools }) => tools.size > 0);
  const show = (path: string): string => relative(cwd, path).split(sep).join("/") || ".";
  for (const { folder, tools } of found)
    print(
      `${paint.bold(folder === root ? "Found" : `Found in ${show(folder)}`)}: ${[...tools].join(", ")}\n`,
    );
  if (found.length === 0) {
    print(
      "Found no tool that aotcache knows. See node_modules/aotcache/plugin/README.md for all that it works with.\n",
    );
    return 1;
  }
  const agent = await packageManagerIn(root);
  const commandsOf = (plan: PackagePlan): readonly CommandLine[] => [
    ...installCommands(plan.folder, agent, missingIn(plan, root)),
    ...plan.programs.map((program) => runCommand(agent, ...program)),
  ];
  const installs = found.flatMap((plan) => commandsOf(plan).map((command) => ({ plan, command })));
  const isChanged = found.some(({ changed }) => changed.size > 0);
  const manual = found.flatMap((plan) =>
    plan.manual.map((text) => (plan.folder === root ? text : `${show(plan.folder)}: ${text}`)),
  );
  for (const plan of found) for (const [file, text] of plan.changed) print(diffOf(plan, file, text, options));
  for (const { plan, command } of installs)
    print(
      `\n${paint.bold(plan.folder === root ? "Run" : `Run in ${show(plan.folder)}`)}: ${command.join(" ")}\n`,
    );
  if (isChanged || installs.length > 0) {
    if (!(await isWanted(options))) return 1;
    for (const plan of found)
      for (const [file, text] of plan.changed) writeFileSync(join(plan.folder, file), text);
    for (const { plan, command } of options.install === false ? [] : installs) {
      if (await run(plan.folder, command)) continue;
      print(`${paint.red("failed")}: ${command.join(" ")}\nThe files are changed. Run the command again.\n`);
      return 1;
    }
  } else if (manual.length === 0) print("Nothing to change: aotcache is there.\n");
  for (const text of manual) print(`\n${paint.yellow("to do")}: ${text}\n`);
  print(`\n${closingLine(found, (...args) => runCommand(agent, ...args).join(" "))}\n`);
  return manual.length > 0 ? 1 : 0;
}

function planned(folder: string, { checkBuilt }: InitOptions): PackagePlan {
  const plan = new PackagePlan(folder);
  planPackage(plan);
  if (checkBuilt && hasOutput(plan)) planCheck(plan);
  return plan;
}

/** Whether no tool of the package can compile functions. */
const isUncompiled = (plan: PackagePlan): boolean => [...plan.tools].every((tool) => UNCOMPILED.has(tool));

/** Tools that compile in memory. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set(["Jest", "Vitest", "Node.js", "Bun", "Wrangler"]);

/** Whether the build writes code that contains the functions. */
const hasOutput = (plan: PackagePlan): boolean =>
  [...plan.tools].some(
    (tool) => !WITHOUT_OUTPUT.has(tool) && !UNCOMPILED.has(tool) && !(tool === "Astro" && isStaticSite(plan)),
  );

/** Without an adapter, Astro runs functions in the build and writes pages only. */
const isStaticSite = (plan: PackagePlan): boolean =>
  plan.files(/^astro\.config\./).every((file) => !/\badapter\b/.test(plan.read(file)!));

/** Returns the folder of the nearest package.json. */
function packageFolder(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new InputError(
        `there is no package.json in ${cwd} or a folder above it. Run \`npm init\` first.`,
      );
  }
}

/** The packages that a package needs and that neither it nor the root of the monorepo names. */
function missingIn(plan: PackagePlan, root: string): MissingPackages {
  const top = plan.folder === root ? plan : new PackagePlan(root);
  const isMissing = (name: string): boolean =>
    plan.manifest.name !== name && plan.dependency(name) === undefined && top.dependency(name) === undefined;
  const compiler = isUncompiled(plan) ? [] : ["ts-morph"].filter(isMissing);
  // A program that is compiled as it starts needs the compiler in production.
  const isProgram = plan.tools.has("Node.js") || plan.tools.has("Bun");
  return {
    dependencies: [...["aotcache"].filter(isMissing), ...(isProgram ? compiler : [])],
    devDependencies: [
      ...(isProgram ? [] : compiler),
      ...[...plan.devDependencies]
        .filter(([name]) => isMissing(name))
        .map(([name, version]) => `${name}@${version}`),
    ],
  };
}

function diffOf(plan: PackagePlan, file: string, text: string, { cwd, paint }: InitOptions): string {
  const path = join(plan.folder, file);
  const name = relative(cwd, path).split(sep).join("/");
  const isNew = !existsSync(path);
  const before = isNew ? "" : readFileSync(path, "utf8");
  const patch = createTwoFilesPatch(isNew ? "/dev/null" : name, name, before, text, undefined, undefined, {
    context: 2,
    headerOptions: FILE_HEADERS_ONLY,
  });
  const lines = patch.split("\n").map((line) => line.trimEnd());
  return `\n${lines
    .map((line) => {
      if (/^(?:---|\+\+\+) /.test(line)) return paint.bold(line);
      if (line.startsWith("@@")) return paint.cyan(line);
      return line.startsWith("+") ? paint.green(line) : line.startsWith("-") ? paint.red(line) : line;
    })
    .join("\n")}`;
}

async function isWanted({ yes, confirm, print }: InitOptions): Promise<boolean> {
  if (yes) return true;
  if (!confirm) {
    print(
      "\nNothing was changed: there is no terminal to ask. Run `aotcache init --yes` to make this change.\n",
    );
    return false;
  }
  if (await confirm("Make this change?")) return true;
  print("Nothing was changed.\n");
  return false;
}

/** Says how to see that it works. */
function closingLine(plans: readonly PackagePlan[], command: (...args: string[]) => string): string {
  const built = plans.find(hasOutput);
  const look = built
    ? `build, and run \`${command("aotcache", ...checkBuilt(built))}\``
    : `call it twice, and print \`cacheOf(it).stats().hits\`, which is 1`;
  const mark = plans.every(isUncompiled)
    ? "pass a function to `cached()`"
    : "write `// @cached ttl=10m` above a function";
  return `To see that it works, ${mark}, ${look}.`;
}
