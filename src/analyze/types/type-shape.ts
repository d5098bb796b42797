/** Takes a type apart by one level, into text and the types that it refers to. */
import { ts } from "ts-morph";
import type { NamedClasses } from "./classes.ts";
import { elementTypes, keyableLibName } from "./built-ins.ts";
import { isUnresolved, libName } from "./origin.ts";

export interface TypeShape {
  /** Text and types, in order. */
  readonly parts: readonly (string | ts.Type)[];
  /** The parts are members of a union or an intersection, whose order does not matter. */
  readonly set?: "|" | "&";
}

type ShapeParts = (string | ts.Type)[];

/** Returns the shape of a type. Two types with the same values have the same shape. */
export function shapeOf(
  type: ts.Type,
  {
    checker,
    program,
    classes,
  }: {
    readonly checker: ts.TypeChecker;
    readonly program: ts.Program;
    readonly classes: NamedClasses | undefined;
  },
): TypeShape {
  const plain = primitiveText(type, checker);
  if (plain !== undefined) return { parts: [plain] };
  if (type.isUnion()) return { parts: type.types, set: "|" };
  if (type.isIntersection() && !type.types.every((member) => isPlainObject(member, checker, program)))
    return { parts: type.types, set: "&" };
  if ((type.flags & ts.TypeFlags.Object) === 0 && !type.isIntersection())
    return { parts: genericParts(type, checker) };
  if (checker.isTupleType(type)) return { parts: tupleParts(type as ts.TypeReference, checker) };
  const classText = classes?.textOf(type);
  if (classText !== undefined) return { parts: [classText] };
  const name = libName(type, program) ?? keyableLibName(type, program);
  if (name !== undefined) return { parts: libParts(name, type, checker) };
  return { parts: objectParts(type, checker) };
}

/** Tells whether a type is described by its properties, of which built-in types have too many. */
function isPlainObject(type: ts.Type, checker: ts.TypeChecker, program: ts.Program): boolean {
  if ((type.flags & ts.TypeFlags.Object) === 0 || checker.isTupleType(type)) return false;
  return keyableLibName(type, program) === undefined;
}

function primitiveText(type: ts.Type, checker: ts.TypeChecker): string | undefined {
  const { flags } = type;
  if (flags & ts.TypeFlags.Any) return isUnresolved(type) ? "unresolved" : "any";
  if (type.isStringLiteral()) return JSON.stringify(type.value);
  if (type.isNumberLiteral()) return String(type.value);
  if (flags & ts.TypeFlags.BigIntLiteral) {
    const { negative, base10Value } = (type as ts.BigIntLiteralType).value;
    return `${negative ? "-" : ""}${base10Value}n`;
  }
  if (flags & (ts.TypeFlags.Boolean | ts.TypeFlags.BooleanLiteral)) return checker.typeToString(type);
  if (flags & ts.TypeFlags.ESSymbolLike) return "symbol";
  for (const [flag, text] of FLAG_TEXTS) if (flags & flag) return text;
  return undefined;
}

const FLAG_TEXTS: readonly (readonly [ts.TypeFlags, string])[] = [
  [ts.TypeFlags.Unknown, "unknown"],
  [ts.TypeFlags.String, "string"],
  [ts.TypeFlags.Number | ts.TypeFlags.Enum, "number"],
  [ts.TypeFlags.BigInt, "bigint"],
  [ts.TypeFlags.Void, "void"],
  [ts.TypeFlags.Undefined, "undefined"],
  [ts.TypeFlags.Null, "null"],
  [ts.TypeFlags.Never, "never"],
  [ts.TypeFlags.NonPrimitive, "object"],
];

/** Returns the parts of types that depend on a type parameter, and of template literal types. */
function genericParts(type: ts.Type, checker: ts.TypeChecker): ShapeParts {
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const bound = type.getConstraint();
    return bound ? ["<", bound, ">"] : ["<>"];
  }
  if (type.flags & ts.TypeFlags.Index) return ["keyof ", (type as ts.IndexType).type];
  if (type.flags & ts.TypeFlags.IndexedAccess) {
    const access = type as ts.IndexedAccessType;
    return [access.objectType, "[", access.indexType, "]"];
  }
  if (type.flags & ts.TypeFlags.TemplateLiteral) {
    const { texts, types } = type as ts.TemplateLiteralType;
    return [
      "`",
      ...texts.flatMap((text, at) =>
        at === 0 ? [JSON.stringify(text)] : [types[at - 1]!, JSON.stringify(text)],
      ),
      "`",
    ];
  }
  if (type.flags & ts.TypeFlags.StringMapping) {
    return [type.symbol.name, "<", (type as ts.StringMappingType).type, ">"];
  }
  if (type.flags & ts.TypeFlags.Substitution) return [(type as ts.SubstitutionType).baseType];
  if (type.flags & ts.TypeFlags.Conditional) {
    const { checkType, extendsType, root } = type as ts.ConditionalType;
    return [
      "(",
      checkType,
      " extends ",
      extendsType,
      "?",
      checker.getTypeFromTypeNode(root.node.trueType),
      ":",
      checker.getTypeFromTypeNode(root.node.falseType),
      ")",
    ];
  }
  return [checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)];
}

