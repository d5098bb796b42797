/** Shared by the commands: the options of the compiler, the project and its files. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { InputError, listProject, resolveCompilerOptions } from "../../src/index.ts";
import type { CompilerOptions, ProjectFiles } from "../../src/index.ts";
import { progressOn } from "../core/progress.ts";
import { scanProject, sourcesOf, type ScannedFile, type ScanOptions } from "../core/scan.ts";
import { workspacesIn } from "../core/workspaces.ts";
import { tsconfigFor } from "../tsc/tsconfig.ts";
import type { Arguments } from "./arguments.ts";
import { count, type Io } from "./io.ts";
import type { OptionValues } from "./options.ts";

/** One run of a command. */
export interface CommandRun extends Arguments {
  readonly io: Io;
}

/** A project and its marked files. */
export interface ProjectScan extends ScanOptions {
  readonly files: readonly ScannedFile[];
}

/**
 * Lists a project and compiles its marked files.
 *
 * @param built absolute paths of build output, whose JavaScript is not a source
 * @throws {InputError} if no file is left to scan
 */
export async function scan({ io, values }: CommandRun, built: readonly string[] = []): Promise<ProjectScan> {
  const { project, compiler } = await openProject({ io, values });
  const options: ScanOptions = {
    project,
    compiler: { ...compiler, ...expandFolders(compiler, io) },
    globsFrom: slashed(io.cwd),
    built,
  };
  if (project.files.length === 0)
    throw new InputError(
      `${displayPath(project.tsconfig, io)} has no source file. Check its \`include\` and \`files\`; for JavaScript, set \`allowJs\`.`,
    );
  if (sourcesOf(options).length === 0) {
    if (sourcesOf({ ...options, built: [] }).length > 0)
      throw new InputError(
        "--built contains every source file of the project. Pass only the output folder of the build.",
      );
    throw new InputError(
      `none of the ${count(project.files.length, "file")} of the project is selected. Check the patterns of --include and --exclude.`,
    );
  }
  const progress = progressOn(io.stderr);
  try {
    const files = await scanProject({
      ...options,
      callers: true,
      progress: (step) => progress.step({ ...step, path: displayPath(step.path, io) }),
    });
    return { ...options, files };
  } finally {
    progress.clear();
  }
}

/** Finds the project, without reading its sources. */
export async function openProject({
  io,
  values,
}: Pick<CommandRun, "io" | "values">): Promise<{ project: ProjectFiles; compiler: CompilerOptions }> {
  const compiler = compilerOptions(values, io);
  const given = values.project ?? values.tsconfig;
  const monorepo = given === undefined ? await monorepoAt(io.cwd) : undefined;
  const project = monorepo ?? (await listProject({ from: io.cwd, tsconfig: given }));
  const tsconfig = compiler.tsconfig ?? (monorepo ? undefined : tsconfigFor(project.tsconfig));
  return { project, compiler: { ...compiler, ...(tsconfig !== undefined && { tsconfig }) } };
}

/**
 * Returns all packages of a monorepo as one project. Returns undefined outside of the root of one, and if the root has
 * a tsconfig with files of its own.
 */
async function monorepoAt(folder: string): Promise<ProjectFiles | undefined> {
  const config = join(folder, "tsconfig.json");
  const hasConfig = existsSync(config);
  if (hasConfig && !/"files"\s*:\s*\[\s*\]/.test(readFileSync(config, "utf8"))) return undefined;
  const workspaces = workspacesIn(folder).filter((each) =>
    ["tsconfig.json", "jsconfig.json"].some((name) => existsSync(join(each, name))),
  );
  if (workspaces.length === 0) return undefined;
  const projects = await Promise.all(
    [...(hasConfig ? [folder] : []), ...workspaces].map((tsconfig) => listProject({ tsconfig })),
  );
  const sorted = (lists: readonly (readonly string[])[]): readonly string[] =>
    [...new Set(lists.flat())].sort();
  return {
    tsconfig: slashed(config),
    root: slashed(folder),
    files: sorted(projects.map(({ files }) => files)),
    globalDeclarations: sorted(projects.map(({ globalDeclarations }) => globalDeclarations)),
  };
}

/** Turns a folder into a glob for all files in it: `--include src`. */
function expandFolders(
  { include, exclude }: CompilerOptions,
  { cwd }: Io,
): Pick<CompilerOptions, "include" | "exclude"> {
  const expand = (pattern: string | RegExp): string | RegExp =>
    typeof pattern === "string" && statSync(resolve(cwd, pattern), { throwIfNoEntry: false })?.isDirectory()
      ? `${pattern.replace(/\/$/, "")}/**`
      : pattern;
  return {
    ...(Array.isArray(include) && { include: include.map(expand) }),
    ...(Array.isArray(exclude) && { exclude: exclude.map(expand) }),
  };
}

/** Returns the options of the compiler, checked. `project` is not one of them. */
export function compilerOptions(
  {
    tsconfig,
    include,
    exclude,
    namespace,
    strict,
    allow,
    classes,
    singletons,
    default: defaults,
  }: OptionValues,
  { cwd }: Io,
): CompilerOptions {
  const options: CompilerOptions = {
    ...(tsconfig !== undefined && { tsconfig: absolutePath(cwd, tsconfig) }),
    ...(include && { include }),
    // A list replaces the default, which excludes node_modules.
    ...(exclude && { exclude: [/[\\/]node_modules[\\/]/, ...exclude] }),
    ...(namespace !== undefined && { namespace }),
    ...(strict && { strict }),
    ...(allow && { allow: allow.flatMap((names) => names.split(",")) }),
    ...(classes && { classes: classes.flatMap((names) => names.split(",")) }),
    ...(singletons && { singletons: singletons.flatMap((names) => names.split(",")) }),
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

/** Returns a path relative to the working directory, for messages. */
export function displayPath(path: string, { cwd }: Pick<Io, "cwd">): string {
  return slashed(relative(cwd, path)) || ".";
}

/** Returns an absolute path with `/`. */
export function absolutePath(cwd: string, path: string): string {
  return slashed(resolve(cwd, path));
}

const slashed = (path: string): string => (sep === "/" ? path : path.replaceAll(sep, "/"));
