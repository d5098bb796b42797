import { formatDiagnostic, timingText } from "../../src/index.ts";
import { readBuilt } from "./built.ts";
import { diagnosticsOf, functionsOf, jsonOfFinding, missingIn, type Finding } from "./finding.ts";
import { colorOf, count, painter, type Paint } from "./io.ts";
import { absolutePath, displayPath, scan, type CommandRun, type ProjectScan } from "./project.ts";

/** `aotcache check`: prints all problems. Returns 1 if there is an error. */
export async function check(run: CommandRun): Promise<number> {
  const { io, values } = run;
  const show = (path: string): string => displayPath(path, io);
  const paths = (values.built ?? []).map((path) => absolutePath(io.cwd, path));
  const built = paths.length > 0 ? readBuilt(paths, show) : undefined;
  const builtText = paths.map(show).join(", ");
  const scanned = await scan(run, paths);
  const compilerFindings = scanned.files.flatMap(diagnosticsOf);
  const missing = built ? scanned.files.flatMap((file) => missingIn(file, built, builtText)) : [];
  const findings = [...compilerFindings, ...missing];
  if (values.json) io.stdout.write(`${JSON.stringify(findings.map(jsonOfFinding), undefined, 2)}\n`);
  else {
    const color = colorOf(io.stdout, run);
    const paint = painter(color);
    const frame = (finding: Finding): string =>
      formatDiagnostic({ ...finding, file: show(finding.source.path) }, finding.source.text, { color });
    const functions = scanned.files.flatMap(functionsOf).length;
    const allMissing = missing.length > 1 && missing.every(({ name }) => name === "build-missing");
    const frames =
      allMissing && missing.length === functions
        ? [...compilerFindings.map(frame), missingPluginText(functions, builtText, paint)]
        : findings.map(frame);
    io.stdout.write(`${[...frames, summary(findings, scanned, paint)].join("\n\n")}\n`);
  }
  // With the variable, the table follows at the end of the process.
  if (values.timing && !process.env["AOTCACHE_TIMING"]) io.stderr.write(timingText());
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** One message for all functions, instead of a frame for each. */
function missingPluginText(functions: number, place: string, paint: Paint): string {
  return [
    `${paint.red("error")} ${paint.bold("build-missing")}`,
    `None of the ${count(functions, "cached function")} is in ${place}: it was built without aotcache, or has no code of theirs, as a static site whose functions ran in the build.`,
    "",
    "Add aotcache's plugin to the build, or run `aotcache build`. For a static site, read the line that the build ends with.",
  ].join("\n");
}

function summary(findings: readonly Finding[], { files, project }: ProjectScan, paint: Paint): string {
  const functions = files.flatMap(functionsOf).length;
  if (findings.length === 0) {
    if (functions === 0) return `No cached functions in ${count(project.files.length, "file")}.`;
    const holders = files.filter((file) => functionsOf(file).length > 0).length;
    const found = `${count(functions, "cached function")} in ${count(holders, "file")}`;
    return paint.green(`No problems in ${found}.`);
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const parts = [
    ...(errors > 0 ? [paint.red(count(errors, "error"))] : []),
    ...(warnings > 0 ? [paint.yellow(count(warnings, "warning"))] : []),
  ];
  const holders = new Set(findings.map(({ source }) => source)).size;
  return `Found ${parts.join(" and ")} in ${count(holders, "file")}.`;
}
