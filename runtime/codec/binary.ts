/** The binary forms: a value's twin, packed by MessagePack or by V8's own serializer. Loaded when asked for. */
import type { Codec } from "./codec.ts";
import { unstorable } from "./unstorable.ts";
import { fromJsonForm } from "./decode.ts";
import { jsonFormOf } from "./encode.ts";
import { CacheError } from "../contract/errors.ts";

interface Packer {
  pack(twin: unknown): Uint8Array;
  /** What it gives is looked at before it is handed on. */
  unpack(data: Uint8Array): unknown;
}

/** What is used of `node:v8`. */
interface V8 {
  serialize(value: unknown): Uint8Array;
  deserialize(data: Uint8Array): unknown;
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
    if (typeof data === "string") throw new TypeError("text in place of bytes");
    return fromJsonForm(unpack(data), data.length);
  },
});

/** Returns the codec `msgpack`; rejects when the package is not installed. */
export async function loadMsgpack(): Promise<Codec> {
  // A bundler leaves it to the run time, where it need not be installed.
  const { Packr, Unpackr } = await import(/* webpackIgnore: true */ /* @vite-ignore */ "msgpackr").catch(
    (cause: unknown) => {
      throw new CacheError(
        "peer-missing",
        'The serializer "msgpack" needs msgpackr; install it with `npm install msgpackr`.',
        { cause },
      );
    },
  );
  const options = {
    useRecords: false,
    mapsAsObjects: true,
    structuredClone: false,
    moreTypes: false,
    variableMapSize: true,
  };
  const packr = new Packr(options);
  // Bytes by others may define records, for which msgpackr evaluates code: where none can be kept, it throws.
  const structures: object[] = [];
  const unpackr = new Unpackr({ ...options, structures });
  Object.freeze(structures);
  return binaryCodec("msgpack", {
    pack: (twin) => packr.pack(twin),
    unpack: (data) => unpackr.unpack(data) as unknown,
  });
}

/** Returns the codec `v8`; throws where there is no `node:v8`. */
export function loadV8(): Codec {
  // Not an import: a bundler for browsers would stumble over it.
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } };
  const v8 = process?.getBuiltinModule?.("node:v8") as V8 | undefined;
  if (!v8) {
    throw new CacheError(
      "unavailable",
      'The serializer "v8" needs node:v8, which is not here; leave `serializer` out, or set it to `msgpack`.',
    );
  }
  return binaryCodec("v8", {
    pack: (twin) => v8.serialize(twin),
    unpack: (data) => v8.deserialize(data),
  });
}
