import { existsSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { explainSite, formatDiagnostic, InputError, sitesOf } from "../../src/index.ts";
import type { ExplainedSite } from "../../src/index.ts";
import { COMPILED_FILE } from "../core/patterns.ts";
import { compilerFor, type ScannedFile, sourcesOf, withCallers } from "../core/scan.ts";
import { diagnosticsOf, functionsOf, jsonOfFinding } from "./finding.ts";
import { colorOf, type Io } from "./io.ts";
import { lookUp } from "./look-up.ts";
import { absolutePath, displayPath, openProject, type CommandRun } from "./project.ts";

/** `aotcache explain file.ts:12`: describes the function there in full. Returns 1 if it has an error. */
export async function explain(run: CommandRun): Promise<number> {
  const { io, values } = run;
  const { path, line } = parsePlace(run);
  const options = await openProject(run);
  const text = readSourceFile(path, io);
  const compiler = compilerFor(options);
  const compilation = await compiler.compile(path, text);
  const { root } = options.project;
  const compiled: ScannedFile = { path, text, compilation, file: posix.relative(root, path) };
  const sources = compilation.sites.length > 0 ? sourcesOf(options) : [];
  const texts = new Map(sources.map((each) => [each, existsSync(each) ? readFileSync(each, "utf8") : ""]));
  const [source = compiled] = await withCallers([compiled], texts, compiler);
  const { sites, findings } = lookUp(functionsOf(source), diagnosticsOf(source), { text, line });
  if (sites.length + findings.length === 0) throw notFoundAt(source, line, io);

  const explained = (show: (path: string) => string): readonly ExplainedSite[] =>
    sites.map((site) => ({
      ...sitesOf(show(path), {
        sites: "form" in site ? [site] : [],
        references: "form" in site ? [] : [site],
      })[0]!,
      dependencies: site.dependencies.map(show),
    }));
  if (values.json) {
    const answer = {
      sites: explained((file) => posix.relative(root, file)),
      problems: findings.map(jsonOfFinding),
    };
    io.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    const color = colorOf(io.stdout, run);
    const pages = explained((file) => displayPath(file, io)).map((site) => explainSite(site, { color }));
    const frames = findings.map((each) =>
      formatDiagnostic({ ...each, file: displayPath(path, io) }, text, { color }),
    );
    io.stdout.write(`${[...pages, ...frames].join("\n\n")}\n`);
  }
  return findings.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** Parses `src/users.ts:12`, or `src/users.ts:12:5` as compilers print it, or a file alone for all of its functions. */
function parsePlace({ positionals, io }: CommandRun): {
  readonly path: string;
  readonly line: number | undefined;
} {
  const [place, more] = positionals;
  if (place === undefined)
    throw new InputError(
      "`explain` needs a place. Write the file and a line of the function: src/users.ts:12.",
    );
  if (more !== undefined) throw new InputError(`\`explain\` takes one place; \`${more}\` is one too many.`);
  const [, file = place, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(place) ?? [];
  if (line !== undefined && Number(line) === 0)
    throw new InputError(`\`${place}\` is not a place: lines are counted from 1.`);
  return { path: absolutePath(io.cwd, file), line: line === undefined ? undefined : Number(line) };
}

function readSourceFile(path: string, io: Io): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new InputError(`${displayPath(path, io)} does not exist.`);
  if (!stats.isFile()) throw new InputError(`${displayPath(path, io)} is not a file. Write src/users.ts:12.`);
  if (!COMPILED_FILE.test(path))
    throw new InputError(`${displayPath(path, io)} is not a TypeScript or JavaScript file.`);
  return readFileSync(path, "utf8");
}

function notFoundAt(source: ScannedFile, line: number | undefined, io: Io): InputError {
  const file = displayPath(source.path, io);
  const lines = functionsOf(source).map((each) => each.line);
  if (line === undefined || lines.length === 0)
    return new InputError(`${file} has no cached function; mark one with \`// @cached\`.`);
  return new InputError(
    `${file} has no cached function at line ${line}; it has ${lines.length === 1 ? "one at line" : "some at lines"} ${lines.join(", ")}.`,
  );
}
