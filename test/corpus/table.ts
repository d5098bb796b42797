/** The results as data, and as the tables of RESULTS.md and src/README.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "./compare.ts";
import { packageNamed, root } from "./packages.ts";
import { survey } from "./survey.ts";
import { typeErrorsOf } from "./type-check.ts";

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly callbacks: number;
  readonly aside: number;
  readonly instances: number;
  readonly atOnce: number;
  readonly oneOffer: number;
  readonly moreOffers: number;
  readonly refused: number;
  /** Of those with more offers or refused: they read what changes, and what no key holds. */
  readonly impure: number;
  /** The functions that each diagnostic was reported at. */
  readonly diagnostics: Readonly<Record<string, number>>;
  /** The functions that were run in both forms, and the calls that were compared. */
  readonly run: number;
  readonly calls: number;
  /** Functions that gave something else when they were cached. */
  readonly different: readonly string[];
  /** Type errors of what is emitted, with all functions marked that compile. */
  readonly typeErrors: readonly string[];
}

export const RESULTS: string = join(root, "test/corpus/results.json");
export const PAGE: string = join(root, "test/corpus/RESULTS.md");
export const SUMMARY: string = join(root, "src/README.md");

export const readRows = (): readonly Row[] => JSON.parse(readFileSync(RESULTS, "utf8")) as Row[];

/** Surveys one package, and runs what can be run. `tell` gets each difference, and the functions that did not end. */
export async function rowOf(name: string, tell: (line: string) => void = () => {}): Promise<Row> {
  const surveyed = await survey(packageNamed(name));
  const { functions } = surveyed;
  for (const { file, name: of, outcome } of functions)
    for (const each of outcome.diagnostics)
      tell(
        `${outcome.kind} ${name} ${file}:${each.line - 1} ${of} ${each.name}: ${each.message} ${each.help}`,
      );
  const count = (kind: string): number => functions.filter(({ outcome }) => outcome.kind === kind).length;
  const diagnostics: Record<string, number> = {};
  for (const { outcome } of functions.filter((each) => !["aside", "instances"].includes(each.outcome.kind)))
    for (const each of outcome.names) diagnostics[each] = (diagnostics[each] ?? 0) + 1;
  const typeErrors = await typeErrorsOf(surveyed);
  for (const each of typeErrors) tell(`type error ${name} ${each}`);
  const compared = name.startsWith("fixtures/") ? [] : await compare(surveyed);
  for (const { file, name: of, differences, warnings, isStopped } of compared) {
    if (isStopped) tell(`stopped ${name} ${file} ${of}`);
    for (const each of differences) tell(`different ${name} ${file} ${of} [${warnings.join()}] ${each}`);
  }
  return {
    name,
    version: surveyed.package.version,
    callbacks: surveyed.callbacks,
    aside: count("aside"),
    instances: count("instances"),
    atOnce: count("at once"),
    oneOffer: count("one offer"),
    moreOffers: count("more offers"),
    refused: count("refused"),
    impure: functions.filter(
      ({ outcome: { kind, names } }) =>
        (kind === "more offers" || kind === "refused") && names.some((each) => IMPURE.has(each)),
    ).length,
    diagnostics: Object.fromEntries(Object.entries(diagnostics).sort()),
    run: compared.filter(({ isStopped }) => !isStopped).length,
    calls: compared.reduce((sum, { calls }) => sum + calls, 0),
    different: compared
      .filter(({ differences }) => differences.length > 0)
      .map((each) => `${each.file} ${each.name}`),
    typeErrors,
  };
}

/** Warnings about what functions read besides their inputs. */
const IMPURE: ReadonlySet<string> = new Set(["ambient-read", "module-state"]);

const eligible = (row: Totals): number => row.atOnce + row.oneOffer + row.moreOffers + row.refused;
const share = (row: Totals): string =>
  `${Math.floor((100 * (row.atOnce + row.oneOffer)) / Math.max(1, eligible(row)))} %`;

type Totals = Pick<
  Row,
  | "callbacks"
  | "aside"
  | "instances"
  | "atOnce"
  | "oneOffer"
  | "moreOffers"
  | "refused"
  | "impure"
  | "run"
  | "calls"
