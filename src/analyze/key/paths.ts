/** Resolves the property paths that `key` and `this` name: `opts.locale`, `config.region`. */
import { ts } from "ts-morph";
import { suggest } from "../../../runtime/contract/suggest.ts";
import { isWithin } from "../../syntax/nodes.ts";
import { isPublic, propertiesOf, propertyName } from "../types/type-shape.ts";
import type { Types } from "../types/types.ts";

export interface PathStart {
  readonly type: ts.Type;
  /** The expression that the path starts from. */
  readonly slot: string;
  /** How the start is written in the option: `opts.`; empty for the receiver. */
  readonly prefix: string;
  /** The function whose `this` the path starts at: that is never `undefined`, and its private members can be read. */
  readonly receiver?: ts.Node | undefined;
}

export type ResolvedPath =
  | { readonly type: ts.Type; readonly slot: string }
  | { readonly nearest: string | undefined; readonly known: readonly string[] };

/**
 * Follows the segments of a path from a type. For an unknown member, returns the known ones and the nearest.
 */
export function followPath(start: PathStart, segments: readonly string[], types: Types): ResolvedPath {
  let { type, slot } = start;
  for (const [index, segment] of segments.entries()) {
    const owner = types.checker.getApparentType(types.checker.getNonNullableType(type));
    // A read that throws leaves the call uncached, so `?.` is only for what the type allows.
    const isNullable =
      (type.flags & ts.TypeFlags.Any) !== 0 || types.checker.getNonNullableType(type) !== type;
    const chain = isNullable && !(start.receiver && index === 0) ? "?." : "";
    const step = pathMember(owner, segment, start.receiver, types);
    if (!step) {
      const prefix =
        start.prefix +
        segments
          .slice(0, index)
          .map((part) => `${part}.`)
          .join("");
      return unknownMember(
        { segment, rest: segments.slice(index + 1), prefix, owner },
        start.receiver,
        types,
      );
    }
    type = step.type;
    slot += step.quoted ? `${chain}[${step.quoted}]` : `${chain || "."}${segment}`;
  }
  return { type, slot };
}

interface PathMember {
  readonly type: ts.Type;
  /** The index expression, if only element access can read it. */
  readonly quoted?: string;
}

function pathMember(
  owner: ts.Type,
  name: string,
  receiver: ts.Node | undefined,
  types: Types,
): PathMember | undefined {
  const { checker } = types;
  if (owner.flags & ts.TypeFlags.Any) return { type: owner };
  const property = membersOf(owner, receiver, types).find((member) => propertyName(member) === name);
  const isIndex = /^\d+$/.test(name);
  const quoted = isIndex ? name : JSON.stringify(name);
  if (property) {
    const type = checker.getTypeOfSymbol(property);
    return MEMBER_NAME.test(name) ? { type } : { type, quoted };
  }
  const kind = isIndex ? ts.IndexKind.Number : ts.IndexKind.String;
  const info =
    checker.getIndexInfoOfType(owner, kind) ?? checker.getIndexInfoOfType(owner, ts.IndexKind.String);
  return info && { type: info.type, quoted };
}

const MEMBER_NAME = /^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function membersOf(owner: ts.Type, receiver: ts.Node | undefined, types: Types): readonly ts.Symbol[] {
  const members = propertiesOf(owner, types.checker);
  return members.filter((member) => (receiver ? isVisible(member, receiver) : isPublic(member)));
}

/** Tells whether a function can read a member: not `#secret` of another class, a base class for instance. */
const isVisible = (member: ts.Symbol, from: ts.Node): boolean =>
  !propertyName(member).startsWith("#") ||
  (member.declarations ?? []).some(({ parent }) => isWithin(from, parent));

function unknownMember(
  missing: { segment: string; rest: readonly string[]; prefix: string; owner: ts.Type },
  receiver: ts.Node | undefined,
  types: Types,
): ResolvedPath {
  const { segment, rest, prefix, owner } = missing;
  const names = membersOf(owner, receiver, types)
    .filter((member) => (member.flags & (ts.SymbolFlags.Method | ts.SymbolFlags.Prototype)) === 0)
    .map(propertyName)
    .filter((name) => MEMBER_NAME.test(name));
  const nearest = suggest(segment, names);
  return {
    nearest: nearest === undefined ? undefined : [`${prefix}${nearest}`, ...rest].join("."),
    known: names.map((name) => `${prefix}${name}`),
  };
}
