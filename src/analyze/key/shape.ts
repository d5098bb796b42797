/**
 * The shape of a parameter that is a plain object of primitives: the runtime can compare its properties one by
 * one, so that a hit builds no key text.
 */
import { ts } from "ts-morph";
import { originOf } from "../types/origin.ts";
import { plainTypeText } from "../types/type-syntax.ts";
import { PRIMITIVE_FLAGS } from "./keyability.ts";

/** With more properties, comparing them one by one costs more than building the text. */
const MAX_SHAPE_PROPERTIES = 12;
const PROPERTY_NAME = /^[A-Za-z$_][\w$]*$/;
/** The canonical text of a type whose values are all primitive. */
const PRIMITIVE_TEXT =
  /^(?:string|number|boolean|bigint|undefined|null|true|false|"[^"\\]*"|-?\d[\w.]*)(?:\|(?!$)|$)/;

/** Returns the sorted property names of an object type, optional ones with `?`; from its syntax alone. */
export function shapeOfNode(node: ts.TypeNode): readonly string[] | undefined {
  if (!ts.isTypeLiteralNode(node)) return undefined;
  return sortedShape(
    node.members.map((member) => {
      if (!ts.isPropertySignature(member) || !member.type || !ts.isIdentifier(member.name)) return undefined;
      const primitive = isPrimitiveText(plainTypeText(member.type));
      return primitive ? `${member.name.text}${member.questionToken ? "?" : ""}` : undefined;
    }),
  );
}

/** Tells the same of what a function returns, or what its promise is fulfilled with. */
export const isPrimitiveResult = (text: string): boolean =>
  isPrimitiveText(/^Promise<(.*)>$/.exec(text)?.[1] ?? text);

/** Tells whether all values of a canonical type are primitive. */
export function isPrimitiveText(text: string | undefined): boolean {
  let rest = text ?? "{}";
  while (rest !== "") {
    const [taken] = PRIMITIVE_TEXT.exec(rest) ?? [];
    if (taken === undefined) return false;
    rest = rest.slice(taken.length);
  }
  return true;
}

/** Returns the same as `shapeOfNode`, from the checker. */
export function shapeOfType(type: ts.Type, program: ts.Program): readonly string[] | undefined {
  const checker = program.getTypeChecker();
  const symbol = type.getSymbol();
  if ((type.flags & ts.TypeFlags.Object) === 0 || checker.isArrayType(type) || checker.isTupleType(type))
    return undefined;
  if (symbol && (symbol.flags & ts.SymbolFlags.Class || originOf(symbol, program) === "lib"))
    return undefined;
  const callable = [ts.SignatureKind.Call, ts.SignatureKind.Construct].some(
    (kind) => checker.getSignaturesOfType(type, kind).length > 0,
  );
  if (callable || checker.getIndexInfosOfType(type).length > 0) return undefined;
  return sortedShape(
    checker.getPropertiesOfType(type).map((property) => {
      const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      return isPrimitiveType(checker.getTypeOfSymbol(property))
        ? `${property.name}${optional ? "?" : ""}`
        : undefined;
    }),
  );
}

export function isPrimitiveType(type: ts.Type): boolean {
  return type.isUnion() ? type.types.every(isPrimitiveType) : (type.flags & PRIMITIVE_FLAGS) !== 0;
}

function sortedShape(names: readonly (string | undefined)[]): readonly string[] | undefined {
  const known = names.filter(
    (name) => name !== undefined && PROPERTY_NAME.test(name.replace("?", "")) && name !== "__proto__",
  );
  if (known.length !== names.length || known.length === 0 || known.length > MAX_SHAPE_PROPERTIES)
    return undefined;
  // Sorted by code unit, as in key text, and without the `?`, which would sort before a letter.
  const bare = (name: string): string => name.replace("?", "");
  return (known as string[]).sort((one, other) => (bare(one) < bare(other) ? -1 : 1));
}
