/** Every command: what it takes, what it does, and what `--help` says of it. */
import { InputError } from "../../src/index.ts";
import { OF_COMPILER, OF_FILES, type OptionName } from "./options.ts";
import { compilerOptions, type Run } from "./project.ts";

export interface Command {
  /** What stands behind the name: `FILE:LINE`. */
  readonly operands: string;
  readonly options: readonly OptionName[];
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What there is to know, in a few lines. */
  readonly about: string;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Does it, and says how it ended: 0, or 1 for problems. */
  run(run: Run): Promise<number>;
}

export const COMMANDS: Readonly<Record<"check" | "list" | "explain" | "build" | "rewrite", Command>> = {
  check: {
    operands: "",
    options: [...OF_FILES, "built", "json"],
    summary: "Say what is wrong with the cached functions of a project",
    about: `Looks at every file that the tsconfig takes in, through its references too, and prints all
problems with their place and what to write instead. Errors end with exit code 1; warnings do
too with --strict, and are silenced by name: --allow ambient-read, or \`allow=ambient-read\` in
the pragma.

With --built it also looks for every cached function in the files that a build wrote, so that
a build that forgot aotcache, or is older than the source, does not pass for one that ran it.`,
    examples: [
      ["aotcache check", "the project around here"],
      ["aotcache check -p packages/api --strict", "another one, for CI"],
      ["aotcache check --built dist", "after the build"],
      ["aotcache check --built dist/client --built dist/server", "a build in two parts"],
      ["aotcache check --json | jq '.[].name'", "for tools: one object for each problem"],
    ],
    run: async (run) => (await import("./check.ts")).check(run),
  },
  list: {
    operands: "",
    options: [...OF_FILES, "json", "manifest"],
    summary: "List every cached function: key, ttl, store, what is left out",
    about: `Prints for every cached function where it stands, its key with types in place of values, how
long results are fresh, where they are kept, and what is left out of the key and why.

With --manifest the list goes to aotcache.manifest.json, which can be committed: a change of a
key is then seen in review. Its form is described by aotcache/manifest.schema.json.`,
    examples: [
      ["aotcache list", "for people"],
      ["aotcache list --json | jq -r '.[].id'", "for tools"],
      ["aotcache list --manifest", "write aotcache.manifest.json"],
      ["aotcache list --manifest=docs/cached.json", "write it somewhere else"],
    ],
    run: async (run) => (await import("./list.ts")).list(run),
  },
  explain: {
    operands: "FILE:LINE",
    options: [...OF_COMPILER, "json"],
    summary: "Tell all about one cached function",
    about: `Prints the key part by part with types, captured variables and parts of the receiver, what is
left out and why, the options in force, where results are kept, what is read of the
environment, the files whose types the key is made of, and its problems. The line is any line
of the function or near it; without a line, all functions of the file are told about.`,
    examples: [
      ["aotcache explain src/users.ts:12", "the function there"],
      ["aotcache explain src/users.ts", "all of the file"],
      ["aotcache explain src/users.ts:12 --json", "for tools"],
    ],
    run: async (run) => (await import("./explain.ts")).explain(run),
  },
  build: {
    operands: "",
    options: [...OF_COMPILER, "watch"],
    summary: "Compile a project to JavaScript, with whatever TypeScript it has",
    about: `Does what \`tsc -p\` does, with cached functions compiled: JavaScript, declarations and source
maps as the tsconfig asks for them, type errors as your TypeScript says them. It needs no
plugin and no patch, and works with TypeScript 7.`,
    examples: [
      ["aotcache build", "the tsconfig.json here"],
      ["aotcache build -p tsconfig.build.json", "another one"],
      ["aotcache build --watch", "and again after each change"],
    ],
    run: async ({ io, values }) => {
      const { build } = await import("./build/index.ts");
      const { project, watch } = values;
      return build({ ...compilerOptions(values, io), project, watch, cwd: io.cwd });
    },
  },
  rewrite: {
    operands: "",
    options: [...OF_COMPILER, "out"],
    summary: "Write the compiled TypeScript to a folder, for any compiler to take from there",
    about: `Writes every source of the project to the folder, cached functions compiled and all else as it
is, line for line. Compile that folder with what you like.`,
    examples: [
      ["aotcache rewrite --out .aotcache", "the tsconfig.json here"],
      ["aotcache rewrite -p packages/api --out build/src", "another one"],
    ],
    run: async ({ io, values }) => {
      const { project, out } = values;
      if (out === undefined)
        throw new InputError("`rewrite` has to know where to write to: --out DIR, like --out .aotcache");
      const { rewrite } = await import("./rewrite/index.ts");
      return rewrite({ ...compilerOptions(values, io), project, out, cwd: io.cwd });
    },
  },
};

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES: readonly CommandName[] = Object.keys(COMMANDS) as CommandName[];
