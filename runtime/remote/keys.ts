import { argumentTextAt, headOf } from "../call/key-text.ts";
import type { CallTarget } from "../call/store-result.ts";
import { REST_PART_NAME, type KeyPart } from "../contract/spec.ts";
import { encode } from "../key/index.ts";
import type { KeyPlace } from "../memory/trie.ts";
import type { RemoteClient } from "./client.ts";

/** The stored name of a call's result. */
export function storedKeyOf(client: RemoteClient, target: CallTarget): string | Promise<string> {
  return client.functionKey(headOf(target.cachedFn), argumentsOf(target));
}

/** The part of a stored name that stands for the arguments. */
export const argumentsOf = ({ cachedFn, place }: CallTarget): string =>
  shortTextOf(place, cachedFn.spec.parts) ?? argumentTextAt(cachedFn, place)!;

/**
 * Fast path of `CachedFunction.argumentTextAt` for keys of one or two primitives; `undefined` for all others.
 *
 * Measured: the general method, which handles every kind of part, takes 0.4 µs, a tenth of a hit on Redis.
 */
function shortTextOf({ a, b, more }: KeyPlace, parts: readonly KeyPart[]): string | undefined {
  const [one, two] = parts;
  if (!one || more || parts.length > 2 || !isPlain(one)) return undefined;
  // `encode` returns `undefined` for the symbols that stand for NaN and -0 in a place: the general method handles them.
  const first = encode(a);
  if (first === undefined || !two) return first && `${first})`;
  const second = isPlain(two) ? encode(b) : undefined;
  return second && `${first},${second})`;
}

const isPlain = ({ name, fields, shape, as }: KeyPart): boolean =>
  !fields && !shape && as === undefined && name !== REST_PART_NAME;
