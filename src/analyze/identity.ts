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
import { realParameters } from "../syntax/nodes.ts";
import { tokensOf } from "./types/tokens.ts";

/** What the version of a function is computed from, besides the tokens of the function. */
export interface VersionInput {
  readonly parts: readonly KeyPart[];
  readonly slots: readonly string[];
  /** Canonical types of the key's inputs. */
  readonly types: readonly string[];
  /** Canonical type of the result. */
  readonly result: string;
  /** Canonical types of the overloads, since those are the signatures that callers see. */
  readonly overloads: readonly (readonly string[])[];
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
    version: options.version ?? version(),
  };
}

/** Returns `my-app/src/users`: the package's name and the file's path in the package, without its extension. */
function namespaceOf(
  { packageName, relative }: Pick<ProjectFile, "packageName" | "relative">,
  configured: string | undefined,
): string {
  const module = relative.replaceAll("\\", "/").replace(/\.(?:[cm]?[jt]sx?|vue|svelte)$/, "");
  const name = configured ?? packageName;
  return name === "" ? module : `${name}/${module}`;
}

/** Returns eight hexadecimal digits that change only when the function's code, its types or its key change. */
export function versionOf(
  fn: MarkedFunction,
  { parts, slots, types, result, overloads }: VersionInput,
): string {
  const schema = parts.map(({ name, fields, as }) => [name, fields ?? [], as ?? ""]);
  const overloadPart = overloads.length > 0 ? [overloads] : [];
  const text = JSON.stringify([schema, slots, types, result, codeTokens(fn), ...overloadPart]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** Returns the tokens that exist at run time, without the function's name, decorators, comments and layout. */
function codeTokens(fn: MarkedFunction): readonly (readonly string[])[] {
  const async = fn.modifiers?.some((modifier) => modifier.getText() === "async") === true;
  const parameters = realParameters(fn).map((parameter) => tokensOf(parameter, { types: false }));
  const body = fn.body ? tokensOf(fn.body, { types: false }) : [];
  return [[async ? "async" : ""], ...parameters, body];
}
