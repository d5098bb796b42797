/**
 * Checks whether the values of a type have a key, or can be stored, path by path.
 *
 * Three verdicts are reported: a type that cannot have a key at some path, a type that proves nothing, and a
 * type that could not be resolved. All other values go to the generic encoder, which decides at run time.
 */
import { ts } from "ts-morph";
import { elementTypes, libOwnerOf } from "../types/built-ins.ts";
import type { KeyableKind, KindContext } from "../types/kinds.ts";
import { keyMethodOf, valueKindOf } from "../types/kinds.ts";
import { isUnresolved } from "../types/origin.ts";
import { propertiesOf, propertyName } from "../types/type-shape.ts";

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
  /** The type is a union, of which these members have no key and others have one. */
  readonly without?: readonly ts.Type[];
  /** Where the property at the end of the path is declared. */
  readonly declaration?: ts.Node | undefined;
  /** The path ends at an element of an array, a `Map` or the like, not at a property. */
  readonly isElement?: boolean | undefined;
}

export interface Keyability {
  /** At most one for each path; those closest to the parameter come first. */
  readonly verdicts: readonly Verdict[];
}

/** The use of the values. A store cannot recreate an instance of a class, even if the class has a key. */
export type Purpose = "key" | "result";

export interface KeyabilityOptions {
  readonly purpose?: Purpose;
  /** Paths that are left out of the key. */
  readonly omitted?: ReadonlySet<string>;
}

/** Deeper or further types are not checked; the runtime decides by the value. */
const MAX_CHECK_DEPTH = 12;
const MAX_CHECKED_TYPES = 2000;

/** Checks a type and all types reachable from it; `path` is the name of the parameter. */
export function checkKeyable(
  type: ts.Type,
  path: string,
  context: KindContext,
  options: KeyabilityOptions = {},
): Keyability {
  const check = new KeyabilityCheck(context, options);
  check.run({ type, path, members: [] });
  return { verdicts: check.verdicts() };
}

interface TypeAtPath {
  readonly type: ts.Type;
  readonly path: string;
  readonly declaration?: ts.Node | undefined;
  readonly isElement?: boolean | undefined;
  /** The members of unions that lead here, the outermost first. */
  readonly members: readonly UnionMember[];
}

interface UnionMember {
  readonly type: ts.Type;
  readonly union: UnionAtPath;
}

interface UnionAtPath extends TypeAtPath {
  readonly kind: "union";
  /** Without `null` and `undefined`. */
  readonly values: readonly ts.Type[];
  readonly unkeyable: Set<ts.Type>;
}

type Fault = Pick<Verdict, "kind" | "why" | "own">;

type FaultAtPath = TypeAtPath & Fault;

/** Flags of types whose values are primitive. */
export const PRIMITIVE_FLAGS: number =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null;

class KeyabilityCheck {
  readonly #context: KindContext;
  readonly #purpose: Purpose;
  readonly #omitted: ReadonlySet<string>;
  readonly #seen = new Set<ts.Type>();
  readonly #found: (FaultAtPath | UnionAtPath)[] = [];

  constructor(context: KindContext, { purpose = "key", omitted = new Set() }: KeyabilityOptions) {
    this.#context = context;
    this.#purpose = purpose;
    this.#omitted = omitted;
  }

