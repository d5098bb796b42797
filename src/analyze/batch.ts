/** Analyzes a batch function (`multi`): the form of its results, and where its ids are. */
import { ts } from "ts-morph";
import type { BatchForm, BatchSpec, KeyPart } from "../../runtime/contract/spec.ts";
import { widthOf } from "../../runtime/contract/spec.ts";
import { type Problem, problem } from "../diagnostics/catalogue.ts";
import type { FunctionOptions } from "../options/function.ts";
import type { FunctionText } from "../site.ts";
import type { MarkedFunction } from "../syntax/nodes.ts";
import { realParameters, spanOf } from "../syntax/nodes.ts";
import { valueKindOf } from "./types/kinds.ts";
import { libName } from "./types/origin.ts";
import type { Types } from "./types/types.ts";

/** The form of the results of a batch function, and the type of the result of one id, if that is known. */
export interface BatchResult {
  readonly form: BatchForm;
  readonly value: ts.Type | undefined;
}

/** Returns the form of an awaited result; undefined for any type that is neither a list, nor a `Map`, nor an object. */
export function batchResultOf(type: ts.Type, types: Types): BatchResult | undefined {
  const { checker, program } = types;
  const whole = checker.getBaseConstraintOfType(type) ?? type;
  const list = checker.isArrayType(whole) || checker.isTupleType(whole);
  if (list) return { form: "list", value: checker.getIndexTypeOfType(whole, ts.IndexKind.Number) };
  if (/^(?:Readonly)?Map$/.test(libName(whole, program) ?? ""))
    return { form: "map", value: checker.getTypeArguments(whole as ts.TypeReference)[1] };
  if ((whole.flags & ts.TypeFlags.Object) === 0 || valueKindOf(whole, types)) return undefined;
  return {
    form: "record",
    value:
      checker.getIndexTypeOfType(whole, ts.IndexKind.String) ??
      checker.getIndexTypeOfType(whole, ts.IndexKind.Number),
  };
}

/** Returns what the runtime needs to know of a batch function. */
export function batchSpec(
  { multi }: FunctionOptions,
  form: BatchForm | undefined,
  {
    fn,
    parts,
    text,
  }: {
    readonly fn: MarkedFunction;
    readonly parts: readonly KeyPart[];
    readonly text: FunctionText;
  },
): BatchSpec | undefined {
  if (multi === undefined) return undefined;
  const before = parts.slice(
    0,
    parts.findIndex(({ name }) => name === multi),
  );
  const count = (width: (part: KeyPart) => number): number =>
    before.reduce((sum, part) => sum + width(part), 0);
  const slot = count(widthOf);
  const unshaped = count(({ fields }) => fields?.length ?? 1);
  const input = text.args.findIndex(({ name }) => name === multi);
  const at = realParameters(fn).findIndex(({ name }) => ts.isIdentifier(name) && name.text === multi);
  return {
    name: multi,
    slot,
    ...(unshaped === slot ? {} : { unshaped }),
    input,
    arg: text.given ? at : input,
    ...(form && { form }),
  };
}

/** Reports ids that the body does not read: the function would run for those that are missing with all of them. */
export const unreadIds = (
  fn: MarkedFunction,
  { multi, spans }: FunctionOptions,
  text: FunctionText,
): readonly Problem[] =>
  multi === undefined || text.args.some(({ name }) => name === multi)
    ? []
    : [problem("multi-parameter", spans.get("multi")?.value ?? spanOf(fn), { name: multi, fault: "unread" })];
