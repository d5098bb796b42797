/** Makes arguments from the types of parameters. */
import fc from "fast-check";
import ts from "typescript";
import { isBuiltIn } from "./functions.ts";

/** Nested types are not followed further. */
const MAX_DEPTH = 4;
const RUNS = 8;
const SEED = 1;

/** Of texts that code takes apart, few by chance are of the right form. */
const TEXTS = [
  "",
  "a",
  "ab-cd",
  "0x00ff",
  "a1b2",
  "example.co.uk",
  "2020-02-29",
  "/a/b?c=d#e",
  "p-4 m-2 p-2",
  "uint256[2]",
];

/** Returns lists of arguments, always the same; undefined if a parameter is of a type that no values are made of. */
export function argumentsFor(
  fn: ts.FunctionLikeDeclaration,
  checker: ts.TypeChecker,
): readonly (readonly unknown[])[] | undefined {
  const made = fn.parameters
    .filter(({ name }) => name.getText() !== "this")
    .map((parameter) => {
      const type = checker.getTypeAtLocation(parameter);
      const values = valuesOf(type, checker, 0);
      const isOptional = parameter.questionToken ?? parameter.initializer;
      return values && isOptional ? fc.option(values, { nil: undefined }) : values;
    });
  if (made.includes(undefined)) return undefined;
  const all = fc.tuple(...(made as fc.Arbitrary<unknown>[]));
  const isRest = fn.parameters.at(-1)?.dotDotDotToken !== undefined;
  return fc
    .sample(all, { numRuns: RUNS, seed: SEED })
    .map((values) => (isRest ? [...values.slice(0, -1), ...(values.at(-1) as unknown[])] : values));
}

type Values = fc.Arbitrary<unknown> | undefined;

const ANYTHING = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.integer(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
);

function valuesOf(type: ts.Type, checker: ts.TypeChecker, depth: number): Values {
  const { flags } = type;
  if (type.isStringLiteral() || type.isNumberLiteral()) return fc.constant(type.value);
  if (flags & ts.TypeFlags.BooleanLiteral) return fc.constant(checker.typeToString(type) === "true");
  if (type.isUnion()) {
    const members = type.types
      .map((each) => valuesOf(each, checker, depth))
      .filter((each) => each !== undefined);
    return members.length > 0 ? fc.oneof(...members) : undefined;
  }
  if (flags & ts.TypeFlags.StringLike)
    return fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 8 }));
  if (flags & ts.TypeFlags.NumberLike)
    return fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
      fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    );
  if (flags & ts.TypeFlags.BigIntLike) return fc.bigInt({ min: 0n, max: 1n << 64n });
  if (flags & ts.TypeFlags.BooleanLike) return fc.boolean();
  if (flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) return fc.constant(undefined);
  if (flags & ts.TypeFlags.Null) return fc.constant(null);
  if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return ANYTHING;
  if (flags & ts.TypeFlags.Instantiable) {
    const constraint = checker.getBaseConstraintOfType(type);
    return !constraint || constraint === type ? ANYTHING : valuesOf(constraint, checker, depth);
  }
  return flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection) && depth < MAX_DEPTH
    ? objectsOf(type, checker, depth + 1)
    : undefined;
}

function objectsOf(type: ts.Type, checker: ts.TypeChecker, depth: number): Values {
  if (checker.isTupleType(type)) {
    const items = checker
      .getTypeArguments(type as ts.TypeReference)
      .map((each) => valuesOf(each, checker, depth));
    return items.includes(undefined) ? undefined : fc.tuple(...(items as fc.Arbitrary<unknown>[]));
  }
  const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  const name = type.getSymbol()?.name;
  if (name === "Uint8Array") return fc.uint8Array({ maxLength: 64 });
  if (name === "Date") return fc.date({ noInvalidDate: true });
  if (checker.isArrayType(type)) {
    const items = item && valuesOf(item, checker, depth);
    return items && fc.array(items, { maxLength: 6 });
  }
  if (type.isClass() || isCallable(type) || isBuiltIn(type)) return undefined;
  return recordsOf(type, checker, depth);
}

function recordsOf(type: ts.Type, checker: ts.TypeChecker, depth: number): Values {
  const properties = checker.getPropertiesOfType(type);
  const index = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  if (properties.length === 0) {
    const items = index && valuesOf(index, checker, depth);
    return (
      items &&
      fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), items, { maxKeys: 4, noNullPrototype: true })
    );
  }
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  const requiredKeys: string[] = [];
  for (const property of properties) {
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const values = valuesOf(checker.getTypeOfSymbol(property), checker, depth);
    if (!values && !isOptional) return undefined;
    if (!isOptional) requiredKeys.push(property.name);
    if (values) model[property.name] = values;
  }
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}

const isCallable = (type: ts.Type): boolean =>
  type.getCallSignatures().length + type.getConstructSignatures().length > 0;