  /** Visits the types breadth first, so that the faults closest to the parameter come first. */
  run(root: TypeAtPath): void {
    let level: readonly TypeAtPath[] = [root];
    for (let depth = 0; depth < MAX_CHECK_DEPTH && level.length > 0; depth++) {
      level = level.flatMap((step) => (this.#seen.size < MAX_CHECKED_TYPES ? this.#visit(step) : []));
    }
  }

  /** Returns the types to visit next. */
  #visit(step: TypeAtPath): readonly TypeAtPath[] {
    const { type, path } = step;
    if (this.#seen.has(type) || this.#omitted.has(path)) return [];
    const checked = type.isUnion()
      ? this.#visitUnion(type, step)
      : checkStep(step, this.#context, this.#purpose);
    if ("kind" in checked) {
      this.#found.push({ ...step, ...checked });
      return [];
    }
    this.#seen.add(type);
    return checked;
  }

  #visitUnion({ types }: ts.UnionType, step: TypeAtPath): readonly TypeAtPath[] {
    const values = types.filter(({ flags }) => (flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) === 0);
    if (values.length < 2) return values.flatMap((type) => this.#visit({ ...step, type }));
    const union: UnionAtPath = { ...step, kind: "union", values, unkeyable: new Set() };
    const first = this.#found.push(union);
    const next = values.flatMap((type) =>
      this.#visit({ ...step, type, members: [...step.members, { type, union }] }),
    );
    this.#found.push(...this.#sorted(this.#found.splice(first)));
    return next;
  }

  /**
   * Sorts the faults of a union's members: those without a key first, then by text. The order of the members depends
   * on what the checker saw first.
   */
  #sorted<F extends TypeAtPath & { readonly kind: string }>(faults: readonly F[]): readonly F[] {
    if (faults.length < 2) return faults;
    const rank = ({ kind, type }: F): string =>
      `${kind === "unproved" ? 1 : 0}${this.#context.program.getTypeChecker().typeToString(type)}`;
    return [...faults].sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
  }

  /** Returns at most one verdict for each path. */
  verdicts(): readonly Verdict[] {
    this.#markMembers();
    const reported = new Set<unknown>();
    return this.#found.flatMap((found) => {
      const verdict = this.#verdictOf(found);
      if (!verdict) return [];
      // A recursive type has the same property at every level; it is reported once.
      const origin = verdict.declaration ?? verdict.path;
      if (reported.has(origin) || reported.has(verdict.path)) return [];
      reported.add(origin).add(verdict.path);
      return [verdict];
    });
  }

  /** Marks the members of unions that have no key. Inner unions come after the outer ones that lead to them. */
  #markMembers(): void {
    for (const found of [...this.#found].reverse()) {
      const isUnkeyable =
        found.kind === "unkeyable" ||
        (found.kind === "union" && found.unkeyable.size === found.values.length);
      const member = found.members.at(-1);
      if (isUnkeyable && member) member.union.unkeyable.add(member.type);
    }
  }

  #verdictOf(found: FaultAtPath | UnionAtPath): Verdict | undefined {
    if (found.kind === "unresolved") return found;
    // The verdict of the union covers it.
    if (found.members.some(({ type, union }) => this.#isMixed(union) && union.unkeyable.has(type)))
      return undefined;
    if (found.kind !== "union") return found;
    const { type, path, declaration, unkeyable } = found;
    return this.#isMixed(found)
      ? { kind: "unproved", type, path, declaration, without: [...unkeyable] }
      : undefined;
  }

  /** Tells whether some values of a union have a key and others have none, so that the value decides. */
  #isMixed({ values, unkeyable }: UnionAtPath): boolean {
    return this.#purpose === "key" && unkeyable.size > 0 && unkeyable.size < values.length;
  }
}

/** Returns the fault of one type, or the types to check next. */
function checkStep(step: TypeAtPath, context: KindContext, purpose: Purpose): Fault | readonly TypeAtPath[] {
  const { type } = step;
  const { flags } = type;
  if (isUnresolved(type)) return { kind: "unresolved" };
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive))
    return { kind: "unproved" };
  if (flags & ts.TypeFlags.ESSymbolLike) return { kind: "unkeyable", why: "a symbol" };
  // These are texts, whatever they resolve to.
  if (flags & (ts.TypeFlags.TemplateLiteral | ts.TypeFlags.StringMapping)) return [];
  const members = type.isIntersection() ? type.types : [type];
  const some = (wanted: number): boolean => members.some((member) => (member.flags & wanted) !== 0);
  if (some(PRIMITIVE_FLAGS)) return [];
  if (some(ts.TypeFlags.Instantiable)) {
    const constraint = context.program.getTypeChecker().getBaseConstraintOfType(type);
    return constraint && constraint !== type ? [{ ...step, type: constraint }] : { kind: "unproved" };
  }
  return some(ts.TypeFlags.Object) ? checkObject(step, context, purpose) : [];
}

