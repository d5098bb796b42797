import { CacheError } from "../contract/errors.ts";
import { REST_PART_NAME, type KeyPart } from "../contract/spec.ts";
import { suggest } from "../contract/suggest.ts";
import type { CachedFunction } from "./cached-function.ts";
import { nameWithPlace } from "./name-with-place.ts";

/** Reads a value of a key by the name of a parameter, or by a path: `id`, `opts.locale`, `this.tenant`. */
export interface KeyReader {
  /** @param values what `keyValues` returns */
  readonly read: (values: readonly unknown[]) => unknown;
  readonly part: KeyPart;
  /** Whether the path is all of the part or, for a destructured parameter, of one of its names. */
  readonly isWhole: boolean;
}

/**
 * Returns the reader of a path of a function's key.
 *
 * @throws {CacheError} `option-value` if no part of the key has that name.
 */
export function keyReader(cachedFn: CachedFunction, path: string): KeyReader {
  const { spec, root } = cachedFn;
  const known: string[] = [];
  let at = 0;
  let positional = 0;
  for (const part of spec.parts) {
    const isRest = part.name === REST_PART_NAME;
    const names = isRest ? (root.parameterNames?.().slice(positional) ?? []) : (part.fields ?? [part.name]);
    for (const [index, name] of names.entries()) {
      known.push(name);
      if (path !== name && !path.startsWith(`${name}.`)) continue;
      const slot = at + index;
      const inner = path === name ? [] : path.slice(name.length + 1).split(".");
      return { read: (values) => valueAt(values[slot], inner), part, isWhole: path === name };
    }
    at += part.fields?.length ?? 1;
    if (!part.as) positional++;
  }
  const nearest = suggest(path, known);
  const help = nearest
    ? `write \`${nearest}\``
    : `its parts are ${known.map((name) => `\`${name}\``).join(", ")}`;
  throw new CacheError(
    "option-value",
    `\`${path}\` is not a part of the key of ${nameWithPlace(cachedFn)}; ${help}.`,
  );
}

/** A property of a value that has a key: reading it runs no getter that throws. */
const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], value);
