/** The values of a key as texts, part by part. */
import type { CachedFunction } from "../call/cached-function.ts";
import { REST_PART_NAME } from "../contract/spec.ts";
import { encodeArguments } from "../key/encode.ts";
import { isPlain } from "../key/plain.ts";

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

/** A part of a key by its name, or a property of one by its path, to compare keys. */
export type NamedText = Pick<ExplainedPart, "name" | "text">;

/** How deep, and into how many, properties a value is compared. Larger ones are compared as a whole. */
const MAX_DEPTH = 4;
const MAX_PROPERTIES = 50;

/** What keys are compared by: each argument of an uncompiled function, and each property of a plain object. */
export function comparableParts(cachedFn: CachedFunction, values: readonly unknown[]): readonly NamedText[] {
  const { spec, root } = cachedFn;
  const names = root.parameterNames?.() ?? [];
  const positional = spec.parts.filter(({ as }) => !as).length - 1;
  const whole = partsOfKey(cachedFn, values);
  let next = 0;
  return spec.parts.flatMap((part, index) => {
    const { name, fields, identity } = part;
    if (name === REST_PART_NAME)
      return values.slice(next).flatMap((value, at) => {
        const known = names[positional + at] ?? "";
        return propertiesOf(known === "" ? `argument ${positional + at + 1}` : known, value);
      });
    const own = values.slice(next, (next += fields?.length ?? 1));
    if (identity !== undefined) return [whole[index]!];
    return own.flatMap((value, at) => propertiesOf(fields?.[at] ?? name, value));
  });
}

function propertiesOf(name: string, value: unknown, depth: number = MAX_DEPTH): readonly NamedText[] {
  const isOpen = typeof value === "object" && value !== null && depth > 0 && isPlain(value);
  const names = isOpen ? Object.keys(value) : [];
  if (names.length > 0 && names.length <= MAX_PROPERTIES)
    return names.flatMap((each) =>
      propertiesOf(`${name}.${each}`, (value as Record<string, unknown>)[each], depth - 1),
    );
  const text = encodeArguments([{ name: "" }], [value]);
  return [{ name, text: typeof text === "string" ? text : `(no key: ${text.unkeyable})` }];
}
