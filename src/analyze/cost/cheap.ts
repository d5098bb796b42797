/** Warns of a function that costs less than looking its result up. */
import type { Problem } from "../../diagnostics/catalogue.ts";
import { problem } from "../../diagnostics/catalogue.ts";
import type { MarkForm, Span } from "../../site.ts";
import type { MarkedFunction } from "../../syntax/nodes.ts";
import { boundNames } from "../../syntax/nodes.ts";
import type { Binding, Scopes } from "../../syntax/scope.ts";
import { IDENTITY_TYPE, withoutObjects } from "../key/by-identity.ts";
import { isPrimitiveResult } from "../key/shape.ts";
import { CostEstimate } from "./estimate.ts";
import { Kinds } from "./kinds.ts";

/** What is known about a function when its key and its result have been analyzed. */
export interface CostInput {
  readonly form: MarkForm;
  /** The place of the problem. */
  readonly at: Span;
  /** The names of the declarations that hold the function, outermost first. */
  readonly path: readonly string[];
  /** The inputs of the key and their canonical types, in the same order. */
  readonly slots: readonly string[];
  readonly types: readonly string[];
  /** The canonical type of the result. */
  readonly result: string;
  /** Returns the value of `identity` for those parameters whose objects cannot change, if it leads to no other problem. */
  readonly identityFor?: (names: readonly string[]) => string | undefined;
}

/**
 * Reports a function whose estimated cost is lower than that of a hit in memory. Not reported are a function that makes
 * an object, since its callers may rely on being given the same object again, and one that does nothing, since it
 * stands for code that is not written yet.
 */
export function costProblems(fn: MarkedFunction, input: CostInput, scopes: Scopes): readonly Problem[] {
  const { form, at, path, types, result } = input;
  if (!isPrimitiveResult(result)) return [];
  const cost = costOf(fn, input, scopes);
  if (cost === 0 || cost > hitCost(types)) return [];
  const name = path.length > 0 ? path.join(".") : undefined;
  return [problem("cheap", at, { name, form, identity: identityOffer(fn, input, scopes) })];
}

function costOf(fn: MarkedFunction, { slots, types }: CostInput, scopes: Scopes): number {
  const parameters = new Map<Binding, string>();
  for (const identifier of fn.parameters.flatMap((parameter) => boundNames(parameter.name))) {
    const type = types[slots.indexOf(identifier.text)];
    const binding = scopes.resolve(identifier);
    if (binding && type !== undefined && type === withoutObjects(type)) parameters.set(binding, type);
  }
  return new CostEstimate(scopes, new Kinds(scopes, parameters)).ofFunction(fn);
}

/** Returns the value of `identity` with which the function pays: what its hits cost are the keys of objects. */
function identityOffer(fn: MarkedFunction, input: CostInput, scopes: Scopes): string | undefined {
  const { slots, types, identityFor } = input;
  const isLarge = (type: string): boolean => keyCost(type) >= OBJECT_KEY_COST && !type.startsWith("Date");
  const names = slots.filter((_, index) => isLarge(types[index]!));
  const identity = names.length > 0 ? identityFor?.(names) : undefined;
  const chosen = identity?.split(",") ?? [];
  const changed = types.map((type, index) => (chosen.includes(slots[index]!) ? IDENTITY_TYPE : type));
  const costs = [costOf(fn, input, scopes), costOf(fn, { ...input, types: changed }, scopes)];
  return costs.every((cost) => cost > hitCost(changed)) ? identity : undefined;
}

/** What a hit in memory costs at least, in the nanoseconds of `built-ins.ts`. */
const HIT_COST = 10;
const PRIMITIVE_KEY_COST = 10;
/** A text that was just made is hashed first. */
const TEXT_KEY_COST = 50;
/** A flat object is taken apart. */
const OBJECT_KEY_COST = 80;
/** Lists and other objects are hashed. */
const HASHED_KEY_COST = 250;

function hitCost(types: readonly string[]): number {
  return types.reduce((cost, type) => cost + keyCost(type), HIT_COST);
}

function keyCost(all: string): number {
  const type = withoutObjects(all);
  if (/^string(?:\||$)|\|string(?:\||$)/.test(type)) return TEXT_KEY_COST;
  if (/^(?:\[|(?:Array|Date|Map|Set)\b)/.test(type)) return HASHED_KEY_COST;
  return /^[{#]/.test(type) ? OBJECT_KEY_COST : PRIMITIVE_KEY_COST;
}
