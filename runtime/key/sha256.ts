/** SHA-256 as hexadecimal digits: by the platform, or in JavaScript where it has none that is synchronous. */

import { builtinModule } from "../platform/builtin-module.ts";

/** The used parts of `node:crypto`, in Node.js, Deno and Bun. */
interface Crypto {
  createHash(name: "sha256"): { update(data: Uint8Array): { digest(format: "hex"): string } };
}

export function sha256(bytes: Uint8Array): string {
  const crypto = builtinModule("node:crypto") as Crypto | undefined;
  return crypto ? crypto.createHash("sha256").update(bytes).digest("hex") : sha256InJavaScript(bytes);
}

/** The fractional parts of the square roots or cube roots of the first primes, as FIPS 180-4 defines. */
function rootsOfPrimes(count: number, power: number): number[] {
  const roots: number[] = [];
  for (let n = 2; roots.length < count; n++) {
    let isPrime = true;
    for (let factor = 2; factor * factor <= n; factor++) isPrime &&= n % factor !== 0;
    if (isPrime) roots.push(((n ** power % 1) * 2 ** 32) | 0);
  }
  return roots;
}

/** Exported for its test. */
export function sha256InJavaScript(bytes: Uint8Array): string {
  const constants = rootsOfPrimes(64, 1 / 3);
  const state = rootsOfPrimes(8, 1 / 2);
  const words = new Int32Array(64);
  const whole = bytes.length & ~63;
  for (let at = 0; at < whole; at += 64) addBlock(state, constants, words, bytes, at);
  // The rest, a bit, zeros, and the length in bits.
  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest < 56 ? 64 : 128);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(tail.length - 4, bytes.length << 3);
  for (let at = 0; at < tail.length; at += 64) addBlock(state, constants, words, tail, at);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function addBlock(
  state: number[],
  constants: readonly number[],
  words: Int32Array,
  bytes: Uint8Array,
  start: number,
): void {
  for (let i = 0, at = start; i < 16; i++, at += 4)
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  for (let i = 16; i < 64; i++) {
    const [a, b] = [words[i - 15]!, words[i - 2]!];
    const small = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const large = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    words[i] = words[i - 16]! + small + words[i - 7]! + large;
  }
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const first =
      (h +
        (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
        ((e & f) ^ (~e & g)) +
        constants[i]! +
        words[i]!) |
      0;
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = (state[i]! + sums[i]!) | 0;
}

const rotate = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));
