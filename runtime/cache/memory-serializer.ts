import type { Codec } from "../codec/codec.ts";
import type { CacheOptions } from "./options.ts";

/** The parts of `serializer.ts` in use, loaded with the first value. */
interface Codecs {
  readonly codec: Codec;
  readonly seal: (codec: Codec, value: unknown) => unknown;
  readonly open: (codec: Codec, data: string | Uint8Array) => unknown;
  readonly MISS: symbol;
}

/**
 * Serializes the values of a memory cache with the option `serializer`: each reader gets a copy, and unstorable values
 * are refused, as in other stores. Loads the serializers with the first value, because they are larger than the cache
 * and most memory caches need none.
 */
export class MemorySerializer {
  readonly #serializer: CacheOptions["serializer"];
  #loading: Promise<Codecs> | undefined = undefined;
  #loaded: Codecs | undefined = undefined;

  constructor(serializer: CacheOptions["serializer"]) {
    this.#serializer = serializer;
  }

  /**
   * Returns the stored form of a value.
   *
   * @throws {CacheError} `unstorable`, `peer-missing` without msgpackr, or `unavailable` for `v8` without `node:v8`.
   */
  async write(value: unknown): Promise<unknown> {
    // Integers stay numbers, so that `increment` works with every serializer.
    if (Number.isSafeInteger(value)) return value;
    // Without `await` once loaded: the caller may change the value right after the call.
    const { codec, seal } = this.#loaded ?? (await this.#load());
    return seal(codec, value);
  }

  /** Returns the value of a stored form, or `undefined` if the serializer cannot read it. */
  async read(stored: unknown): Promise<{ readonly value: unknown } | undefined> {
    if (typeof stored === "number") return { value: stored };
    const { codec, open, MISS } = await this.#load();
    const value = open(codec, stored as string | Uint8Array);
    return value === MISS ? undefined : { value };
  }

  async #load(): Promise<Codecs> {
    return (this.#loaded = await (this.#loading ??= loadCodecs(this.#serializer)));
  }
}

async function loadCodecs(serializer: CacheOptions["serializer"]): Promise<Codecs> {
  const { codecOf, seal, open, MISS } = await import("./serializer.ts");
  return { codec: await codecOf("memory()", serializer), seal, open, MISS };
}
