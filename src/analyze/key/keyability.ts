/**
 * Checks whether the values of a type have a key, or can be stored, path by path.
 *
 * Three verdicts are reported: a type that cannot have a key at some path, a type that proves nothing, and a
 * type that could not be resolved. All other values go to the generic encoder, which decides at run time.
 */
import { ts } from "ts-morph";
import { keyMethodOf, valueKindOf } from "../types/kinds.ts";
import { BYTE_TYPES, isUnresolved, typeArguments } from "../types/origin.ts";
import { propertyName } from "../types/type-shape.ts";

/** A fault of the type at one path. */
export interface Verdict {
  readonly kind: "unkeyable" | "unproved" | "unresolved";
  /** For example `opts.filter.test` or `ids[]`. */
  readonly path: string;
  readonly type: ts.Type;
  /** For messages: "a function", "an instance of a class". */
  readonly why?: string;
  /** It is a class of the project, so a `[cacheKey]()` method can be added to it. */
  readonly own?: boolean;
  /** Where the property at the end of the path is declared. */
  readonly declaration?: ts.Node | undefined;
}

export interface Keyability {
  /** At most one for each path; those closest to the parameter come first. */
  readonly verdicts: readonly Verdict[];
}

/** The use of the values. A store cannot recreate an instance of a class, even if the class has a key. */
export type Purpose = "key" | "result";

/** Deeper or further types are not checked; the runtime decides by the value. */
const MAX_CHECK_DEPTH = 12;
const MAX_CHECKED_TYPES = 2000;

/** Checks a type and all types reachable from it; `path` is the name of the parameter. */
export function checkKeyable(
  type: ts.Type,
  path: string,
  program: ts.Program,
  { purpose = "key" }: { readonly purpose?: Purpose } = {},
): Keyability {
  const verdicts: Verdict[] = [];
  const seen = new Set<ts.Type>();
  const reported = new Set<unknown>();
  // Breadth first, so that the faults closest to the parameter come first.
  let level: readonly TypeAtPath[] = [{ type, path }];
  for (let depth = 0; depth < MAX_CHECK_DEPTH && level.length > 0 && seen.size < MAX_CHECKED_TYPES; depth++) {
    const next: TypeAtPath[] = [];
    for (const step of level) {
      if (seen.has(step.type)) continue;
      const checked = checkStep(step, program, purpose);
      if ("kind" in checked) {
        // A recursive type has the same property at every level; it is reported once.
        const origin = step.declaration ?? step.path;
        if (!reported.has(origin) && !reported.has(step.path)) verdicts.push({ ...step, ...checked });
        reported.add(origin).add(step.path);
      } else {
        seen.add(step.type);
        next.push(...checked);
      }
    }
    level = next;
  }
  return { verdicts };
}

interface TypeAtPath {
  readonly type: ts.Type;
  readonly path: string;
  readonly declaration?: ts.Node | undefined;
}

type Fault = Pick<Verdict, "kind" | "why" | "own"> & Partial<Pick<Verdict, "type">>;

/** Flags of types whose values are primitive. */
export const PRIMITIVE_FLAGS: number =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null;

/** Returns the fault of one type, or the types to check next. */
function checkStep(step: TypeAtPath, program: ts.Program, purpose: Purpose): Fault | readonly TypeAtPath[] {
  const { type, path, declaration } = step;
  const { flags } = type;
  const atSamePath = (types: readonly ts.Type[]): readonly TypeAtPath[] =>
    types.map((member) => ({ type: member, path, declaration }));

  if (isUnresolved(type)) return { kind: "unresolved" };
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive))
    return { kind: "unproved" };
  if (flags & ts.TypeFlags.ESSymbolLike) return { kind: "unkeyable", why: "a symbol" };
  if (type.isUnion()) return checkUnion(type, step, program, purpose);
  // Template literal types, `keyof` and the like are primitive, whatever they resolve to.
  if (flags & ts.TypeFlags.InstantiablePrimitive) return [];
  if (flags & ts.TypeFlags.Instantiable) {
    const constraint = program.getTypeChecker().getBaseConstraintOfType(type);
    return constraint && constraint !== type ? atSamePath([constraint]) : { kind: "unproved" };
  }
  if (type.isIntersection() && type.types.some((member) => (member.flags & PRIMITIVE_FLAGS) !== 0)) return [];
  if ((flags & ts.TypeFlags.Object) === 0 && !type.isIntersection()) return [];
  return checkObject(step, program, purpose);
}