function tupleParts(tuple: ts.TypeReference, checker: ts.TypeChecker): ShapeParts {
  const { elementFlags } = tuple.target as ts.TupleType;
  const parts: ShapeParts = ["["];
  checker.getTypeArguments(tuple).forEach((element, index) => {
    const flags = elementFlags[index] ?? ts.ElementFlags.Required;
    if (index > 0) parts.push(",");
    if (flags & ts.ElementFlags.Variable) parts.push("...");
    parts.push(element);
    if (flags & ts.ElementFlags.Rest) parts.push("[]");
    if (flags & ts.ElementFlags.Optional) parts.push("?");
  });
  return [...parts, "]"];
}

function libParts(name: string, type: ts.Type, checker: ts.TypeChecker): ShapeParts {
  const args = elementTypes(name, type, checker);
  // A readonly collection has the same values as a mutable one.
  const plain = /^Readonly(Array|Map|Set)$/.exec(name)?.[1] ?? name;
  return args.length === 0 ? [plain] : [plain, "<", ...commaSeparated(args), ">"];
}

function objectParts(type: ts.Type, checker: ts.TypeChecker): ShapeParts {
  const symbol = type.getSymbol();
  const anonymous = ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Anonymous) !== 0;
  const isClass = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Class) !== 0;
  if (isClass && anonymous) return [`typeof ${symbol.name}`];

  const members = checker
    .getPropertiesOfType(type)
    .filter(isPublic)
    .map((property) => memberParts(property, checker));
  const indexes = checker
    .getIndexInfosOfType(type)
    .map(({ keyType, type: value }): ShapeParts => ["[", keyType, "]:", value, ";"]);
  const calls = checker.getSignaturesOfType(type, ts.SignatureKind.Call);
  const news = checker.getSignaturesOfType(type, ts.SignatureKind.Construct);
  const signatures = [
    ...calls.flatMap((signature) => [...signatureParts(signature, checker), ";"]),
    ...news.flatMap((signature) => ["new ", ...signatureParts(signature, checker), ";"]),
  ];
  const sorted = members.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((member) => member.parts);
  const open = isClass ? `class ${symbol.name}{` : "{";
  const mapped = (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped;
  if (mapped && members.length + indexes.length === 0) {
    // Mapped over a type parameter: only the text distinguishes it from another.
    return [checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)];
  }
  return [open, ...sorted, ...indexes.flat(), ...signatures, "}"];
}

function memberParts(
  property: ts.Symbol,
  checker: ts.TypeChecker,
): { readonly name: string; readonly parts: ShapeParts } {
  const optional = property.flags & ts.SymbolFlags.Optional ? "?" : "";
  const name = propertyName(property);
  return { name, parts: [`${JSON.stringify(name)}${optional}:`, checker.getTypeOfSymbol(property), ";"] };
}

/** Returns the name of a property; for a symbol `[name]`, without the number that the checker adds. */
export function propertyName(property: ts.Symbol): string {
  const name = ts.unescapeLeadingUnderscores(property.escapedName);
  return name.replace(/^__@(.*)@\d+$/, "[$1]").replace(/^__#\d+@/, "");
}

/**
 * Returns the properties of a type in the order of their declarations. In a mapped type, the checker's order depends on
 * which types it was asked for before.
 */
export function propertiesOf(type: ts.Type, checker: ts.TypeChecker): readonly ts.Symbol[] {
  const placed = checker.getPropertiesOfType(type).map((property) => {
    const [declaration] = property.declarations ?? [];
    return { property, path: declaration?.getSourceFile().fileName ?? "", at: declaration?.pos ?? 0 };
  });
  const order = (one: string | number, other: string | number): number =>
    one < other ? -1 : Number(one > other);
  placed.sort(
    (one, other) =>
      order(one.path, other.path) || order(one.at, other.at) || order(one.property.name, other.property.name),
  );
  return placed.map(({ property }) => property);
}

/** Tells whether a property is public: neither private, nor protected, nor `#name`. */
export function isPublic(property: ts.Symbol): boolean {
  if (property.escapedName.toString().startsWith("__#")) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return !(property.declarations ?? []).some(
    (declaration) => ts.getCombinedModifierFlags(declaration) & hidden,
  );
}

function signatureParts(signature: ts.Signature, checker: ts.TypeChecker): ShapeParts {
  const parameters = signature.parameters.flatMap((parameter, index): ShapeParts => {
    const declaration = parameter.valueDeclaration;
    const node = declaration && ts.isParameter(declaration) ? declaration : undefined;
    const optional = node && (node.questionToken || node.initializer) ? "?" : "";
    return [
      index > 0 ? "," : "",
      node?.dotDotDotToken ? "..." : "",
      checker.getTypeOfSymbol(parameter),
      optional,
    ];
  });
  return ["(", ...parameters, ")=>", checker.getReturnTypeOfSignature(signature)];
}

function commaSeparated(types: readonly ts.Type[]): ShapeParts {
  return types.flatMap((type, index): ShapeParts => (index === 0 ? [type] : [",", type]));
}
