/**
 * Chance, also where Next.js reports its use: it replaces `Math.random()` and the methods of the object `crypto`, and
 * with Cache Components it fails a page that uses them while it is prerendered.
 */
type Methods = Pick<typeof crypto, "getRandomValues" | "randomUUID">;

/** A method of the platform. Where only a polyfill has it, the object has it itself. */
const methodOf = <N extends keyof Methods>(name: N): Methods[N] =>
  (Object.getPrototypeOf(crypto) as Partial<Methods>)[name] ?? crypto[name];

/** `crypto.getRandomValues()` */
export const randomValues = <T extends Int32Array | Uint8Array>(array: T): T =>
  methodOf("getRandomValues").call(crypto, array as never) as T;

/** `crypto.randomUUID()` */
export const randomId = (): string => methodOf("randomUUID").call(crypto);

/** The state of xorshift32 (G. Marsaglia, "Xorshift RNGs", 2003); 0 before the first number. */
let state = 0;

/** Returns a number from 0 to 1, for what need not be secret. */
export function random(): number {
  state ||= seed() | 1;
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

function seed(): number {
  try {
    return randomValues(new Int32Array(1))[0]!;
  } catch {
    // Cloudflare Workers allow it in requests only.
    return Math.random() * 2 ** 32;
  }
}
