/** Formats cached functions as text: a few lines each for a list, or everything about one. */
import picocolors from "picocolors";
import { printable } from "../diagnostics/format.ts";
import { IDENTITY_WORDS, ORIGINS, storeWords, withReason, WORDS } from "../../runtime/contract/words.ts";
import type { ManifestPart, ManifestSite } from "./manifest.ts";

type Paint = ReturnType<typeof picocolors.createColors>;

export interface SiteTextOptions {
  /** Adds ANSI colors for a terminal. Default: `false`. */
  readonly color?: boolean;
}

/** A cached function with the details that only an explanation shows. */
export interface ExplainedSite extends ManifestSite {
  /** Files whose types determined the key or the version. */
  readonly dependencies: readonly string[];
}

/**
 * Formats a cached function for a list: position, key, options, store and omitted parameters. Returns several lines
 * without a line break at the end.
 *
 * @example
 * import { compile, formatSite, sitesOf } from "aotcache/compiler";
 *
 * const text = "// @cached ttl=10\nexport const double = (n: number) => 2 * n;";
 * for (const site of sitesOf("src/a.ts", await compile("src/a.ts", text))) console.log(formatSite(site));
 */
export function formatSite(site: ManifestSite, options: SiteTextOptions = {}): string {
  const paint = picocolors.createColors(options.color ?? false);
  const { ttl = "of the cache", ...others } = site.options;
  const facts = [`ttl ${ttl}`, storeWords(site.store), ...optionTexts(others)];
  const identities = (site.parts ?? []).flatMap(identityNames);
  if (identities.length > 0) facts.push(`identity ${identities.join(",")}`);
  if (site.moreOptions) facts.push("more options at run time");
  return [
    `${position(site, paint)}  ${keyText(site, paint)}`,
    `  ${paint.dim(facts.join(", "))}`,
    ...site.omitted.map(
      ({ name, why }) => `  ${paint.dim(`${WORDS.omitted}: ${withReason(printable(name), why)}`)}`,
    ),
  ].join("\n");
}

/**
 * Formats everything that is known about a cached function. Returns many lines without a line break at the end.
 *
 * @example
 * import { compile, explainSite, sitesOf } from "aotcache/compiler";
 *
 * const text = "// @cached ttl=10\nexport const double = (n: number) => 2 * n;";
 * const compilation = await compile("src/a.ts", text);
 * for (const site of sitesOf("src/a.ts", compilation)) {
 *   console.log(explainSite({ ...site, dependencies: compilation.dependencies }));
 * }
 */
export function explainSite(site: ExplainedSite, options: SiteTextOptions = {}): string {
  const paint = picocolors.createColors(options.color ?? false);
  const { parts, extras, omitted, reads, dependsOn, dependencies } = site;
  const sections: readonly (readonly [title: string, rows: readonly Row[]])[] = [
    [
      "id",
      [
        ["namespace", site.namespace],
        ["name", site.name],
        ["version", site.version],
      ],
    ],
    [
      WORDS.key,
      parts ? parts.map((part) => [part.name, part.type ?? "", partText(part)]) : [[REFERENCE_KEY]],
    ],
    [WORDS.extras, extras.map(({ name, type = "", from }) => [name, type, ORIGINS[from]])],
    [WORDS.omitted, omitted.map(({ name, why }) => [name, why])],
    [WORDS.options, optionRows(site)],
    [WORDS.store, [[storeSentence(site)]]],
    ["result", [[MODES[site.mode]]]],
    ["environment reads", reads.map((read) => [read])],
    ["calls", dependsOn.functions.map((fn) => [fn])],
    ["uses besides computing", dependsOn.effects.map((effect) => [effect])],
    ["packages that are trusted to compute", dependsOn.trusted.map((name) => [name])],
    ["types from", dependencies.map((file) => [file])],
  ];
  return [
    `${position(site, paint)}  ${paint.bold(printable(site.name))}`,
    keyText(site, paint),
    ...sections
      .filter(([, rows]) => rows.length > 0)
      .map(([title, rows]) => `\n${paint.bold(title)}\n${table(rows)}`),
  ].join("\n");
}

type Row = readonly string[];

const REFERENCE_KEY =
  "the arguments as passed, without trailing `undefined`s: the function is declared outside the call";

const MODES: Readonly<Record<ManifestSite["mode"], string>> = {
  async: "async function: concurrent misses of a key share one run",
  promise: "returns a promise: concurrent misses of a key share one run",
  sync: "returned synchronously",
  either: "a promise or not: known only at run time",
};

/** The names in a part whose objects are told apart by `===`. */
const identityNames = ({ name, identity = [] }: ManifestPart): readonly string[] =>
  identity === true ? [name] : identity;

function partText(part: ManifestPart): string {
  const { properties, fields } = part;
  if (properties) return `by ${properties.join(", ")}`;
  const names = identityNames(part);
  if (names.length === 0) return "";
  return `${fields ? `${names.join(", ")}: ` : ""}${IDENTITY_WORDS}`;
}

function position({ file, line, column }: ManifestSite, paint: Paint): string {
  return `${paint.cyan(printable(file))}:${line}:${column}`;
}

function keyText({ id, key }: ManifestSite, paint: Paint): string {
  return `${paint.bold(printable(id))}${printable(key.slice(id.length))}`;
}

function storeSentence({ store, mode, moreOptions }: ManifestSite): string {
  const sentence = {
    default: "the default cache: configure({ default }), or else memory",
    backend: `the cache that configure({ backends }) calls ${JSON.stringify(store.alias)}`,
    memory: "memory, because the function is synchronous",
    instance: "memory of each instance, freed with it",
  }[store.kind];
  const either =
    store.kind === "default" && mode === "either" ? "; memory for results returned synchronously" : "";
  return `${sentence}${either}${moreOptions ? "; unless an option known only at run time names another" : ""}`;
}

function optionRows({ options, moreOptions }: ManifestSite): readonly Row[] {
  const { ttl = "that of the cache, or else forever", ...others } = options;
  const rows = Object.entries({ ttl, ...others }).map(([name, value]) => [name, String(value)]);
  return moreOptions ? [...rows, ["…", "more, known only at run time"]] : rows;
}

function optionTexts({ backend: _, ...options }: ManifestSite["options"]): string[] {
  return Object.entries(options).map(([name, value]) => `${name} ${value}`);
}

/** Formats rows as columns, each as wide as its widest cell. */
function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length)),
  );
  return cells
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
