/** Finds and loads the transformer that the project would use without aotcache. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { InputError } from "../../src/index.ts";
import type { JestTransformer } from "./host.ts";

/** A transformer as Jest's `transform` takes it: its name or path, or these and its options. */
export type TransformerOption = string | readonly [name: string, options: object];

/** A loaded transformer. */
export interface ProjectTransformer {
  readonly name: string;
  readonly transformer: JestTransformer;
  /** Its options. */
  readonly config: object;
}

/** The first one that is installed is used. */
const KNOWN: readonly (readonly string[])[] = [
  ["ts-jest"],
  ["@swc/jest"],
  ["babel-jest"],
  // Jest depends on babel-jest, which some package managers install where only Jest finds it.
  ["jest", "@jest/core", "jest-config", "babel-jest"],
];

/** @throws {InputError} if the transformer is not installed, or is not one */
export function loadTransformer(rootDir: string, option: TransformerOption | undefined): ProjectTransformer {
  const [given, config = {}] = typeof option === "string" ? [option] : (option ?? []);
  const name = given?.replace("<rootDir>", rootDir);
  const paths = name === undefined ? KNOWN : [[name]];
  for (const path of paths) {
    const file = resolveThrough(path, rootDir);
    if (file !== undefined) return { name: path.at(-1)!, transformer: load(file, config), config };
  }
  const problem =
    name === undefined
      ? "finds no ts-jest, @swc/jest or babel-jest"
      : `cannot find the transformer ${JSON.stringify(name)}`;
  throw new InputError(
    `aotcache/jest ${problem} from ${rootDir}; install it, or name another one by the option \`transformer\`.`,
  );
}

/** Resolves a package by a chain of packages that depend on each other. */
function resolveThrough(names: readonly string[], rootDir: string): string | undefined {
  let from = join(rootDir, "package.json");
  try {
    for (const name of names) from = createRequire(from).resolve(name);
    return from;
  } catch {
    return undefined;
  }
}

function load(file: string, config: object): JestTransformer {
  const exported = createRequire(file)(file) as { readonly default?: unknown };
  const given = [exported.default, exported].find(isTransformer);
  if (!given)
    throw new InputError(
      `aotcache/jest cannot use ${file}: it exports no \`process\` or \`createTransformer\`.`,
    );
  return given.createTransformer ? given.createTransformer(config) : given;
}

type LoadedModule = JestTransformer & { createTransformer?(config: object): JestTransformer };

function isTransformer(value: unknown): value is LoadedModule {
  const { process, processAsync, createTransformer } = (value ?? {}) as Partial<LoadedModule>;
  return [process, processAsync, createTransformer].some((each) => typeof each === "function");
}
