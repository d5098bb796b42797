/** Builds with a TypeScript that is a library: 5.4 to 6. */
import type ts from "typescript";
import { InputError } from "../../../src/index.ts";
import { isPretty } from "../../tsc/print.ts";
import { noteNoEmit, type Job } from "./job.ts";
import { withMarkedBuildInfo } from "./build-info.ts";

/** What tsc itself is made of, and the typings hide. */
type Internals = typeof ts & {
  createDiagnosticReporter(system: ts.System, pretty?: boolean): ts.DiagnosticReporter;
  createWatchStatusReporter(system: ts.System, pretty?: boolean): ts.WatchStatusReporter;
  getErrorSummaryText(count: number, files: readonly unknown[], newLine: string, host: unknown): string;
  emitFilesAndReportErrorsAndGetExitStatus(
    program: ts.Program | ts.EmitAndSemanticDiagnosticsBuilderProgram,
    report: ts.DiagnosticReporter,
    write: (text: string) => void,
    summary: ts.ReportEmitErrorSummary | undefined,
  ): number;
};

interface Builder extends ts.EmitAndSemanticDiagnosticsBuilderProgram {
  getProgramOrUndefined(): ts.Program | undefined;
}

interface Tools {
  readonly TS: Internals;
  readonly system: ts.System;
  readonly report: ts.DiagnosticReporter;
  readonly status: ts.WatchStatusReporter;
  readonly summary: ts.ReportEmitErrorSummary | undefined;
  readonly createProgram: ts.CreateProgram<ts.EmitAndSemanticDiagnosticsBuilderProgram>;
}

/** Builds once, and returns tsc's exit code; or builds on and on. */
export function buildInProcess(job: Job): Promise<number> {
  const TS = job.installed.load() as Internals;
  const system = systemOf(TS, job);
  const config = readConfig(TS, system, job.path);
  noteNoEmit(job, config.options);
  const tools = toolsOf({ TS, system, config, job });
  const isSolution = (config.projectReferences ?? []).length > 0;
  if (!job.watch) return Promise.resolve(isSolution ? solution(tools, job) : single(tools, config, job));
  if (isSolution) {
    const { createProgram, report, status } = tools;
    const progress = TS.createBuilderStatusReporter(system, isPretty(system, config.options));
    const host = TS.createSolutionBuilderWithWatchHost(system, createProgram, report, progress, status);
    TS.createSolutionBuilderWithWatch(host, [job.path], {}).build();
  } else {
    const { createProgram, report, status } = tools;
    TS.createWatchProgram(TS.createWatchCompilerHost(job.path, {}, system, createProgram, report, status));
  }
  // What is watched keeps the process alive.
  return new Promise(() => {});
}

function systemOf(TS: Internals, job: Job): ts.System {
  const system = { ...TS.sys, getCurrentDirectory: () => job.folder };
  return withMarkedBuildInfo(system, job);
}

/** @throws {Error} when the tsconfig is no file that can be read; what else is wrong with it tsc reports. */
function readConfig(TS: Internals, system: ts.System, path: string): ts.ParsedCommandLine {
  const host = { ...system, onUnRecoverableConfigFileDiagnostic: () => {} };
  const config = TS.getParsedCommandLineOfConfigFile(path, {}, host);
  if (!config) throw new InputError(`${path} cannot be read.`);
  return config;
}

function toolsOf({
  TS,
  system,
  config,
  job,
}: {
  TS: Internals;
  system: ts.System;
  config: ts.ParsedCommandLine;
  job: Job;
}): Tools {
  const pretty = isPretty(system, config.options);
  const report = TS.createDiagnosticReporter(system, pretty);
  const status = TS.createWatchStatusReporter(system, pretty);
  const summary: ts.ReportEmitErrorSummary | undefined = pretty
    ? (count, files) => {
        system.write(TS.getErrorSummaryText(count, files, system.newLine, system));
      }
    : undefined;
  const createProgram: Tools["createProgram"] = (rootNames, given, host, old, diagnostics, references) => {
    const options = given ?? {};
    const compilerHost = host ?? TS.createCompilerHost(options);
    const oldProgram = (old as Builder | undefined)?.getProgramOrUndefined();
    const program = TS.createProgram({
      rootNames: rootNames ?? [],
      options,
      host: compilerHost,
      ...(oldProgram && { oldProgram }),
      ...(diagnostics && { configFileParsingDiagnostics: diagnostics }),
      ...(references && { projectReferences: references }),
    });
    job.session.apply(TS, program, compilerHost);
    return TS.createEmitAndSemanticDiagnosticsBuilderProgram(program, compilerHost, old, diagnostics);
  };
  return { TS, system, report, status, summary, createProgram };
}

/** `tsc -p` */
function single(
  { TS, system, report, summary, createProgram }: Tools,
  config: ts.ParsedCommandLine,
  job: Job,
): number {
  const { options, fileNames: rootNames, errors: configFileParsingDiagnostics } = config;
  const write = (text: string): void => {
    system.write(text + system.newLine);
  };
  const host = TS.createIncrementalCompilerHost(options, system);
  if (options.incremental || options.composite) {
    const old = TS.readBuilderProgram(options, host);
    const builder = createProgram(rootNames, options, host, old, configFileParsingDiagnostics);
    return TS.emitFilesAndReportErrorsAndGetExitStatus(builder, report, write, summary);
  }
  const program = TS.createProgram({ rootNames, options, host, configFileParsingDiagnostics });
  job.session.apply(TS, program, host);
  return TS.emitFilesAndReportErrorsAndGetExitStatus(program, report, write, summary);
}

/** `tsc -b` */
function solution({ TS, system, report, summary, createProgram }: Tools, { path }: Job): number {
  const host = TS.createSolutionBuilderHost(system, createProgram, report, undefined, (count, files) =>
    summary?.(count, files),
  );
  return TS.createSolutionBuilder(host, [path], {}).build();
}
