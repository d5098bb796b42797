/** Checks the paths that `tags` inserts: they are parts of the key, and texts, numbers or booleans. */
import { ts } from "ts-morph";
import { tagParts } from "../../../runtime/contract/tags.ts";
import { suggest } from "../../../runtime/contract/suggest.ts";
import { type Problem, problem } from "../../diagnostics/catalogue.ts";
import type { FunctionOptions, PathOption } from "../../options/function.ts";
import type { Types } from "../types/types.ts";
import { shortType } from "../types/types.ts";
import type { NamedInput } from "./by-identity.ts";
import { followPath } from "./paths.ts";

export function checkTags(
  names: readonly NamedInput[],
  options: FunctionOptions,
  types: Types,
): readonly Problem[] {
  const { tags } = options.site;
  const span = options.spans.get("tags")?.value;
  if (!tags || !span) return [];
  const paths = tags.flatMap((tag) =>
    tagParts(tag).flatMap((part) => (typeof part === "string" ? [] : [part.path.join(".")])),
  );
  return [...new Set(paths)].flatMap((text) => {
    const found = faultOf(text, names, options, types);
    if (!found) return [];
    return "why" in found
      ? problem("tag-unkeyed", span, { path: text, ...found })
      : problem("tag-path-unknown", span, { path: text, ...found });
  });
}

type TagFault =
  | { readonly why: string; readonly help: string }
  | { readonly nearest: string | undefined; readonly known: readonly string[] };

function faultOf(
  text: string,
  names: readonly NamedInput[],
  { key, ignore, identity, this: receiver }: FunctionOptions,
  types: Types,
): TagFault | undefined {
  const covers = ({ text: other }: PathOption): boolean => text === other || text.startsWith(`${other}.`);
  const [root = "", ...segments] = text.split(".");
  if (root === "this") {
    const read = segments.join(".");
    const known = Array.isArray(receiver) ? receiver.map((each: PathOption) => each.text) : [];
    if (known.includes(read)) return undefined;
    const near = suggest(read, known);
    return {
      why: "which `this` does not name",
      help: near
        ? `Insert \`this.${near}\`.`
        : "Name the property in the option `this`, or remove it from `tags`.",
    };
  }
  const named = names.find(({ name }) => name === root);
  if (!named) {
    const known = names.map(({ name }) => name);
    const near = suggest(root, known);
    return { nearest: near && [near, ...segments].join("."), known };
  }
  if (key && !key.some(covers))
    return { why: "which `key` leaves out", help: `Add \`${text}\` to \`key\`, or remove it from \`tags\`.` };
  if (ignore?.some(covers))
    return {
      why: "which `ignore` leaves out of the key",
      help: `Remove \`${root}\` from \`ignore\` or from \`tags\`.`,
    };
  if (identity?.some((each) => each.text !== text && covers(each)))
    return {
      why: "which may change while the key stays the same",
      help: "Write a tag function in `cached()`, or remove it from `tags`.",
    };
  const start = {
    type: named.id?.() ?? types.at(named.node),
    slot: root,
    prefix: `${root}.`,
  };
  const found = followPath(start, segments, types);
  if (!("type" in found)) return found;
  if (isInsertable(found.type, types)) return undefined;
  const shown = shortType(types.display(found.type));
  return {
    why: `which is \`${shown}\`, not a text, number or boolean`,
    help: "Name a property that is one, or write a tag function in `cached()`.",
  };
}

/** Tells whether all values of a type make a text of their own. */
export function isInsertable(type: ts.Type, types: Types): boolean {
  const constraint = types.checker.getBaseConstraintOfType(type) ?? type;
  if (constraint.isUnion()) return constraint.types.every((member) => isInsertable(member, types));
  const members = constraint.isIntersection() ? constraint.types : [constraint];
  return members.some(({ flags }) => (flags & INSERTABLE) !== 0);
}

const INSERTABLE: number =
  ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike | ts.TypeFlags.BooleanLike;
