/** Every cached function of a project as plain data, for tools and for a file that is reviewed. */
import { formatDuration } from "../../runtime/contract/duration.ts";
import type { KeyPart, Mode, SpecOptions } from "../../runtime/contract/spec.ts";
import type { Compilation } from "../compile.ts";
import type { MarkForm, Reference, Site } from "../site.ts";

/** One part of a key, with its type as written or inferred, shortened. */
export interface ManifestPart {
  readonly name: string;
  readonly type?: string;
  /** The names that a destructured parameter binds: each makes a part of the key. */
  readonly fields?: readonly string[];
  /** The properties of a plain object of primitives, with `?` behind those that may be missing. */
  readonly properties?: readonly string[];
}

/** Where results are kept, unless an option that only the run time knows says otherwise. */
export interface ManifestStore {
  /**
   * `default`: the default cache; `backend`: the cache with this `alias`; `memory`: the built-in memory, since
   * the function gives its result at once; `instance`: memory that goes with the instance.
   */
  readonly kind: "default" | "backend" | "memory" | "instance";
  readonly alias?: string;
}

/** One cached function. */
export interface ManifestSite {
  /** `namespace:name@version`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** From the project's folder, with `/`. */
  readonly file: string;
  /** 1-based; those of the function's name, or of the call that caches a function from elsewhere. */
  readonly line: number;
  readonly column: number;
  /** How it is marked; `reference`: `cached(load)`, where the function stands elsewhere. */
  readonly form: MarkForm | "reference";
  readonly mode: Mode;
  /** The key with types in place of values: `x:getUser@19e2a14d(id: number, locale: string)`. */
  readonly key: string;
  /** What of the arguments makes the key; left out where only the run time knows. */
  readonly parts?: readonly ManifestPart[];
  /** What else makes the key: captured variables, and parts of the receiver. */
  readonly extras: readonly (ManifestPart & { readonly from: "capture" | "this" })[];
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  /** The options known at build time, as a pragma takes them. */
  readonly options: Readonly<Record<string, string | number>>;
  /** Further options, which may name another store, are known at run time only. */
  readonly moreOptions: boolean;
  readonly store: ManifestStore;
  /** What it reads of the environment: `process.env.API_URL`. */
  readonly reads: readonly string[];
}

/** The number of the manifest's form; another one when a tool would have to read it differently. */
const FORMAT = 1;

/**
 * Lists what one file has.
 *
 * @param file its path as it is to be shown
 * @example
 * sitesOf("src/users.ts", compiler.compile("src/users.ts", text))[0].key; // "x:getUser@19e2a14d(id: number)"
 */
export function sitesOf(
  file: string,
  { sites, references }: Pick<Compilation, "sites" | "references">,
): readonly ManifestSite[] {
  return [
    ...sites.map((site) => describe(file, site)),
    ...references.map((reference) => describeReference(file, reference)),
  ].sort(inOrder);
}

/**
 * Writes the manifest: the same text for the same sources, whatever order they were compiled in.
 *
 * @param schema what `$schema` says: the path of the package's `manifest.schema.json` from the manifest
 */
export function manifestText(sites: Iterable<ManifestSite>, schema: string): string {
  const manifest = { $schema: schema, format: FORMAT, sites: [...sites].sort(inOrder) };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function inOrder(one: ManifestSite, other: ManifestSite): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  if (one.line !== other.line) return one.line - other.line;
  if (one.column !== other.column) return one.column - other.column;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

function describe(file: string, site: Site): ManifestSite {
  const { id, line, column, form, mode, omitted, options, seen, reads } = site;
  const parts = site.parts.filter(({ as }) => as !== "extra").map(describePart);
  const extras = site.parts
    .filter(({ as }) => as === "extra")
    .map(
      (part) =>
        ({ ...describePart(part), from: part.name.startsWith("this.") ? "this" : "capture" }) as const,
    );
  return {
    ...named(id),
    ...{ file, line, column, form, mode },
    key: `${named(id).id}(${schemaOf(parts)}${extras.length > 0 ? `; ${schemaOf(extras)}` : ""})`,
    parts,
    extras,
    omitted: omitted.map(([name, why]) => ({ name, why })),
    options: writtenOptions(options),
    moreOptions: seen !== undefined,
    store: storeOf(site),
    reads,
  };
}

function describeReference(file: string, { id, line, column, options, seen }: Reference): ManifestSite {
  return {
    ...named(id),
    ...{ file, line, column, form: "reference", mode: "either" },
    key: `${named(id).id}(…)`,
    extras: [],
    omitted: [],
    options: writtenOptions(options),
    moreOptions: seen !== undefined,
    store: storeOf({ options, mode: "either", perInstance: false }),
    reads: [],
  };
}

function named({
  namespace,
  name,
  version,
}: Site["id"]): Pick<ManifestSite, "id" | "namespace" | "name" | "version"> {
  return { id: `${namespace}:${name}@${version}`, namespace, name, version };
}

const describePart = ({ name, type, fields, shape }: KeyPart): ManifestPart => ({
  name,
  ...(type === undefined ? {} : { type }),
  ...(fields === undefined ? {} : { fields }),
  ...(shape === undefined ? {} : { properties: shape }),
});

const schemaOf = (parts: readonly ManifestPart[]): string =>
  parts.map(({ name, type }) => (type === undefined ? name : `${name}: ${type}`)).join(", ");

function storeOf({
  options,
  mode,
  perInstance,
}: Pick<Site, "options" | "mode" | "perInstance">): ManifestStore {
  if (perInstance) return { kind: "instance" };
  if (options.backend !== undefined) return { kind: "backend", alias: options.backend };
  return { kind: mode === "sync" ? "memory" : "default" };
}

/** Options as they would be written in a pragma: `10s`, `10%`. Sorted by name. */
function writtenOptions(options: SpecOptions): ManifestSite["options"] {
  const write = (name: string, value: string | number): string | number => {
    if (typeof value === "string") return value;
    if (DURATIONS.includes(name)) return formatDuration(value);
    // A share of a hundredth is exact as text only.
    return name === "jitter" ? `${Number((value * 100).toPrecision(12))}%` : value;
  };
  const entries = Object.entries<string | number>({ ...options });
  return Object.fromEntries(entries.map(([name, value]) => [name, write(name, value)] as const).sort());
}

const DURATIONS: readonly string[] = ["ttl", "swr", "sie", "timeout"] satisfies (keyof SpecOptions)[];
