/** Resolves the option `serializer`. Separate from the other options, because it imports all serializers. */
import { codecNamed, type Codec } from "../codec/codec.ts";
import { CacheError } from "../contract/errors.ts";
import { checkSerializer, type CacheOptions } from "./options.ts";

export { MISS, open, seal } from "../codec/codec.ts";

/**
 * Returns the serializer that the option names, or the one that was passed.
 *
 * @param what the function for messages, `redis()`
 * @throws {CacheError} `option-value`, or `unavailable` for `v8` without `node:v8`. Rejects with `peer-missing` if
 * msgpackr is not installed.
 */
export function codecOf(what: string, serializer: CacheOptions["serializer"]): Codec | Promise<Codec> {
  checkSerializer(what, serializer);
  if (serializer === "none") {
    throw new CacheError(
      "option-value",
      `${what}'s \`serializer\` is "none", which only memory can use; leave it out, or write "json".`,
    );
  }
  const codec = typeof serializer === "object" ? (serializer as Codec) : codecNamed(serializer ?? "generic");
  // Avoids an unhandled rejection if the cache is then refused for another reason.
  if (codec instanceof Promise) codec.catch(() => undefined);
  return codec;
}
