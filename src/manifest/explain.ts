/** Cached functions for people: a few lines each for a list, a page for one. */
import picocolors from "picocolors";
import type { ManifestSite, ManifestStore } from "./manifest.ts";
import { printable } from "../diagnostics/format.ts";

type Paint = ReturnType<typeof picocolors.createColors>;

export interface SiteTextOptions {
  /** Whether to colour for a terminal. Left out: plain text. */
  readonly color?: boolean;
}

/** What an explanation tells besides the site itself. */
export interface ExplainedSite extends ManifestSite {
  /** Files whose types the key or the version was made from. */
  readonly dependencies: readonly string[];
}

/**
 * Writes a cached function as a list shows it: where, its key, its lifetime and store, what is left out.
 * Over several lines; no line break at the end.
 */
export function formatSite(site: ManifestSite, options: SiteTextOptions = {}): string {
  const paint = picocolors.createColors(options.color ?? false);
  const { ttl = "of the cache", ...others } = site.options;
  const facts = [`ttl ${ttl}`, storeText(site.store), ...pairs(others)];
  if (site.moreOptions) facts.push("further options at run time");
  return [
    `${place(site, paint)}  ${keyText(site, paint)}`,
    `  ${paint.dim(facts.join(", "))}`,
    ...site.omitted.map(({ name, why }) => `  ${paint.dim(`left out: ${printable(name)} (${why})`)}`),
  ].join("\n");
}

/** Writes all that is known of a cached function, over many lines; no line break at the end. */
export function explainSite(site: ExplainedSite, options: SiteTextOptions = {}): string {
  const paint = picocolors.createColors(options.color ?? false);
  const { parts, extras, omitted, reads, dependencies } = site;
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
      "key",
      parts
        ? parts.map(({ name, type = "", properties }) => [name, type, propertiesText(properties)])
        : [[REFERENCE_KEY]],
    ],
    ["besides the arguments", extras.map(({ name, type = "", from }) => [name, type, ORIGIN[from]])],
    ["left out", omitted.map(({ name, why }) => [name, why])],
    ["options", optionRows(site)],
    ["store", [[storeSentence(site)]]],
    ["result", [[MODES[site.mode]]]],
    ["reads of the environment", reads.map((read) => [read])],
    ["types from", dependencies.map((file) => [file])],
  ];
  return [
    `${place(site, paint)}  ${paint.bold(printable(site.name))}`,
    keyText(site, paint),
    ...sections
      .filter(([, rows]) => rows.length > 0)
      .map(([title, rows]) => `\n${paint.bold(title)}\n${table(rows)}`),
  ].join("\n");
}

type Row = readonly string[];

const REFERENCE_KEY =
  "the arguments as they are given, without trailing `undefined`s: the function stands elsewhere";

const ORIGIN = { capture: "captured from the enclosing function", this: "of the receiver" } as const;

const MODES: Readonly<Record<ManifestSite["mode"], string>> = {
  async: "async function: concurrent calls of a cold key share one run",
  promise: "gives a promise: concurrent calls of a cold key share one run",
  sync: "given at once",
  either: "a promise or not: the value tells, when it runs",
};

const propertiesText = (properties: readonly string[] | undefined): string =>
  properties ? `by ${properties.join(", ")}` : "";

function place({ file, line, column }: ManifestSite, paint: Paint): string {
  return `${paint.cyan(printable(file))}:${line}:${column}`;
}

function keyText({ id, key }: ManifestSite, paint: Paint): string {
  return `${paint.bold(printable(id))}${printable(key.slice(id.length))}`;
}

function storeText({ kind, alias }: ManifestStore): string {
  return {
    default: "default cache",
    backend: `backend ${alias}`,
    memory: "memory",
    instance: "memory of each instance",
  }[kind];
}

function storeSentence({ store, mode, moreOptions }: ManifestSite): string {
  const sentence = {
    default: "the default cache: configure({ default }), else memory",
    backend: `the cache that configure({ backends }) calls ${JSON.stringify(store.alias)}`,
    memory: "memory, since the result is given at once",
    instance: "memory, apart for each instance and gone with it",
  }[store.kind];
  const either = store.kind === "default" && mode === "either" ? "; memory for results given at once" : "";
  return `${sentence}${either}${moreOptions ? "; unless an option that only the run time knows names another" : ""}`;
}

function optionRows({ options, moreOptions }: ManifestSite): readonly Row[] {
  const { ttl = "that of the cache, else forever", ...others } = options;
  const rows = Object.entries({ ttl, ...others }).map(([name, value]) => [name, String(value)]);
  return moreOptions ? [...rows, ["…", "further ones, known at run time only"]] : rows;
}

function pairs({ backend: _, ...options }: ManifestSite["options"]): string[] {
  return Object.entries(options).map(([name, value]) => `${name} ${value}`);
}

/** Columns side by side, each as wide as its widest cell. */
function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length)),
  );
  return cells
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
