/** The id of a function: namespace, name and version. "Same source, same keys", on every machine. */
import { createHash } from "node:crypto";
import type { KeyPart } from "../../runtime/contract/spec.ts";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions, ResolvedCompilerOptions } from "../options/function.ts";
import type { ProjectFile } from "../project/workspace.ts";
import type { Site } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { realParameters } from "../syntax/nodes.ts";
import { tokensOf } from "./types/tokens.ts";

/** What of a function its version is made from, besides its text. */
export interface VersionInput {
  readonly parts: readonly KeyPart[];
  readonly slots: readonly string[];
  /** Canonical types of what makes the key, and of the result. */
  readonly types: readonly string[];
  readonly result: string;
  /** Canonical types of the overloads, which are what callers see. */
  readonly overloads: readonly (readonly string[])[];
}

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

/** `my-app/src/users`: the package's name, and the file's path from there without its extension. */
function namespaceOf(
  { packageName, relative }: Pick<ProjectFile, "packageName" | "relative">,
  configured: string | undefined,
): string {
  const module = relative.replaceAll("\\", "/").replace(/\.(?:[cm]?[jt]sx?|vue|svelte)$/, "");
  const name = configured ?? packageName;
  return name === "" ? module : `${name}/${module}`;
}

/** Eight hexadecimal digits that change when the function, its types, or its key do, and else never. */
export function versionOf(
  fn: MarkedFunction,
  { parts, slots, types, result, overloads }: VersionInput,
): string {
  const schema = parts.map(({ name, fields, as }) => [name, fields ?? [], as ?? ""]);
  const shown = overloads.length > 0 ? [overloads] : [];
  const text = JSON.stringify([schema, slots, types, result, codeTokens(fn), ...shown]);
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** The tokens that run: types, comments, layout, the function's name and its decorators left out. */
function codeTokens(fn: MarkedFunction): readonly (readonly string[])[] {
  const async = fn.modifiers?.some((modifier) => modifier.getText() === "async") === true;
  const parameters = realParameters(fn).map((parameter) => tokensOf(parameter, { types: false }));
  const body = fn.body ? tokensOf(fn.body, { types: false }) : [];
  return [[async ? "async" : ""], ...parameters, body];
}
