/** The two 32-bit words of HalfSipHash-c-d with an output of 64 bits, written step by step as it is published. */
export function halfSipHash(
  message: Uint8Array,
  [k0, k1]: readonly [number, number],
  { c, d }: { readonly c: number; readonly d: number },
): [low: number, high: number] {
  const v = Uint32Array.of(k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462);
  const add = (to: number, from: number): void => void (v[to]! += v[from]!);
  const turn = (at: number, bits: number): void => void (v[at] = (v[at]! << bits) | (v[at]! >>> (32 - bits)));
  const mix = (to: number, from: number): void => void (v[to]! ^= v[from]!);
  /** Adds a word to the one before it, turns it, and mixes it with the sum. */
  const half = (to: number, from: number, bits: number): void => {
    add(to, from);
    turn(from, bits);
    mix(from, to);
  };
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      half(0, 1, 5);
      turn(0, 16);
      half(2, 3, 8);
      half(0, 3, 7);
      half(2, 1, 13);
      turn(2, 16);
    }
  };
  const output = (): number => (v[1]! ^ v[3]!) >>> 0;

  // Whole words, then one with the bytes that are left and the length.
  const padded = new Uint8Array(message.length - (message.length % 4) + 4);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const words = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = words.getUint32(at, true);
    v[3]! ^= word;
    rounds(c);
    v[0]! ^= word;
  }
  v[2]! ^= 0xee;
  rounds(d);
  const low = output();
  v[1]! ^= 0xdd;
  rounds(d);
  return [low, output()];
}