> & {
  readonly diagnostics: Row["diagnostics"];
  readonly different: Row["different"];
  readonly typeErrors: Row["typeErrors"];
};

function totalsOf(rows: readonly Row[]): Totals {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.diagnostics)))].sort();
  return {
    callbacks: sum((row) => row.callbacks),
    aside: sum((row) => row.aside),
    instances: sum((row) => row.instances),
    atOnce: sum((row) => row.atOnce),
    oneOffer: sum((row) => row.oneOffer),
    moreOffers: sum((row) => row.moreOffers),
    refused: sum((row) => row.refused),
    impure: sum((row) => row.impure),
    run: sum((row) => row.run),
    calls: sum((row) => row.calls),
    diagnostics: Object.fromEntries(names.map((name) => [name, sum((row) => row.diagnostics[name] ?? 0)])),
    different: rows.flatMap((row) => row.different),
    typeErrors: rows.flatMap((row) => row.typeErrors),
  };
}

/** The text of RESULTS.md. */
export function pageOf(rows: readonly Row[]): string {
  const cells = (name: string, row: Totals): string =>
    `| ${[name, row.callbacks, row.aside, row.instances, eligible(row), row.atOnce, row.oneOffer, row.moreOffers, row.refused, row.impure, share(row), row.run, row.calls, row.different.length, row.typeErrors.length].join(" | ")} |`;
  const names = Object.keys(totalsOf(rows).diagnostics);
  return `# The corpus

Generated by \`npm run corpus\`: every function of published packages that takes something is marked with \`// @cached ttl=60\` by itself and compiled, at most 80 of a package. The functions of the table take data. Not among them are *with functions*, which take functions or objects with methods; *aside*, which return nothing or what can be read once, or change what their arguments hold; *instances*, which take instances of classes, and read of them more than an option can name. *One offer*: the first one in the help of the first diagnostic, of one or more options, ends all of them. *Refused*: no three offers do. *Impure*: those of the last two that read the clock, random numbers or module state that changes, which no key holds. The warning \`cheap\` is silenced: the functions are not chosen to be cached.

Functions whose arguments can be made from their types run as written and cached, each with eight sets of arguments, twice, in two orders. Functions that read the clock, random numbers or module state are not run. *Type errors*: those of the emitted TypeScript, with all functions marked at once that compile, beyond those of the sources.

| package | with functions | aside | instances | functions | at once | one offer | more | refused | impure | at once or with one | run | calls compared | different | type errors |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.map((row) => cells(`${row.name} ${row.version}`.trim(), row)).join("\n")}
${cells("**all**", totalsOf(rows))}

Functions by diagnostic:

| package | ${names.map((name) => `\`${name}\``).join(" | ")} |
| --- | ${names.map(() => "---:").join(" | ")} |
${rows.map((row) => `| ${row.name} | ${names.map((name) => row.diagnostics[name] ?? "").join(" | ")} |`).join("\n")}
| **all** | ${names.map((name) => totalsOf(rows).diagnostics[name]).join(" | ")} |
${different(rows)}`;
}

function different(rows: readonly Row[]): string {
  const all = rows.flatMap((row) => row.different.map((each) => `- ${row.name}: ${each}`));
  return all.length > 0 ? `\nDifferent:\n\n${all.join("\n")}\n` : "";
}

const SECTION = /(<!-- corpus -->\n)[^]*?(\n<!-- \/corpus -->)/;

/** Writes the totals into src/README.md. */
export function withTotals(page: string, rows: readonly Row[]): string {
  const all = totalsOf(rows);
  const given =
    all.different.length === 0 ? "the same" : `the same but for ${all.different.length} functions`;
  const text = `Of ${eligible(all)} functions of packages, ${all.atOnce} compile at once and ${all.oneOffer} with the first offer of a help ([corpus](../test/corpus/RESULTS.md)); cached, ${all.calls} calls gave ${given}.`;
  return page.replace(SECTION, `$1${text}$2`);
}
