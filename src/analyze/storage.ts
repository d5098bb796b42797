/**
 * Checks whether the result can be given to a second caller and, for functions whose options name a backend or
 * serializer, whether a store can return it.
 */
import { ts } from "ts-morph";
import type { Mode } from "../../runtime/contract/spec.ts";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { NamedFunction } from "../find/mark.ts";
import type { FunctionOptions } from "../options/function.ts";
import { spanOf } from "../syntax/nodes.ts";
import type { Verdict } from "./key/keyability.ts";
import { checkKeyable } from "./key/keyability.ts";
import { readOncePart, thenablePart, type Unshareable } from "./shareable.ts";
import type { Types } from "./types/types.ts";

export interface ResultToStore {
  readonly mark: NamedFunction;
  readonly options: FunctionOptions;
  readonly mode: Mode;
  /** The type gives a promise for some arguments, and for others a value at once. */
  readonly mixed: boolean;
  /** The canonical type, if it is known without the checker. */
  readonly plain: string | undefined;
  /** Returns the function's return type, before it is awaited. */
  readonly type: () => ts.Type;
}

/** Serializers of this package. Any other is the user's own and may be able to serialize a class. */
const BUILT_IN_SERIALIZERS: readonly unknown[] = ["json", "msgpack", "v8", "string"];

/** Reports why a result cannot be kept, or the part of its type that does not prove that it can. */
export function storageProblems(result: ResultToStore, types: Types): readonly Problem[] {
  const span = result.mark.fn.type ? spanOf(result.mark.fn.type) : result.mark.name;
  const { mode, mixed, plain, type } = result;
  const by = storingOption(result);
  const thenable = plain === undefined && mode !== "async" ? thenablePart(type(), types) : undefined;
  if (thenable?.always) return [problem("result-thenable", span, { type: types.display(type()) })];
  const once = plain === undefined ? readOncePart(type(), types) : undefined;
  if (once?.always)
    return [problem("result-once", span, { path: pathOf(once), type: types.display(once.type) })];
  const verdict = by === undefined ? undefined : storeVerdict(result, types);
  if (verdict?.kind === "unkeyable") {
    const details = { path: verdict.path, type: types.display(verdict.type), by: by! };
    // JSON has no form for any class.
    const entry = by === "`serializer=json`" ? undefined : types.classes.offerFor(verdict.type);
    return [problem("result-unstorable", span, { ...details, entry, shareable: !once && !thenable })];
  }
  if (by !== undefined && mixed) return [problem("result-mixed", span, { type: types.display(type()), by })];
  const unproved = verdict ?? thenable ?? (once && { path: pathOf(once), type: once.type });
  return unproved
    ? [problem("result-unproved", span, { path: unproved.path, type: types.display(unproved.type) })]
    : [];
}

const pathOf = ({ path }: Unshareable): string => (path === "" ? "" : `result${path}`);

/** Returns the part of a result that a store cannot return, or the one whose type does not prove that it can. */
function storeVerdict(result: ResultToStore, types: Types): Verdict | undefined {
  const { serializer } = result.options.site;
  const isCustom =
    result.options.dynamic.includes("serializer") ||
    (serializer && !BUILT_IN_SERIALIZERS.includes(serializer));
  const verdicts = resultVerdicts(result, types);
  const error = verdicts.find(({ kind, why }) => kind === "unkeyable" && !(isCustom && why !== "a function"));
  // With a custom serializer nothing needs to be proved. A type that could not be resolved proves nothing.
  return error ?? (isCustom ? undefined : verdicts.find(({ kind }) => kind !== "unkeyable"));
}

/** Tells whether the type of a result proves that it is plain data. */
export function isPlainData(result: ResultToStore, types: Types): boolean {
  return resultVerdicts(result, types).length === 0;
}

/** Returns the option because of which results are serialized; undefined if they stay in memory as they are. */
function storingOption({
  options: { site, dynamic, identity, spans },
  mode,
}: ResultToStore): string | undefined {
  if (site.serializer === "none") return undefined;
  // A default of the project has no effect on results that stay in memory.
  const isNamed = spans.has("serializer") || (site.backend !== undefined && mode !== "sync");
  if (site.serializer !== undefined && isNamed) return `\`serializer=${site.serializer}\``;
  if (dynamic.includes("serializer")) return "`serializer`";
  // A sync function uses memory only, whatever backend is named, and so does one with `identity`.
  if (mode === "sync" || identity !== undefined) return undefined;
  if (site.backend !== undefined) return `\`backend=${site.backend}\``;
  return undefined;
}

function resultVerdicts({ plain, options, type }: ResultToStore, types: Types): readonly Verdict[] {
  const onlyText = options.site.serializer === "string";
  // A promise of plain values can be stored, a promise inside a value cannot.
  if (plain !== undefined && !onlyText && plain.lastIndexOf("Promise<") < 1) return [];
  const { checker } = types;
  const returned = type();
  const results = (returned.isUnion() ? returned.types : [returned]).map(
    (member) => checker.getAwaitedType(member) ?? member,
  );
  if (onlyText && !results.some((result) => mayBeString(result, checker))) {
    return [{ kind: "unkeyable", path: "", type: results[0]! }];
  }
  return results.flatMap((result) => {
    const { verdicts } = checkKeyable(result, "result", types, { purpose: "result" });
    return verdicts.map((verdict) => ({ ...verdict, path: verdict.path === "result" ? "" : verdict.path }));
  });
}

function mayBeString(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnion()) return type.types.some((member) => mayBeString(member, checker));
  const constraint = checker.getBaseConstraintOfType(type) ?? type;
  const { Any, Unknown, StringLike } = ts.TypeFlags;
  if (constraint.isIntersection()) return constraint.types.some((member) => mayBeString(member, checker));
  return (constraint.flags & (Any | Unknown | StringLike)) !== 0;
}
