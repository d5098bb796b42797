import { idOf } from "../call/key-text.ts";
import { serializerNamed } from "../cache/configure.ts";
import type { CachedFunction } from "../call/cached-function.ts";
import { codecNamed, type Codec } from "../codec/codec.ts";
import { CacheError } from "../contract/errors.ts";
import type { Serializer } from "../contract/serializer.ts";
import type { RemoteClient } from "./client.ts";

/**
 * The codec for the results of a function: its own serializer, else that of the cache.
 *
 * The result type has no influence: `generic` already writes plain JSON for every value that JSON carries.
 *
 * @throws {CacheError} `option-value` for `none`, or for an unknown name. Rejects with `peer-missing` if the serializer
 * needs a package that is not installed.
 */
export function codecFor(cachedFn: CachedFunction, client: RemoteClient): Codec | Promise<Codec> {
  const { serializer } = cachedFn.options;
  if (serializer === undefined) return client.options.codec;
  if (typeof serializer !== "string") return serializer as Codec;
  if (serializer === "none") {
    throw new CacheError(
      "option-value",
      `${idOf(cachedFn)}: the serializer "none" works in memory only; leave \`serializer\` out.`,
    );
  }
  const own: Serializer | undefined = serializerNamed(serializer);
  return own ? (own as Codec) : codecNamed(serializer);
}