function checkObject(
  step: TypeAtPath,
  context: KindContext,
  purpose: Purpose,
): Fault | readonly TypeAtPath[] {
  const { type, path } = step;
  const { program } = context;
  const checker = program.getTypeChecker();
  const method = purpose === "key" ? keyMethodOf(type, program) : undefined;
  if (method) return keyMethodSteps(method, step, checker);
  const kind = valueKindOf(type, context);
  if (kind?.kind === "keyable") return keyableSteps(kind, step, program);
  if (kind) return kind;

  const steps = propertySteps(step, checker);
  for (const index of checker.getIndexInfosOfType(type)) {
    const { type: item, declaration } = index;
    steps.push({ ...step, type: item, path: `${path}[]`, declaration, isElement: false });
  }
  return steps.length === 0 ? { kind: "unproved" } : steps;
}

/** Returns the elements of a built-in type, and the properties that the type adds to it. */
function keyableSteps(kind: KeyableKind, step: TypeAtPath, program: ts.Program): readonly TypeAtPath[] {
  const checker = program.getTypeChecker();
  const elements = new Map<string, TypeAtPath>();
  for (const { name, type } of [kind, ...(kind.also ?? [])]) {
    if (name === undefined) continue;
    for (const element of elementSteps(name, { ...step, type }, checker)) {
      const known = elements.get(element.path)?.type.flags ?? ts.TypeFlags.Unknown;
      // The elements of `unknown[] & string[]` are strings.
      if (known & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) elements.set(element.path, element);
    }
  }
  const added = (kind.others ?? []).flatMap((type) =>
    propertySteps({ ...step, type }, checker, (property) => libOwnerOf(property, program) === undefined),
  );
  return [...elements.values(), ...added.filter((property) => !isBrand(property))];
}

function propertySteps(
  step: TypeAtPath,
  checker: ts.TypeChecker,
  isIncluded: (property: ts.Symbol) => boolean = () => true,
): TypeAtPath[] {
  const properties = propertiesOf(step.type, checker)
    // Symbol properties brand types; the values need not have them.
    .filter((property) => !propertyName(property).startsWith("[") && isIncluded(property))
    .filter((property) => !isInherited(property, checker));
  return properties.map((property) => ({
    ...step,
    type: checker.getTypeOfSymbol(property),
    path: joinPath(step.path, propertyName(property)),
    declaration: property.valueDeclaration,
    isElement: false,
  }));
}

/** Tells whether a property is a method that every value inherits: `{ toString(): string }` accepts numbers. */
function isInherited(property: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (!Object.hasOwn(Object.prototype, property.name)) return false;
  return checker.getSignaturesOfType(checker.getTypeOfSymbol(property), ts.SignatureKind.Call).length > 0;
}

/** Tells whether a property exists for the checker only: `__brand`, or one whose type is a symbol. */
function isBrand({ type, path }: TypeAtPath): boolean {
  return /\._\w*$/.test(path) || (type.flags & ts.TypeFlags.ESSymbolLike) !== 0;
}

/** Returns the result types of `[cacheKey]()`, since its result is the key. */
function keyMethodSteps(method: ts.Symbol, step: TypeAtPath, checker: ts.TypeChecker): readonly TypeAtPath[] {
  const signatures = checker.getSignaturesOfType(checker.getTypeOfSymbol(method), ts.SignatureKind.Call);
  return signatures.map((signature) => ({
    ...step,
    type: checker.getReturnTypeOfSignature(signature),
    path: `${step.path}[cacheKey]()`,
  }));
}

function elementSteps(name: string, step: TypeAtPath, checker: ts.TypeChecker): readonly TypeAtPath[] {
  const { type, path } = step;
  if (checker.isTupleType(type)) {
    const elements = checker.getTypeArguments(type as ts.TypeReference);
    return elements.map((element, index) => ({
      ...step,
      type: element,
      path: joinPath(path, index),
      isElement: true,
    }));
  }
  const elements = elementTypes(name, type, checker);
  const places = elements.length === 2 ? ["[key]", "[value]"] : ["[]"];
  return elements.map((element, index) => ({
    ...step,
    type: element,
    path: `${path}${places[index] ?? ""}`,
    isElement: true,
  }));
}

/** Returns the path of a property, or of an element of a tuple. */
export function joinPath(path: string, property: string | number): string {
  if (typeof property === "number") return `${path}[${property}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(property)
    ? `${path}.${property}`
    : `${path}[${JSON.stringify(property)}]`;
}
