import { codecNamed, type Codec } from "../codec/codec.ts";
import { serializerNamed } from "../cache/configure.ts";
import { CacheError } from "../contract/errors.ts";
import type { Serializer } from "../contract/serializer.ts";
import type { RemoteClient } from "./client.ts";
import type { CachedFunction } from "../call/cached-function.ts";

/**
 * What writes and reads the results of a function: its own serializer, else the cache's. The generic one writes
 * plain JSON wherever that gives a value back as it was, so a type that proves it has nothing to add.
 *
 * @throws {CacheError} `option-value` for an unknown name, `unavailable` for `v8` without `node:v8`. Rejects with
 * `peer-missing` for `msgpack` if msgpackr is not installed.
 */
export function codecFor(cachedFn: CachedFunction, client: RemoteClient): Codec | Promise<Codec> {
  const { serializer } = cachedFn.options;
  if (serializer === undefined) return client.options.codec;
  if (typeof serializer !== "string") return serializer as Codec;
  if (serializer === "none") {
    throw new CacheError(
      "option-value",
      `${cachedFn.id}: the serializer "none" keeps results as they are, which only memory can; leave \`serializer\` out.`,
    );
  }
  const own: Serializer | undefined = serializerNamed(serializer);
  return own ? (own as Codec) : codecNamed(serializer);
}
