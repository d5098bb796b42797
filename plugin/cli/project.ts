/** What commands share: the options of the compiler, the project, its files. */
import { statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { InputError, listProject, resolveCompilerOptions } from "../../src/index.ts";
import type { CompilerOptions, ProjectFiles } from "../../src/index.ts";
import { scanProject, sourcesOf, type ScannedFile, type ScanOptions } from "../core/scan.ts";
import { tsconfigFor } from "../tsc/tsconfig.ts";
import type { Arguments } from "./arguments.ts";
import { count, type Io } from "./io.ts";
import type { Values } from "./options.ts";
import { progressOn } from "./progress.ts";

/** A command at work. */
export interface Run extends Arguments {
  readonly io: Io;
}

/** A project and what was found in it. */
export interface Scan extends ScanOptions {
  readonly files: readonly ScannedFile[];
}

/** Lists a project and compiles what is marked. `built`: absolute folders in which no source stands. */
export async function scan({ io, values }: Run, built: readonly string[] = []): Promise<Scan> {
  const { project, compiler } = await open({ io, values });
  const options: ScanOptions = {
    project,
    compiler: { ...compiler, ...wholeFolders(compiler, io) },
    globsFrom: slashed(io.cwd),
    built,
  };
  if (project.files.length === 0)
    throw new InputError(
      `${shown(project.tsconfig, io)} takes in no source file. Look at its \`include\` and \`files\`; for JavaScript, set \`allowJs\`.`,
    );
  if (sourcesOf(options).length === 0) {
    if (sourcesOf({ ...options, built: [] }).length > 0)
      throw new InputError(
        "--built takes in every source file of the project. Write the folder of the build alone.",
      );
    throw new InputError(
      `none of the ${count(project.files.length, "file")} of the project is left; look at the patterns to include and exclude.`,
    );
  }
  const progress = progressOn(io.stderr);
  try {
    const files = await scanProject({
      ...options,
      progress: (step) => progress.step({ ...step, path: shown(step.path, io) }),
    });
    return { ...options, files };
  } finally {
    progress.clear();
  }
}

/** Finds the project; loads no file of it. */
export async function open({
  io,
  values,
}: Pick<Run, "io" | "values">): Promise<{ project: ProjectFiles; compiler: CompilerOptions }> {
  const compiler = compilerOptions(values, io);
  const project = await listProject({ from: io.cwd, tsconfig: values.project ?? values.tsconfig });
  const tsconfig = compiler.tsconfig ?? tsconfigFor(project.tsconfig);
  return { project, compiler: { ...compiler, ...(tsconfig !== undefined && { tsconfig }) } };
}

/** `--include src` means all that is in it. */
function wholeFolders(
  { include, exclude }: CompilerOptions,
  { cwd }: Io,
): Pick<CompilerOptions, "include" | "exclude"> {
  const whole = (pattern: string | RegExp): string | RegExp =>
    typeof pattern === "string" && statSync(resolve(cwd, pattern), { throwIfNoEntry: false })?.isDirectory()
      ? `${pattern.replace(/\/$/, "")}/**`
      : pattern;
  return {
    ...(Array.isArray(include) && { include: include.map(whole) }),
    ...(Array.isArray(exclude) && { exclude: exclude.map(whole) }),
  };
}

/** The options of the compiler, checked; `project` is not among them. */
export function compilerOptions(
  { tsconfig, include, exclude, namespace, strict, allow, default: defaults }: Values,
  { cwd }: Io,
): CompilerOptions {
  const options: CompilerOptions = {
    ...(tsconfig !== undefined && { tsconfig: from(cwd, tsconfig) }),
    ...(include && { include }),
    // In a list of its own, what is always left out would come back.
    ...(exclude && { exclude: [/[\\/]node_modules[\\/]/, ...exclude] }),
    ...(namespace !== undefined && { namespace }),
    ...(strict && { strict }),
    ...(allow && { allow: allow.flatMap((names) => names.split(",")) }),
    ...(defaults && { defaults: defaultsOf(defaults) }),
  };
  resolveCompilerOptions(options);
  return options;
}

function defaultsOf(pairs: readonly string[]): NonNullable<CompilerOptions["defaults"]> {
  const defaults = new Map<string, string>();
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new InputError(`--default takes NAME=VALUE, like --default ttl=1h, not \`${pair}\`.`);
    if (defaults.has(name)) throw new InputError(`--default ${name} is given twice.`);
    defaults.set(name, value);
  }
  return Object.fromEntries(defaults);
}

/** A path as a terminal opens it: from where one stands. */
export function shown(path: string, { cwd }: Pick<Io, "cwd">): string {
  return slashed(relative(cwd, path)) || ".";
}

/** An absolute path with `/`. */
export function from(cwd: string, path: string): string {
  return slashed(resolve(cwd, path));
}

const slashed = (path: string): string => (sep === "/" ? path : path.replaceAll(sep, "/"));
