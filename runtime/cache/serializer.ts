/** From the option `serializer` to what writes values. Apart from the other options, since it brings all of them in. */
import { codecNamed, type Codec } from "../codec/codec.ts";
import { CacheError } from "../contract/errors.ts";
import { checkSerializer, type CacheOptions } from "./options.ts";

export { MISS, open, seal } from "../codec/codec.ts";

/**
 * The serializer that an option names, or is.
 *
 * @param what who takes the option, `redis()`
 * @throws {CacheError} `option-value`. Rejects with `peer-missing` if a package is missing.
 */
export function codecOf(what: string, serializer: CacheOptions["serializer"]): Codec | Promise<Codec> {
  checkSerializer(what, serializer);
  if (serializer === "none") {
    throw new CacheError(
      "option-value",
      `${what}'s \`serializer\` is "none", which keeps values as they are, and only memory can; leave it out, or write "json".`,
    );
  }
  const codec = typeof serializer === "object" ? (serializer as Codec) : codecNamed(serializer ?? "generic");
  // One that cannot be loaded is nobody's error if the cache is refused for another reason.
  if (codec instanceof Promise) codec.catch(() => undefined);
  return codec;
}
