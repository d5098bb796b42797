/**
 * Whether the values of a type have a key, path by path.
 *
 * Only what is certain is said: a type that is certain to have no key at some path, one that proves nothing,
 * one that could not be resolved. All else goes to the generic encoder, which decides by the value.
 */
import { ts } from "ts-morph";
import { BYTES, isUnresolved, libName, originOf, typeArguments } from "./analyze/origin.ts";
import { propertyName } from "./analyze/type-shape.ts";

/** What is to be said about a type at one path. */
export interface Verdict {
  readonly kind: "unkeyable" | "unproved" | "unresolved";
  /** `opts.filter.test`, `ids[]`. */
  readonly path: string;
  readonly type: ts.Type;
  /** A clause: "a function", "an instance of a class". */
  readonly why?: string;
  /** Where the property at the end of the path is declared. */
  readonly declaration?: ts.Node | undefined;
}

export interface Plan {
  readonly verdicts: readonly Verdict[];
}

/** Types whose parts were not looked at are taken on trust; the run time decides. */
const MAX_DEPTH = 12;
const MAX_TYPES = 2000;

/** Plans how the values of a type become a key; `path` is the name of the parameter. */
export function planType(type: ts.Type, path: string, program: ts.Program): Plan {
  const verdicts: Verdict[] = [];
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Type>();
  // Breadth first: of several faults the one nearest to the parameter comes first.
  let level: readonly Step[] = [{ type, path }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0 && seen.size < MAX_TYPES; depth++) {
    const next: Step[] = [];
    for (const step of level) {
      if (seen.has(step.type)) continue;
      const judged = judge(step, checker, program);
      if ("kind" in judged) verdicts.push({ ...step, ...judged });
      else {
        seen.add(step.type);
        next.push(...judged);
      }
    }
    level = next;
  }
  return { verdicts };
}

interface Step {
  readonly type: ts.Type;
  readonly path: string;
  readonly declaration?: ts.Node | undefined;
}

type Fault = Pick<Verdict, "kind" | "why">;

/** Keyable types of the language; their type arguments are looked at. */
const KEYABLE: ReadonlySet<string> = new Set([
  ...BYTES,
  "Array",
  "Date",
  "Map",
  "ReadonlyArray",
  "ReadonlyMap",
  "ReadonlySet",
  "RegExp",
  "Set",
  "URL",
]);

const PRIMITIVE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null;

/** What is to be said about one type, or where to look next. */
function judge(step: Step, checker: ts.TypeChecker, program: ts.Program): Fault | readonly Step[] {
  const { type, path, declaration } = step;
  const { flags } = type;
  const same = (types: readonly ts.Type[]): readonly Step[] =>
    types.map((member) => ({ type: member, path, declaration }));

  if (isUnresolved(type)) return { kind: "unresolved" };
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive))
    return { kind: "unproved" };
  if (flags & ts.TypeFlags.ESSymbolLike) return { kind: "unkeyable", why: "a symbol" };
  if (type.isUnion()) return same(type.types);
  // Texts of templates and names of properties, whatever they are in the end, are primitive.
  if (flags & ts.TypeFlags.InstantiablePrimitive) return [];
  if (flags & ts.TypeFlags.Instantiable) {
    const bound = checker.getBaseConstraintOfType(type);
    return bound && bound !== type ? same([bound]) : { kind: "unproved" };
  }
  if (type.isIntersection() && type.types.some((member) => (member.flags & PRIMITIVE) !== 0)) return [];
  if ((flags & ts.TypeFlags.Object) === 0 && !type.isIntersection()) return [];
  return judgeObject(step, checker, program);
}

function judgeObject(step: Step, checker: ts.TypeChecker, program: ts.Program): Fault | readonly Step[] {
  const { type, path, declaration } = step;
  if (isFunction(type, checker)) return { kind: "unkeyable", why: "a function" };
  if (checker.isTupleType(type)) {
    const elements = checker.getTypeArguments(type as ts.TypeReference);
    return elements.map((element, index) => ({ type: element, path: `${path}[${index}]`, declaration }));
  }
  const properties = checker.getPropertiesOfType(type);
  const cacheKey = properties.find((property) => propertyName(property) === "[cacheKey]");
  if (cacheKey) return keyMethod(cacheKey, step, checker);
  const lib = libName(type, program);
  if (lib !== undefined && KEYABLE.has(lib)) return argumentSteps(lib, step, checker);
  if (lib === "Function") return { kind: "unkeyable", why: "a function" };
  if (lib === "Object" || isAnything(type, properties, checker)) return { kind: "unproved" };
  if (isInstance(type, program)) return { kind: "unkeyable", why: instanceOf(type) };

  const steps: Step[] = [];
  for (const property of properties) {
    // Symbols are how types are branded; no value need have them.
    if (propertyName(property).startsWith("[")) continue;
    const inner = checker.getTypeOfSymbol(property);
    steps.push({
      type: inner,
      path: join(path, propertyName(property)),
      declaration: property.valueDeclaration,
    });
  }
  for (const index of checker.getIndexInfosOfType(type)) {
    steps.push({ type: index.type, path: `${path}[]`, declaration: index.declaration });
  }
  return steps;
}

function isFunction(type: ts.Type, checker: ts.TypeChecker): boolean {
  return (
    checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0 ||
    checker.getSignaturesOfType(type, ts.SignatureKind.Construct).length > 0
  );
}

/** `{}` takes every value but `null` and `undefined`; an interface of no properties as well. */
function isAnything(type: ts.Type, properties: readonly ts.Symbol[], checker: ts.TypeChecker): boolean {
  const mapped = ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
  const empty = properties.length + checker.getIndexInfosOfType(type).length === 0;
  return empty && (mapped || !type.symbol || (type.symbol.flags & ts.SymbolFlags.Class) === 0);
}

/** A class, or an interface of the language that a class of the same name makes (`WeakMap`, `Promise`). */
function isInstance(type: ts.Type, program: ts.Program): boolean {
  if (type.isIntersection()) return type.types.some((member) => isInstance(member, program));
  const { symbol } = type;
  if (!symbol) return false;
  if (symbol.flags & ts.SymbolFlags.Class) return true;
  if (symbol.name === "PromiseLike" && originOf(symbol, program) === "lib") return true;
  return (symbol.flags & ts.SymbolFlags.Value) !== 0 && libName(type, program) !== undefined;
}

function instanceOf(type: ts.Type): string {
  const name = type.symbol?.name;
  return name && name !== "__class" && name !== "default"
    ? `an instance of \`${name}\``
    : "an instance of a class";
}

/** What `[cacheKey]()` returns is what makes the key. */
function keyMethod(method: ts.Symbol, { path, declaration }: Step, checker: ts.TypeChecker): readonly Step[] {
  const signatures = checker.getSignaturesOfType(checker.getTypeOfSymbol(method), ts.SignatureKind.Call);
  return signatures.map((signature) => ({
    type: checker.getReturnTypeOfSignature(signature),
    path: `${path}[cacheKey]()`,
    declaration,
  }));
}

function argumentSteps(
  name: string,
  { type, path, declaration }: Step,
  checker: ts.TypeChecker,
): readonly Step[] {
  if (BYTES.has(name)) return [];
  const args = typeArguments(type, checker);
  const places = args.length === 2 ? ["[key]", "[value]"] : ["[]"];
  return args.map((arg, index) => ({ type: arg, path: `${path}${places[index] ?? ""}`, declaration }));
}

function join(path: string, property: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(property)
    ? `${path}.${property}`
    : `${path}[${JSON.stringify(property)}]`;
}
