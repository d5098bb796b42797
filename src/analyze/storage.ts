/** Whether a store can give the result back; asked where there may be one: a backend or serializer is named. */
import { ts } from "ts-morph";
import type { Mode } from "../../runtime/contract/spec.ts";
import type { Problem } from "../diagnostics/catalogue.ts";
import { problem } from "../diagnostics/catalogue.ts";
import type { Mark } from "../find/mark.ts";
import type { FunctionOptions } from "../options/function.ts";
import { spanOf } from "../syntax/nodes.ts";
import type { Verdict } from "./key/keyability.ts";
import { checkKeyable } from "./key/keyability.ts";
import type { Types } from "./types/types.ts";

export interface ResultToStore {
  readonly mark: Mark;
  readonly options: FunctionOptions;
  readonly mode: Mode;
  /** The canonical type, where no checker is needed to know it; then it can be stored. */
  readonly plain: string | undefined;
  /** Of what the function gives, before it is awaited. */
  readonly type: () => ts.Type;
}

/** Serializers of this package; any other is the user's own, and may know what to do with a class. */
const BUILT_IN_SERIALIZERS: readonly unknown[] = ["json", "msgpack", "v8", "string"];

/** Says what of a result no store can give back, or what does not prove that it can. */
export function storageProblems(result: ResultToStore, types: Types): readonly Problem[] {
  const by = storingOption(result);
  if (by === undefined) return [];
  const { serializer } = result.options.site;
  const isOwn =
    result.options.dynamic.includes("serializer") ||
    (serializer && !BUILT_IN_SERIALIZERS.includes(serializer));
  const verdicts = resultVerdicts(result, types);
  const error = verdicts.find(({ kind, why }) => kind === "unkeyable" && !(isOwn && why !== "a function"));
  const span = result.mark.fn.type ? spanOf(result.mark.fn.type) : result.mark.name;
  if (error) {
    const { path, type } = error;
    return [problem("result-unstorable", span, { path, type: types.display(type), by })];
  }
  // An own serializer is proof enough; and a type that could not be resolved proves nothing.
  const doubt = isOwn ? undefined : verdicts.find(({ kind }) => kind !== "unkeyable");
  return doubt
    ? [problem("result-unproved", span, { path: doubt.path, type: types.display(doubt.type) })]
    : [];
}

/** The option that may put results where only their text or bytes can go. */
function storingOption({ options: { site, dynamic }, mode }: ResultToStore): string | undefined {
  if (site.serializer === "none") return undefined;
  if (site.serializer !== undefined) return `\`serializer=${site.serializer}\``;
  if (dynamic.includes("serializer")) return "`serializer`";
  // A sync function keeps its results in memory whatever its backend is called.
  if (mode === "sync") return undefined;
  if (site.backend !== undefined) return `\`backend=${site.backend}\``;
  return undefined;
}

function resultVerdicts({ plain, options, type }: ResultToStore, types: Types): readonly Verdict[] {
  const onlyText = options.site.serializer === "string";
  // A promise of plain values is fine, one inside of a value is not.
  if (plain !== undefined && !onlyText && plain.lastIndexOf("Promise<") < 1) return [];
  const { checker, program } = types;
  const given = type();
  const results = (given.isUnion() ? given.types : [given]).map(
    (member) => checker.getAwaitedType(member) ?? member,
  );
  if (onlyText && !results.some((result) => mayBeString(result, checker))) {
    return [{ kind: "unkeyable", path: "", type: results[0]! }];
  }
  return results.flatMap((result) => {
    const { verdicts } = checkKeyable(result, "result", program, { purpose: "result" });
    return verdicts.map((verdict) => ({ ...verdict, path: verdict.path === "result" ? "" : verdict.path }));
  });
}

function mayBeString(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnion()) return type.types.some((member) => mayBeString(member, checker));
  const bound = checker.getBaseConstraintOfType(type) ?? type;
  const { Any, Unknown, StringLike } = ts.TypeFlags;
  if (bound.isIntersection()) return bound.types.some((member) => mayBeString(member, checker));
  return (bound.flags & (Any | Unknown | StringLike)) !== 0;
}
