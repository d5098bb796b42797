import { vi } from "vitest";

type HashSlots = (slots: readonly unknown[], isUnshaped: boolean) => string | undefined;

/** The hash of the runtime, in a fresh copy whose secret is not random. */
export async function hashWithSecret(secret: readonly [number, number, number, number]): Promise<HashSlots> {
  vi.resetModules();
  (await import("../../runtime/key/hash-objects.ts")).enableObjectHashes();
  const { hashSlots } = await import("../../runtime/key/hash.ts");
  const random = vi
    .spyOn(Object.getPrototypeOf(crypto) as typeof crypto, "getRandomValues")
    .mockImplementation((array) => {
      (array as unknown as Int32Array).set(secret);
      return array;
    });
  hashSlots([[]], false);
  random.mockRestore();
  return hashSlots;
}

/** The four words of 32 bits of a hash: the low words of the two instances of HalfSipHash, then the high ones. */
export function wordsOf(hash: string | undefined): [number, number, number, number] {
  if (hash?.length !== 9) throw new Error(`${String(hash?.length)} characters are no hash`);
  const word = (at: number): number => (hash.charCodeAt(at) | (hash.charCodeAt(at + 1) << 16)) >>> 0;
  return [word(1), word(3), word(5), word(7)];
}
