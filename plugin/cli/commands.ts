/** All commands: their options, what they run, and their text in `--help`. */
import { InputError } from "../../src/index.ts";
import { colorOf, painter } from "./io.ts";
import { COMPILER_AND_FILE_FLAGS, COMPILER_FLAGS, type OptionName } from "./options.ts";
import { compilerOptions, type CommandRun } from "./project.ts";

export interface Command {
  /** The operands after the name: `FILE:LINE`. */
  readonly operands: string;
  readonly options: readonly OptionName[];
  /** One line, for the list of commands. */
  readonly summary: string;
  /** A few lines, for the help of this command. */
  readonly about: string;
  readonly examples: readonly (readonly [command: string, description: string])[];
  /** Runs the command. Returns its exit code: 0, or 1 for problems. */
  run(run: CommandRun): Promise<number>;
}

export const COMMANDS: Readonly<
  Record<"init" | "check" | "list" | "explain" | "build" | "rewrite", Command>
> = {
  init: {
    operands: "",
    options: ["yes", "no-install", "check-built"],
    summary: "Add aotcache to what the project builds with",
    about: `Finds the build tools of the package, or of all packages of a monorepo, shows the change of their
configuration, and makes it after a yes. Then it installs what is missing. It marks no function.
A second run changes nothing.

The exit code is 1 if something is left for you to do, which is printed, and if nothing was
changed because there was no yes. Without a terminal, pass --yes.`,
    examples: [
      ["aotcache init", "show the change, and ask"],
      ["aotcache init --yes --check-built", "also let the build fail when a function is missing in it"],
    ],
    run: async ({ io, values }) => {
      const { init } = await import("../init/index.ts");
      return init({
        cwd: io.cwd,
        yes: values.yes,
        install: !values["no-install"],
        checkBuilt: values["check-built"],
        confirm: io.confirm,
        print: (text) => void io.stdout.write(text),
        paint: painter(colorOf(io.stdout, { io, values })),
      });
    },
  },
  check: {
    operands: "",
    options: [...COMPILER_AND_FILE_FLAGS, "built", "json", "timing"],
    summary: "Report problems of the cached functions of a project",
    about: `Compiles every file of the tsconfig and of its references, and the files that they import, and
prints all problems with their place and what to write instead. The exit code is 1 for errors,
and with --strict for warnings too. Silence a warning by its name: --allow ambient-read, or
\`allow=ambient-read\` in the pragma.

With --built, it also looks for every cached function in the output of a build, and so finds a
build that ran without aotcache or is older than the source.`,
    examples: [
      ["aotcache check", "the project of this folder"],
      ["aotcache check -p packages/api --strict", "another project, in CI"],
      ["aotcache check --built dist", "after the build"],
      ["aotcache check --built dist/client --built dist/server", "a build in two parts"],
      ["aotcache check --json | jq '.[].name'", "one object for each problem"],
    ],
    run: async (run) => (await import("./check.ts")).check(run),
  },
  list: {
    operands: "",
    options: [...COMPILER_AND_FILE_FLAGS, "json", "stats", "manifest"],
    summary: "List every cached function: key, ttl, store, what is left out",
    about: `Prints the place of every cached function, its key with types instead of values, how long
results are fresh, where they are stored, and what is left out of the key and why.

With --stats, it also prints hits, misses, what a run and a hit take, and what the cache has saved,
as a running program counts them: the address serves metrics() of aotcache/prometheus.

With --manifest, it writes the list to aotcache.manifest.json. Commit the file, and a review
shows changed keys. Its schema is aotcache/manifest.schema.json.`,
    examples: [
      ["aotcache list", "as text"],
      ["aotcache list --json | jq -r '.[].id'", "as JSON"],
      ["aotcache list --stats http://localhost:3000/metrics", "with the figures of a program"],
      ["aotcache list --manifest", "write aotcache.manifest.json"],
      ["aotcache list --manifest=docs/cached.json", "write it to another file"],
    ],
    run: async (run) => (await import("./list.ts")).list(run),
  },
  explain: {
    operands: "FILE:LINE",
    options: [...COMPILER_FLAGS, "json"],
    summary: "Describe one cached function in full",
    about: `Prints the key part by part, with types, captured variables and parts of the receiver; what is
left out and why; the options in effect; where results are stored; what the function reads of
its environment; the files whose types are part of the key; and its problems. The line is any
line of the function or near it. Without a line, it describes all functions of the file.`,
    examples: [
      ["aotcache explain src/users.ts:12", "the function at this line"],
      ["aotcache explain src/users.ts", "all functions of the file"],
      ["aotcache explain src/users.ts:12 --json", "as JSON"],
    ],
    run: async (run) => (await import("./explain.ts")).explain(run),
  },
  build: {
    operands: "",
    options: [...COMPILER_FLAGS, "watch"],
    summary: "Compile a project to JavaScript with its own TypeScript",
    about: `Does what \`tsc -p\` does and compiles cached functions. It writes the JavaScript, declarations
and source maps that the tsconfig asks for, and prints the type errors of your TypeScript. It
needs no plugin and no patch, and works with TypeScript 7.`,
    examples: [
      ["aotcache build", "the tsconfig.json here"],
      ["aotcache build -p tsconfig.build.json", "another tsconfig"],
      ["aotcache build --watch", "build again after each change"],
    ],
    run: async ({ io, values }) => {
      const { build } = await import("./build/index.ts");
      const { project, watch } = values;
      return build({ ...compilerOptions(values, io), project, watch, cwd: io.cwd });
    },
  },
  rewrite: {
    operands: "",
    options: [...COMPILER_FLAGS, "out"],
    summary: "Write the compiled TypeScript to a folder, for any compiler",
    about: `Writes every source of the project to the folder. Cached functions are compiled, all other code
stays as it is, line for line. Compile that folder with any compiler.`,
    examples: [
      ["aotcache rewrite --out .aotcache", "the tsconfig.json here"],
      ["aotcache rewrite -p packages/api --out build/src", "another tsconfig"],
    ],
    run: async ({ io, values }) => {
      const { project, out } = values;
      if (out === undefined)
        throw new InputError("`rewrite` needs an output folder. Write --out DIR, like --out .aotcache.");
      const { rewrite } = await import("./rewrite/index.ts");
      return rewrite({ ...compilerOptions(values, io), project, out, cwd: io.cwd });
    },
  },
};

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[];
