/**
 * The id of a function: namespace, name and version. The same source gives the same id, and so the same keys,
 * on every machine.
 */
import { createHash } from "node:crypto";
import type { KeyPart } from "../../runtime/contract/spec.ts";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions, ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Site } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { canonicalCode, canonicalNodes } from "./canonical-code.ts";
import type { ReachedCode } from "./reach/deep-version.ts";

/** What the version of a function is computed from, besides the code of the function. */
export interface VersionInput {
  readonly parts: readonly KeyPart[];
  readonly slots: readonly string[];
  /** Canonical types of the key's inputs. */
  readonly types: readonly string[];
  /** Canonical type of the result. */
  readonly result: string;
  /** Canonical types of the overloads, since those are the signatures that callers see. */
  readonly overloads: readonly (readonly string[])[];
  /** The code that the function reaches, for `version=deep`. */
  readonly reached: readonly ReachedCode[] | undefined;
}

/** Returns the id of a function. `version` is called only when the options do not set a version. */
export function siteIdOf(
  {
    mark,
    file,
    options,
    compiler,
  }: {
    readonly mark: Pick<Mark, "path">;
    readonly file: Pick<ProjectFile, "packageName" | "relative">;
    readonly options: FunctionOptions;
    readonly compiler: Pick<ResolvedCompilerOptions, "namespace">;
  },
  version: () => string,
): Site["id"] {
  return {
    namespace: options.namespace ?? namespaceOf(file, compiler.namespace),
    name: options.name ?? mark.path.join("."),
    version: options.version === undefined || isDeep(options) ? version() : options.version,
  };
}

export const canonicalOf = ({ nodes, source }: ReachedCode): readonly string[] =>
  canonicalNodes(nodes, source);

/** Tells whether the version changes with every function and constant that the function reaches. */
export const isDeep = ({ version }: Pick<FunctionOptions, "version">): boolean => version === "deep";

/** Returns `my-app/src/users`: the package's name and the file's path in the package, without its extension. */
function namespaceOf(
  { packageName, relative }: Pick<ProjectFile, "packageName" | "relative">,
  configured: string | undefined,
): string {
  const module = relative.replaceAll("\\", "/").replace(/\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/, "");
  const name = configured ?? packageName;
  return name === "" ? module : `${name}/${module}`;
}

/** Returns eight hexadecimal digits that change only when the function's code, its types or its key change. */
export function versionOf(
  fn: MarkedFunction,
  { parts, slots, types, result, overloads, reached }: VersionInput,
): string {
  // The name of a destructured parameter is its pattern as it is written, which is part of the code.
  const schema = parts.map(({ name, fields, as }) => [fields ? "" : name, fields ?? [], as ?? ""]);
  const overloadPart = overloads.length > 0 ? [overloads] : [];
  const text = JSON.stringify([
    schema,
    slots,
    types,
    result,
    canonicalCode(fn),
    ...overloadPart,
    ...(reached ? [{ reached: reached.map(canonicalOf) }] : []),
  ]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