/** Returns at most one fault of a union: a member without a key is reported before one that proves nothing. */
function checkUnion(
  { types }: ts.UnionType,
  { path, declaration }: TypeAtPath,
  program: ts.Program,
  purpose: Purpose,
): Fault | readonly TypeAtPath[] {
  const faults: Fault[] = [];
  const steps: TypeAtPath[] = [];
  for (const type of types) {
    const checked = checkStep({ type, path, declaration }, program, purpose);
    if ("kind" in checked) faults.push({ type, ...checked });
    else steps.push(...checked);
  }
  const certain = faults.filter(({ kind }) => kind !== "unproved");
  return firstFault(certain, program) ?? firstFault(faults, program) ?? steps;
}

/**
 * Returns the first fault by type text. The order of a union's members depends on what the checker saw first.
 */
function firstFault(faults: readonly Fault[], program: ts.Program): Fault | undefined {
  if (faults.length < 2) return faults[0];
  const typeName = ({ type }: Fault): string => (type ? program.getTypeChecker().typeToString(type) : "");
  return [...faults].sort((one, other) => (typeName(one) < typeName(other) ? -1 : 1))[0];
}

function checkObject(step: TypeAtPath, program: ts.Program, purpose: Purpose): Fault | readonly TypeAtPath[] {
  const { type, path, declaration } = step;
  const checker = program.getTypeChecker();
  if (checker.isTupleType(type)) {
    const elements = checker.getTypeArguments(type as ts.TypeReference);
    return elements.map((element, index) => ({ type: element, path: `${path}[${index}]`, declaration }));
  }
  const method = purpose === "key" ? keyMethodOf(type, program) : undefined;
  if (method) return keyMethodSteps(method, step, checker);
  const kind = valueKindOf(type, program);
  if (kind?.kind === "keyable") {
    const others = (kind.others ?? []).flatMap((other) => propertySteps({ ...step, type: other }, checker));
    return [
      ...typeArgumentSteps(kind.name, { ...step, type: kind.type }, checker),
      ...others.filter((other) => !isBrand(other)),
    ];
  }
  if (kind) return kind;

  const steps = propertySteps(step, checker);
  for (const index of checker.getIndexInfosOfType(type)) {
    steps.push({ type: index.type, path: `${path}[]`, declaration: index.declaration });
  }
  return steps.length === 0 ? { kind: "unproved" } : steps;
}

function propertySteps({ type, path }: TypeAtPath, checker: ts.TypeChecker): TypeAtPath[] {
  return (
    checker
      .getPropertiesOfType(type)
      // Symbol properties brand types; the values need not have them.
      .filter((property) => !propertyName(property).startsWith("["))
      .map((property) => ({
        type: checker.getTypeOfSymbol(property),
        path: joinPath(path, propertyName(property)),
        declaration: property.valueDeclaration,
      }))
  );
}

/** Tells whether a property exists for the checker only: `__brand`, or one whose type is a symbol. */
function isBrand({ type, path }: TypeAtPath): boolean {
  return /\._\w*$/.test(path) || (type.flags & ts.TypeFlags.ESSymbolLike) !== 0;
}

/** Returns the result types of `[cacheKey]()`, since its result is the key. */
function keyMethodSteps(
  method: ts.Symbol,
  { path, declaration }: TypeAtPath,
  checker: ts.TypeChecker,
): readonly TypeAtPath[] {
  const signatures = checker.getSignaturesOfType(checker.getTypeOfSymbol(method), ts.SignatureKind.Call);
  return signatures.map((signature) => ({
    type: checker.getReturnTypeOfSignature(signature),
    path: `${path}[cacheKey]()`,
    declaration,
  }));
}

function typeArgumentSteps(
  name: string,
  { type, path, declaration }: TypeAtPath,
  checker: ts.TypeChecker,
): readonly TypeAtPath[] {
  if (BYTE_TYPES.has(name)) return [];
  const isDerived = type.getSymbol()?.name !== name;
  const args = isDerived ? inheritedArguments(type, checker) : typeArguments(type, checker);
  const places = args.length === 2 ? ["[key]", "[value]"] : ["[]"];
  return args.map((arg, index) => ({ type: arg, path: `${path}${places[index] ?? ""}`, declaration }));
}

/** Returns the type arguments of an interface that extends an array, map or set, as its members show them. */
function inheritedArguments(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  if (item) return [item];
  const [signature] = signaturesOf(checker.getPropertyOfType(type, "forEach"), checker);
  const callback = signature?.parameters[0];
  const [given] = signaturesOf(callback, checker);
  const [value, key] = (given?.parameters ?? []).map((parameter) => checker.getTypeOfSymbol(parameter));
  if (!value || !key) return [];
  return checker.getPropertyOfType(type, "get") ? [key, value] : [value];
}

function signaturesOf(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): readonly ts.Signature[] {
  return symbol ? checker.getSignaturesOfType(checker.getTypeOfSymbol(symbol), ts.SignatureKind.Call) : [];
}

function joinPath(path: string, property: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(property)
    ? `${path}.${property}`
    : `${path}[${JSON.stringify(property)}]`;
}
