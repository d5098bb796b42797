/** Builds with a TypeScript that can be loaded as a library: 5.4 to 6. */
import type ts from "typescript";
import { InputError } from "../../../src/index.ts";
import { isPretty } from "../../tsc/print.ts";
import { withOwnBuildInfo } from "./build-info.ts";
import { warnOfNoEmit, type BuildJob } from "./job.ts";

/** The functions of tsc that the typings hide. */
type TscInternals = typeof ts & {
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

interface InternalBuilder extends ts.EmitAndSemanticDiagnosticsBuilderProgram {
  getProgramOrUndefined(): ts.Program | undefined;
}

interface BuildTools {
  readonly TS: TscInternals;
  readonly system: ts.System;
  readonly report: ts.DiagnosticReporter;
  readonly status: ts.WatchStatusReporter;
  readonly summary: ts.ReportEmitErrorSummary | undefined;
  readonly createProgram: ts.CreateProgram<ts.EmitAndSemanticDiagnosticsBuilderProgram>;
}

/** Builds once and returns tsc's exit code. With `watch`, the promise stays pending. */
export function buildInProcess(job: BuildJob): Promise<number> {
  const TS = job.installed.load() as TscInternals;
  const system = systemOf(TS, job);
  const config = readConfig(TS, system, job.path);
  warnOfNoEmit(job, config.options);
  const tools = createTools({ TS, system, config, job });
  const isSolution = (config.projectReferences ?? []).length > 0;
  if (!job.watch)
    return Promise.resolve(isSolution ? buildSolution(tools, job) : buildProject(tools, config, job));
  if (isSolution) {
    const { createProgram, report, status } = tools;
    const progress = TS.createBuilderStatusReporter(system, isPretty(system, config.options));
    const host = TS.createSolutionBuilderWithWatchHost(system, createProgram, report, progress, status);
    TS.createSolutionBuilderWithWatch(host, [job.path], {}).build();
  } else {
    const { createProgram, report, status } = tools;
    TS.createWatchProgram(TS.createWatchCompilerHost(job.path, {}, system, createProgram, report, status));
  }
  // The watchers keep the process alive.
  return new Promise(() => {});
}

function systemOf(TS: TscInternals, job: BuildJob): ts.System {
  const system = { ...TS.sys, getCurrentDirectory: () => job.folder };
  return withOwnBuildInfo(system, job);
}

/** @throws {InputError} if the tsconfig cannot be read; tsc reports all other errors in it */
function readConfig(TS: TscInternals, system: ts.System, path: string): ts.ParsedCommandLine {
  const host = { ...system, onUnRecoverableConfigFileDiagnostic: () => {} };
  const config = TS.getParsedCommandLineOfConfigFile(path, {}, host);
  if (!config) throw new InputError(`${path} cannot be read.`);
  return config;
}

function createTools({
  TS,
  system,
  config,
  job,
}: {
  TS: TscInternals;
  system: ts.System;
  config: ts.ParsedCommandLine;
  job: BuildJob;
}): BuildTools {
  const pretty = isPretty(system, config.options);
  const report = TS.createDiagnosticReporter(system, pretty);
  const status = TS.createWatchStatusReporter(system, pretty);
  const summary: ts.ReportEmitErrorSummary | undefined = pretty
    ? (count, files) => {
        system.write(TS.getErrorSummaryText(count, files, system.newLine, system));
      }
    : undefined;
  const createProgram: BuildTools["createProgram"] = (
    rootNames,
    given,
    host,
    old,
    diagnostics,
    references,
  ) => {
    const options = given ?? {};
    const compilerHost = host ?? TS.createCompilerHost(options);
    const oldProgram = (old as InternalBuilder | undefined)?.getProgramOrUndefined();
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

/** Does what `tsc -p` does. */
function buildProject(
  { TS, system, report, summary, createProgram }: BuildTools,
  config: ts.ParsedCommandLine,
  job: BuildJob,
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

/** Does what `tsc -b` does. */
function buildSolution(
  { TS, system, report, summary, createProgram }: BuildTools,
  { path }: BuildJob,
): number {
  const host = TS.createSolutionBuilderHost(system, createProgram, report, undefined, (count, files) =>
    summary?.(count, files),
  );
  return TS.createSolutionBuilder(host, [path], {}).build();
}
