import { formatDiagnostic } from "../../src/index.ts";
import { readBuilt } from "./built.ts";
import { diagnosticsOf, functionsOf, missingIn, plain, type Finding } from "./finding.ts";
import { colorOf, count, painter, type Paint } from "./io.ts";
import { from, scan, shown, type Run, type Scan } from "./project.ts";

/** `aotcache check`: says what is wrong; 1 if something is. */
export async function check(run: Run): Promise<number> {
  const { io, values } = run;
  const show = (path: string): string => shown(path, io);
  const paths = (values.built ?? []).map((path) => from(io.cwd, path));
  const built = paths.length > 0 ? readBuilt(paths, show) : undefined;
  const place = paths.map(show).join(", ");
  const scanned = await scan(run, paths);
  const said = scanned.files.flatMap(diagnosticsOf);
  const missing = built ? scanned.files.flatMap((file) => missingIn(file, built, place)) : [];
  const findings = [...said, ...missing];
  if (values.json) io.stdout.write(`${JSON.stringify(findings.map(plain), undefined, 2)}\n`);
  else {
    const color = colorOf(io.stdout, run);
    const paint = painter(color);
    const frame = (finding: Finding): string =>
      formatDiagnostic({ ...finding, file: show(finding.source.path) }, finding.source.text, { color });
    const functions = scanned.files.flatMap(functionsOf).length;
    const forgotten = missing.length > 1 && missing.every(({ name }) => name === "build-missing");
    const frames =
      forgotten && missing.length === functions
        ? [...said.map(frame), notCompiled(functions, place, paint)]
        : findings.map(frame);
    io.stdout.write(`${[...frames, summary(findings, scanned, paint)].join("\n\n")}\n`);
  }
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** One sentence in place of as many frames as there are functions. */
function notCompiled(functions: number, place: string, paint: Paint): string {
  return [
    `${paint.red("error")} ${paint.bold("build-missing")}`,
    `None of the ${count(functions, "cached function")} is in ${place}: it was built without aotcache.`,
    "",
    "Add aotcache's plugin to the build, or run `aotcache build`.",
  ].join("\n");
}

function summary(findings: readonly Finding[], { files, project }: Scan, paint: Paint): string {
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
