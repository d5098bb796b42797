/** The values of a key as texts, part by part. */
import type { CachedFunction } from "../call/cached-function.ts";
import { type KeyPart, REST_PART_NAME } from "../contract/spec.ts";
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
export function partsOfKey(cachedFn: CachedFunction, values: readonly unknown[]): readonly ExplainedPart[] {
  return withValues(cachedFn, values).map(([part, own]) => {
    const { name, type, identity } = part;
    return { name, ...(type && { type }), ...(identity && { identity }), text: partText(part, own) };
  });
}

function withValues({ spec }: CachedFunction, values: readonly unknown[]): [KeyPart, readonly unknown[]][] {
  let next = 0;
  return spec.parts.map((part) => {
    const { name, fields } = part;
    const own = values.slice(next, name === REST_PART_NAME ? undefined : next + (fields?.length ?? 1));
    next += own.length;
    return [part, own];
  });
}

function partText({ as: _, ...part }: KeyPart, values: readonly unknown[]): string {
  const text = encodeArguments([part], values);
  return typeof text === "string" ? text : `(no key: ${text.unkeyable})`;
}

/** What keys are compared by: the texts of arguments and, by their paths, of properties of plain objects. */
export type ComparableTexts = Readonly<Record<string, string>>;

/** The texts by which a key is compared; of an uncompiled function, each argument has its own. */
export function comparableTexts(cachedFn: CachedFunction, values: readonly unknown[]): ComparableTexts {
  const { spec, root } = cachedFn;
  const texts: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    const object = value as object | null | undefined;
    if (object?.constructor === Object)
      for (const [each, inner] of Object.entries(object)) add(`${name}.${each}`, inner);
    else texts[name] = partText({ name }, [value]);
  };
  let at = spec.parts.filter(({ as }) => !as).length - 1;
  for (const [part, own] of withValues(cachedFn, values)) {
    const { name, fields, identity } = part;
    if (identity) texts[name] = partText(part, own);
    else
      own.forEach((value, index) => {
        add(
          name === REST_PART_NAME
            ? root.parameterNames?.()[at++] || `argument ${at}`
            : (fields?.[index] ?? name),
          value,
        );
      });
  }
  return texts;
}
