/**
 * Builds with a native TypeScript: 7 and newer. It has no hook for transformers, so it builds the original sources,
 * with its own diagnostics, declarations and build information. Then the JavaScript of the files with marks is
 * replaced: the TypeScript inside ts-morph compiles their rewritten texts.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import type ts from "typescript";
import { loadTypeScript } from "../../../src/index.ts";
import { failureOf } from "../../tsc/outcome.ts";
import { diagnosticsText, isPretty } from "../../tsc/print.ts";
import { executableOf, type TscExecutable } from "./executable.ts";
import { warnOfNoEmit, type BuildJob } from "./job.ts";
import { Projects, type ProjectConfig } from "./projects.ts";

/** Builds once and returns tsc's exit code. With `watch`, the promise stays pending until tsc ends. */
export async function buildNatively(job: BuildJob): Promise<number> {
  const TS = loadTypeScript() as unknown as typeof ts;
  const tsc = await executableOf(job.installed);
  const projects = new Projects(TS, job.folder, tsc.libraries);
  const options = projects.read(job.path).configs[0]?.parsed.options ?? {};
  warnOfNoEmit(job, options);
  const pretty = isPretty(TS.sys, options);
  const tools = { TS, job, tsc, projects, pretty };
  return job.watch ? watch(tools) : buildOnce(tools);
}

interface NativeTools {
  readonly TS: typeof ts;
  readonly job: BuildJob;
  readonly tsc: TscExecutable;
  readonly projects: Projects;
  /** Whether to print colours and code frames. */
  readonly pretty: boolean;
}

/** JavaScript of files with marks, by output path; `undefined` if an error prevents it. */
type Outputs = ReadonlyMap<string, string | undefined>;

async function buildOnce(tools: NativeTools): Promise<number> {
  const { isSolution } = tools.projects.read(tools.job.path);
  return isSolution ? buildSolution(tools) : buildProject(tools);
}

/** Does what `tsc -p` does. */
async function buildProject(tools: NativeTools): Promise<number> {
  const { outputs, problems, broken } = compileMarked(tools);
  report(tools, problems);
  if (broken) {
    // tsc reports type errors too. Nothing is written.
    await runTsc(tools, [...commandOf(tools, false), "--noEmit"]);
    return 1;
  }
  const code = await runTsc(tools, commandOf(tools, false));
  // With exit code 1, tsc has written no output.
  if (code !== 1) replaceOutputs(outputs, () => true);
  return code;
}

/** Does what `tsc -b` does. The compiler runs after tsc, because it reads the built declarations of references. */
async function buildSolution(tools: NativeTools): Promise<number> {
  const started = Date.now();
  const code = await runTsc(tools, commandOf(tools, true));
  const { outputs, problems, broken } = compileMarked(tools);
  report(tools, problems);
  // tsc may have written only some of the projects.
  replaceOutputs(outputs, (path) => code === 0 || isWritten(path, started));
  return broken ? 1 : code;
}

const isWritten = (path: string, since: number): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since;

/** Lets tsc watch. Whenever it has finished a build, the output of files with marks is replaced. */
async function watch(tools: NativeTools): Promise<number> {
  const { isSolution } = tools.projects.read(tools.job.path);
  const last = new Map<string, string | undefined>();
  let printed = "";
  const args = [...commandOf(tools, isSolution), "--watch", "--preserveWatchOutput"];
  return runTsc(tools, args, (text) => {
    printed += text;
    if (!printed.includes(WATCH_MESSAGE)) return;
    printed = printed.slice(printed.lastIndexOf(WATCH_MESSAGE) + WATCH_MESSAGE.length);
    const { outputs, problems } = compileMarked(tools);
    report(tools, problems);
    // A file with an error keeps its last valid JavaScript.
    for (const [path, output] of outputs) if (output !== undefined || !last.has(path)) last.set(path, output);
    replaceOutputs(last, (path) => existsSync(path));
  });
}

/** tsc prints this after each build. */
const WATCH_MESSAGE = "Watching for file changes.";

interface CompiledFiles {
  readonly outputs: Outputs;
  readonly problems: readonly ts.Diagnostic[];
  /** Whether an error prevents the output. */
  readonly broken: boolean;
}

function compileMarked({ TS, job, projects }: NativeTools): CompiledFiles {
  const outputs = new Map<string, string | undefined>();
  const problems: ts.Diagnostic[] = [];
  let broken = false;
  for (const config of projects.read(job.path).configs) {
    const { program, host } = projects.program(config);
    const { outcomes, failure } = job.session.apply(TS, program, host);
    if (failure !== undefined) problems.push(failureOf(TS, failure));
    for (const [file, { failed, errors }] of outcomes) {
      problems.push(...errors);
      broken ||= failed;
      const write: ts.WriteFileCallback = (path, text, withBom) =>
        outputs.set(path, withBom ? `\uFEFF${text}` : text);
      if (failed) for (const path of javaScriptOf(TS, config, file)) outputs.set(path, undefined);
      else program.emit(file, write, undefined, EMIT_JAVASCRIPT as unknown as boolean);
    }
  }
  return { outputs, problems: distinct(problems), broken };
}

/** Returns the paths that tsc writes the JavaScript of a listed file to. */
function javaScriptOf(TS: typeof ts, { parsed }: ProjectConfig, { fileName }: ts.SourceFile): string[] {
  if (!parsed.fileNames.includes(fileName) || parsed.options.noEmit) return [];
  const names = TS.getOutputFileNames(parsed, fileName, !TS.sys.useCaseSensitiveFileNames);
  return names.filter((name) => /\.[cm]?jsx?$/.test(name));
}

/** Removes duplicates: a file may belong to two projects. */
function distinct(problems: readonly ts.Diagnostic[]): ts.Diagnostic[] {
  const keyed = problems.map((each): [string, ts.Diagnostic] => [
    JSON.stringify([each.file?.fileName, each.start, each.messageText]),
    each,
  ]);
  return [...new Map(keyed).values()];
}

/** The value that TypeScript uses internally for JavaScript without declarations. */
const EMIT_JAVASCRIPT = 0;

function report({ TS, job, pretty }: NativeTools, problems: readonly ts.Diagnostic[]): void {
  if (problems.length === 0) return;
  process.stdout.write(diagnosticsText(TS, problems, { pretty, folder: job.folder }));
}

function replaceOutputs(outputs: Outputs, allows: (path: string) => boolean): void {
  for (const [path, text] of outputs) {
    if (!allows(path)) continue;
    // Uncompiled JavaScript must not be mistaken for compiled.
    if (text === undefined) rmSync(path, { force: true });
    else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
}

const commandOf = ({ job, pretty }: NativeTools, isSolution: boolean): string[] => [
  isSolution ? "--build" : "--project",
  job.path,
  "--pretty",
  String(pretty),
];

/** Runs tsc and passes on what it prints. */
function runTsc(
  { tsc, job }: NativeTools,
  args: readonly string[],
  onOutput?: (text: string) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const stdio: ["inherit", "pipe", "inherit"] = ["inherit", "pipe", "inherit"];
    const child = spawn(tsc.path, [...tsc.args, ...args], { cwd: job.folder, stdio });
    // The child process would outlive this one.
    const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of FORWARDED_SIGNALS) process.on(signal, stop);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      onOutput?.(text);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const each of FORWARDED_SIGNALS) process.off(each, stop);
      resolve(code ?? (signal ? 128 + constants.signals[signal] : 1));
    });
  });
}

const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
