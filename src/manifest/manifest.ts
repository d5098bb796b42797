/** Describes the cached functions of a project as plain data, for tools and for the manifest file. */
import { pragmaOptions } from "../../runtime/contract/pragma-options.ts";
import type { KeyPart, Mode } from "../../runtime/contract/spec.ts";
import type { Compilation } from "../compile.ts";
import type { MarkForm, Reach, Reference, Site } from "../site.ts";

/** One part of a key. `type` is the annotated or inferred type, shortened. */
export interface ManifestPart {
  readonly name: string;
  readonly type?: string;
  /** The names that a destructured parameter binds. Each is a part of the key. */
  readonly fields?: readonly string[];
  /** Its objects are told apart by `===`. For a destructured parameter: the names of these fields. */
  readonly identity?: true | readonly string[];
  /** The properties of a plain object of primitives, with a `?` after optional ones. */
  readonly properties?: readonly string[];
}

/** Where results are stored, unless an option that is known only at run time names another store. */
export interface ManifestStore {
  /**
   * `default`: the default cache; `backend`: the cache with this `alias`; `memory`: the built-in memory cache, because
   * the function is synchronous; `instance`: memory of each instance, which is freed with it.
   */
  readonly kind: "default" | "backend" | "memory" | "instance";
  /** Present if `kind` is `backend`. */
  readonly alias?: string;
}

/** One cached function. */
export interface ManifestSite {
  /** `namespace:name@version`. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** Relative to the project's folder, with `/`. */
  readonly file: string;
  /** The 1-based line of the function's name, or of a `cached(load)` call. */
  readonly line: number;
  /** The 1-based column, in UTF-16 code units. */
  readonly column: number;
  /** How the function is marked. `reference`: `cached(load)`, whose function is declared outside the call. */
  readonly form: MarkForm | "reference";
  readonly mode: Mode;
  /** The key with types instead of values: `x:getUser@19e2a14d(id: number, locale: string)`. */
  readonly key: string;
  /** The parts of the arguments that make up the key. Left out if they are known only at run time. */
  readonly parts?: readonly ManifestPart[];
  /** The other parts of the key: captured variables and parts of the receiver. */
  readonly extras: readonly (ManifestPart & { readonly from: "capture" | "this" })[];
  /** The parameters that are not in the key, with the reason. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
  /** The options known at build time, in the notation of a pragma. */
  readonly options: Readonly<Record<string, string | number>>;
  /** There are more options, known only at run time. They may name another store. */
  readonly moreOptions: boolean;
  readonly store: ManifestStore;
  /** Environment reads in the function and in those that it calls: `process.env.API_URL`. */
  readonly reads: readonly string[];
  /** What the function depends on through the functions that it calls. */
  readonly dependsOn: Reach;
}

/** The version of the manifest's format. Raise it when tools have to read the file differently. */
const MANIFEST_FORMAT = 1;

/**
 * Returns the cached functions of one file, sorted by position.
 *
 * @param file the path to show
 * @example
 * import { compile, sitesOf } from "aotcache/compiler";
 *
 * const text = "// @cached ttl=10 namespace=math version=1\nexport const double = (n: number) => 2 * n;";
 * const sites = sitesOf("src/a.ts", await compile("src/a.ts", text));
 * console.log(sites[0]?.key); // math:double@1(n: number)
 */
export function sitesOf(
  file: string,
  { sites, references }: Pick<Compilation, "sites" | "references">,
): readonly ManifestSite[] {
  return [
    ...sites.map((site) => describe(file, site)),
    ...references.map((reference) => describeReference(file, reference)),
  ].sort(byPosition);
}

/**
 * Returns the text of the manifest. It does not depend on the order of `sites`.
 *
 * @param schema the value of `$schema`: the path of `manifest.schema.json`, relative to the manifest
 * @example
 * import { compile, manifestText, sitesOf } from "aotcache/compiler";
 *
 * const text = "// @cached ttl=10\nexport const double = (n: number) => 2 * n;";
 * const sites = sitesOf("src/a.ts", await compile("src/a.ts", text));
 * const manifest = manifestText(sites, "./node_modules/aotcache/manifest.schema.json");
 */
export function manifestText(sites: Iterable<ManifestSite>, schema: string): string {
  const manifest = { $schema: schema, format: MANIFEST_FORMAT, sites: [...sites].sort(byPosition) };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function byPosition(one: ManifestSite, other: ManifestSite): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  if (one.line !== other.line) return one.line - other.line;
  if (one.column !== other.column) return one.column - other.column;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

function describe(file: string, site: Site): ManifestSite {
  const { id, line, column, form, mode, omitted, options, seen, reads, reach, multi, one } = site;
  const parts = site.parts.filter(({ as }) => as !== "extra").map(describePart);
  const extras = site.parts
    .filter(({ as }) => as === "extra")
    .map(
      (part) =>
        ({ ...describePart(part), from: part.name.startsWith("this.") ? "this" : "capture" }) as const,
    );
  return {
    ...idFields(id),
    ...{ file, line, column, form, mode },
    key: `${idFields(id).id}(${typedNames(parts)}${extras.length > 0 ? `; ${typedNames(extras)}` : ""})`,
    parts,
    extras,
    omitted: omitted.map(([name, why]) => ({ name, why })),
    options: {
      ...pragmaOptions(options),
      ...(multi && { multi: multi.name }),
      ...(one !== undefined && { one }),
    },
    moreOptions: seen !== undefined,
    store: manifestStore(site),
    reads,
    dependsOn: reach,
  };
}

function describeReference(
  file: string,
  { id, line, column, options, seen, reads, reach }: Reference,
): ManifestSite {
  return {
    ...idFields(id),
    ...{ file, line, column, form: "reference", mode: "either" },
    key: `${idFields(id).id}(…)`,
    extras: [],
    omitted: [],
    options: pragmaOptions(options),
    moreOptions: seen !== undefined,
    store: manifestStore({ options, mode: "either", perInstance: false }),
    reads,
    dependsOn: reach,
  };
}

function idFields({
  namespace,
  name,
  version,
}: Site["id"]): Pick<ManifestSite, "id" | "namespace" | "name" | "version"> {
  return { id: `${namespace}:${name}@${version}`, namespace, name, version };
}

const describePart = ({ name, type, fields, identity, shape }: KeyPart): ManifestPart => ({
  name,
  ...(type === undefined ? {} : { type }),
  ...(fields === undefined ? {} : { fields }),
  ...(identity === undefined ? {} : { identity }),
  ...(shape === undefined ? {} : { properties: shape }),
});

const typedNames = (parts: readonly ManifestPart[]): string =>
  parts.map(({ name, type }) => (type === undefined ? name : `${name}: ${type}`)).join(", ");

function manifestStore({
  options,
  mode,
  perInstance,
}: Pick<Site, "options" | "mode" | "perInstance">): ManifestStore {
  if (perInstance) return { kind: "instance" };
  if (options.backend !== undefined) return { kind: "backend", alias: options.backend };
  return { kind: mode === "sync" ? "memory" : "default" };
}
