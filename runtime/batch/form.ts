/** The forms in which a batch function returns the results of its ids. */
import { CacheError } from "../contract/errors.ts";
import type { BatchForm } from "../contract/spec.ts";
import { isPlain } from "../key/plain.ts";

/** The form of a result; `undefined` for any other value. */
export function formOf(result: unknown): BatchForm | undefined {
  if (Array.isArray(result)) return "list";
  if (result instanceof Map) return "map";
  const isRecord =
    typeof result === "object" &&
    result !== null &&
    (isPlain(result) || Object.getPrototypeOf(result) === null);
  return isRecord ? "record" : undefined;
}

/**
 * The results of ids by their position in the list of ids; `undefined` for an id that was left out.
 *
 * @throws {CacheError} `multi-result` for a value of another form, and for a list of another length.
 */
export function resultsIn(name: string, ids: readonly unknown[], result: unknown): readonly unknown[] {
  const form = formOf(result);
  if (form === "map") return ids.map((id) => (result as ReadonlyMap<unknown, unknown>).get(id));
  if (form === "record") {
    const record = result as Readonly<Record<string, unknown>>;
    return ids.map((id) => (Object.hasOwn(record, String(id)) ? record[String(id)] : undefined));
  }
  const list = result as readonly unknown[];
  if (form === "list" && list.length === ids.length) return list;
  const what =
    form === "list"
      ? `${list.length} ${list.length === 1 ? "result" : "results"} for ${ids.length} ${ids.length === 1 ? "id" : "ids"}`
      : "neither a list, nor a Map, nor an object";
  throw new CacheError(
    "multi-result",
    `${name} returned ${what}; return one result for each id, in the order of the ids, or a Map or an object by id.`,
  );
}

/** The ids of a call as they were given, and each once. */
export interface ListedIds {
  readonly all: readonly unknown[];
  readonly ids: readonly unknown[];
}

/**
 * The result of a call in a form, from the results by the position of their ids. Ids whose result is `undefined` are left
 * out of a `Map` and of an object.
 */
export function assemble(form: BatchForm, { all, ids }: ListedIds, results: readonly unknown[]): unknown {
  if (form === "list") {
    if (all.length === ids.length) return results;
    const positions = new Map(ids.map((id, at) => [id, at]));
    return all.map((id) => results[positions.get(id)!]);
  }
  const found = ids.map((id, at) => [id, results[at]] as const).filter(([, value]) => value !== undefined);
  if (form === "map") return new Map(found);
  return Object.fromEntries(found.map(([id, value]) => [String(id), value]));
}
