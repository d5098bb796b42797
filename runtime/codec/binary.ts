/** The binary serializers: the JSON form of a value, packed by msgpackr or by `node:v8`, both loaded on first use. */
import { builtinModule } from "../platform/builtin-module.ts";
import { CacheError } from "../contract/errors.ts";
import type { Codec } from "./codec.ts";
import { fromJsonForm } from "./decode.ts";
import { jsonFormOf } from "./encode.ts";
import { unstorable } from "./unstorable.ts";
import { readV8 } from "./v8-reader.ts";

interface Packer {
  pack(form: unknown): Uint8Array;
  /** The result is untrusted: {@link fromJsonForm} validates it. */
  unpack(data: Uint8Array): unknown;
}

/** The used part of `node:v8`. */
interface V8 {
  serialize(value: unknown): Uint8Array;
}

const binaryCodec = (name: string, { pack, unpack }: Packer): Codec => ({
  name,
  encode(value) {
    try {
      return pack(jsonFormOf(value, "binary"));
    } catch (error) {
      throw unstorable(error, value);
    }
  },
  decode(data) {
    if (typeof data === "string") throw new TypeError("not bytes");
    return fromJsonForm(unpack(data), data.length);
  },
});

/**
 * Returns the codec `msgpack`.
 *
 * @throws {CacheError} `peer-missing` if msgpackr is not installed
 */
export async function loadMsgpack(): Promise<Codec> {
  let library: typeof import("msgpackr");
  try {
    // The comments tell bundlers to leave the import alone, because the package may not be installed. Metro needs `try`.
    library = await import(/* webpackIgnore: true */ /* @vite-ignore */ "msgpackr");
  } catch (cause) {
    throw new CacheError(
      "peer-missing",
      'The serializer "msgpack" needs msgpackr; install it with `npm install msgpackr`.',
      { cause },
    );
  }
  const { Packr, Unpackr } = library;
  const options = {
    useRecords: false,
    mapsAsObjects: true,
    structuredClone: false,
    moreTypes: false,
    variableMapSize: true,
  };
  const packr = new Packr(options);
  // Untrusted bytes may define records, for which msgpackr evaluates code. With a frozen list, it throws instead.
  const structures: object[] = [];
  const unpackr = new Unpackr({ ...options, structures });
  Object.freeze(structures);
  return binaryCodec("msgpack", {
    pack: (form) => packr.pack(form),
    unpack: (data) => unpackr.unpack(data) as unknown,
  });
}

/**
 * Returns the codec `v8`.
 *
 * @throws {CacheError} `unavailable` if the platform has no `node:v8`
 */
export function loadV8(): Codec {
  const v8 = builtinModule("node:v8") as V8 | undefined;
  if (!v8) {
    throw new CacheError(
      "unavailable",
      'The serializer "v8" needs node:v8, which this platform does not have; leave `serializer` out, or write "msgpack".',
    );
  }
  return binaryCodec("v8", {
    pack: (form) => v8.serialize(form),
    unpack: readV8,
  });
}
