import type { Codec } from "../codec/codec.ts";
import type { CacheOptions } from "./options.ts";

/** What is loaded when the first value is written. */
interface Codecs {
  readonly codec: Codec;
  readonly seal: (codec: Codec, value: unknown) => unknown;
  readonly open: (codec: Codec, data: string | Uint8Array) => unknown;
  readonly MISS: symbol;
}

/**
 * How values stand in a memory that has a serializer: as a store outside would have them, so that readers get
 * copies, and what cannot be stored is refused. Serializers are loaded with the first value, since they are larger
 * than the cache itself and most caches in memory have none.
 */
export class MemorySerializer {
  readonly #serializer: CacheOptions["serializer"];
  #loading: Promise<Codecs> | undefined = undefined;
  #loaded: Codecs | undefined = undefined;

  constructor(serializer: CacheOptions["serializer"]) {
    this.#serializer = serializer;
  }

  /** What is kept of a value. @throws {CacheError} `unstorable`, or `peer-missing` without a package. */
  async write(value: unknown): Promise<unknown> {
    // Counters, as they are everywhere.
    if (Number.isSafeInteger(value)) return value;
    // At once if it can be: the caller may change the value next.
    const { codec, seal } = this.#loaded ?? (await this.#load());
    return seal(codec, value);
  }

  /** The value of what is kept; `undefined` if the serializer cannot read it. */
  async read(kept: unknown): Promise<{ readonly value: unknown } | undefined> {
    if (typeof kept === "number") return { value: kept };
    const { codec, open, MISS } = await this.#load();
    const value = open(codec, kept as string | Uint8Array);
    return value === MISS ? undefined : { value };
  }

  async #load(): Promise<Codecs> {
    return (this.#loaded = await (this.#loading ??= load(this.#serializer)));
  }
}

async function load(serializer: CacheOptions["serializer"]): Promise<Codecs> {
  const { codecOf, seal, open, MISS } = await import("./serializer.ts");
  return { codec: await codecOf("memory()", serializer), seal, open, MISS };
}
