/**
 * Builds with a TypeScript that is a program of its own: 7 and newer. It has no hook for transformers, so it
 * builds what the user wrote, with its own diagnostics, declarations and build information, and the JavaScript of
 * the files with marks is then replaced by what the TypeScript inside of the compiler makes of the rewritten ones.
 */
import type ts from "typescript";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { loadTypeScript } from "../../../src/index.ts";
import { isPretty, diagnosticsText } from "../../tsc/print.ts";
import { failureOf } from "../../tsc/outcome.ts";
import { noteNoEmit, type Job } from "./job.ts";
import { executableOf, type Executable } from "./executable.ts";
import { Projects, type Config } from "./projects.ts";

/** Builds once, and returns tsc's exit code; or builds on and on. */
export async function buildNatively(job: Job): Promise<number> {
  const TS = loadTypeScript() as unknown as typeof ts;
  const tsc = await executableOf(job.installed);
  const projects = new Projects(TS, job.folder, tsc.libraries);
  const options = projects.read(job.path).configs[0]?.parsed.options ?? {};
  noteNoEmit(job, options);
  const pretty = isPretty(TS.sys, options);
  const tools = { TS, job, tsc, projects, pretty };
  return job.watch ? watch(tools) : once(tools);
}

interface Tools {
  readonly TS: typeof ts;
  readonly job: Job;
  readonly tsc: Executable;
  readonly projects: Projects;
  /** Whether to print colours and code. */
  readonly pretty: boolean;
}

/** JavaScript of files with marks, by the path that it belongs at; undefined where an error stands in the way. */
type Outputs = ReadonlyMap<string, string | undefined>;

async function once(tools: Tools): Promise<number> {
  const { isSolution } = tools.projects.read(tools.job.path);
  return isSolution ? solution(tools) : single(tools);
}

/** `tsc -p` */
async function single(tools: Tools): Promise<number> {
  const { outputs, problems, broken } = compile(tools);
  report(tools, problems);
  if (broken) {
    // What is wrong with the types is said, too; nothing is written.
    await run(tools, [...commandOf(tools, false), "--noEmit"]);
    return 1;
  }
  const code = await run(tools, commandOf(tools, false));
  // 1 is tsc's word for outputs that it did not write.
  if (code !== 1) replace(outputs, () => true);
  return code;
}

/** `tsc -b`: what projects refer to is read as it was built, so the compiler comes when that is done. */
async function solution(tools: Tools): Promise<number> {
  const started = Date.now();
  const code = await run(tools, commandOf(tools, true));
  const { outputs, problems, broken } = compile(tools);
  report(tools, problems);
  // Of several projects only some may have been written.
  replace(outputs, (path) => code === 0 || isWritten(path, started));
  return broken ? 1 : code;
}

const isWritten = (path: string, since: number): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since;

/** tsc watches; whenever it has finished, what it wrote is replaced. */
async function watch(tools: Tools): Promise<number> {
  const { isSolution } = tools.projects.read(tools.job.path);
  const last = new Map<string, string | undefined>();
  let heard = "";
  const args = [...commandOf(tools, isSolution), "--watch", "--preserveWatchOutput"];
  return run(tools, args, (text) => {
    heard += text;
    if (!heard.includes(FINISHED)) return;
    heard = heard.slice(heard.lastIndexOf(FINISHED) + FINISHED.length);
    const { outputs, problems } = compile(tools);
    report(tools, problems);
    // Where something is wrong, the last JavaScript that was right stays in place.
    for (const [path, output] of outputs) if (output !== undefined || !last.has(path)) last.set(path, output);
    replace(last, (path) => existsSync(path));
  });
}

const FINISHED = "Watching for file changes.";

interface Compiled {
  readonly outputs: Outputs;
  readonly problems: readonly ts.Diagnostic[];
  /** An error stands in the way. */
  readonly broken: boolean;
}

function compile({ TS, job, projects }: Tools): Compiled {
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
      const write: ts.WriteFileCallback = (path, text, mark) =>
        outputs.set(path, mark ? `\uFEFF${text}` : text);
      if (failed) for (const path of javaScriptOf(TS, config, file)) outputs.set(path, undefined);
      else program.emit(file, write, undefined, JAVASCRIPT as unknown as boolean);
    }
  }
  return { outputs, problems: distinct(problems), broken };
}

/** Where tsc writes the JavaScript of a file that a tsconfig lists. */
function javaScriptOf(TS: typeof ts, { parsed }: Config, { fileName }: ts.SourceFile): string[] {
  if (!parsed.fileNames.includes(fileName) || parsed.options.noEmit) return [];
  const names = TS.getOutputFileNames(parsed, fileName, !TS.sys.useCaseSensitiveFileNames);
  return names.filter((name) => /\.[cm]?jsx?$/.test(name));
}

/** A file of two projects says what is wrong with it once. */
function distinct(problems: readonly ts.Diagnostic[]): ts.Diagnostic[] {
  const keyed = problems.map((each): [string, ts.Diagnostic] => [
    JSON.stringify([each.file?.fileName, each.start, each.messageText]),
    each,
  ]);
  return [...new Map(keyed).values()];
}

/** What TypeScript itself calls emitting JavaScript only. */
const JAVASCRIPT = 0;

function report({ TS, job, pretty }: Tools, problems: readonly ts.Diagnostic[]): void {
  if (problems.length === 0) return;
  process.stdout.write(diagnosticsText(TS, problems, { pretty, folder: job.folder }));
}

function replace(outputs: Outputs, allows: (path: string) => boolean): void {
  for (const [path, text] of outputs) {
    if (!allows(path)) continue;
    // Nothing may pass for compiled that is not.
    if (text === undefined) rmSync(path, { force: true });
    else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
}

const commandOf = ({ job, pretty }: Tools, isSolution: boolean): string[] => [
  isSolution ? "--build" : "--project",
  job.path,
  "--pretty",
  String(pretty),
];

/** Runs tsc, and hands on what it prints. */
function run({ tsc, job }: Tools, args: readonly string[], heard?: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const stdio: ["inherit", "pipe", "inherit"] = ["inherit", "pipe", "inherit"];
    const child = spawn(tsc.path, [...tsc.args, ...args], { cwd: job.folder, stdio });
    // It is a process of its own, which would go on without us.
    const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, stop);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      process.stdout.write(text);
      heard?.(text);
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      for (const each of SIGNALS) process.off(each, stop);
      resolve(code ?? (signal ? 128 + constants.signals[signal] : 1));
    });
  });
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
