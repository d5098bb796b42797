/** The values of a key as texts, part by part. */
import type { CachedFunction } from "../call/cached-function.ts";
import { REST_PART_NAME } from "../contract/spec.ts";
import { encodeArguments } from "../key/encode.ts";

/** One part of the key of a call. */
export interface ExplainedPart {
  readonly name: string;
  readonly type?: string;
  /** Its objects are told apart by `===`. For a destructured parameter: the names of these fields. */
  readonly identity?: true | readonly string[];
  /** Its text in the key. */
  readonly text: string;
}

/** The parts of a key, with the values that `keyValues` returns. */
export function partsOfKey({ spec }: CachedFunction, values: readonly unknown[]): readonly ExplainedPart[] {
  let next = 0;
  return spec.parts.map((part) => {
    const count =
      part.fields?.length ?? (part.name === REST_PART_NAME ? Math.max(values.length - next, 0) : 1);
    const { as: _, ...plain } = part;
    const text = encodeArguments([plain], values.slice(next, (next += count)));
    return {
      name: part.name,
      ...(part.type === undefined ? {} : { type: part.type }),
      ...(part.identity === undefined ? {} : { identity: part.identity }),
      text: typeof text === "string" ? text : `(no key: ${text.unkeyable})`,
    };
  });
}

/** A part of a key by its name, to compare keys. */
export type NamedText = Pick<ExplainedPart, "name" | "text">;

/** The parts of a key, each argument of an uncompiled function for itself. */
export function comparableParts(cachedFn: CachedFunction, values: readonly unknown[]): readonly NamedText[] {
  const { spec, root } = cachedFn;
  if (spec.parts.at(-1)?.name !== REST_PART_NAME) return partsOfKey(cachedFn, values);
  const first = spec.parts.length - 1;
  const names = root.parameterNames?.() ?? [];
  const positional = spec.parts.filter(({ as }) => !as).length - 1;
  const rest = values.slice(first).map((value, index) => {
    const text = encodeArguments([{ name: "" }], [value]);
    const name = names[positional + index] ?? "";
    return {
      name: name === "" ? `argument ${positional + index + 1}` : name,
      text: typeof text === "string" ? text : `(no key: ${text.unkeyable})`,
    };
  });
  return [...partsOfKey(cachedFn, values).slice(0, first), ...rest];
}
