/**
 * Hashes the arguments of calls whose results are stored in memory, in place of making their key text or keeping long
 * texts. Two values have
 * the same hash if and only if they have the same text, save for a collision: 128 bits, keyed by a secret of the process,
 * so that nobody outside can look for one.
 *
 * The value is written as a sequence of 64-bit units that no other value has: a number is its own bits, everything else
 * begins with a unit that is no number and says how much follows. The units are hashed by two instances of HalfSipHash
 * with independent keys, each with one round per 32-bit word, three at the end, and an output of 64 bits. This is
 * SipHash (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast short-input PRF", 2012) on 32-bit words, which JavaScript
 * can do; the Linux kernel uses it with the same numbers of rounds for hash tables on 32-bit machines.
 */
import { afterTick } from "../platform/after-tick.ts";
import { randomValues } from "../platform/random.ts";
import { isPrimitive, NO_KEY } from "./encode.ts";

/** Units that are written before they are hashed. */
export const BUFFER_UNITS: number = 2 ** 11;

const WARM_UP_RUNS = 100;

/**
 * The upper halves of the units that are no numbers. As the bits of a double, each would be a NaN that JavaScript does
 * not make.
 */
const NAN = 0xfff1_0000 | 0;
const ATOM = 0xfff2_0000 | 0;
export const STRING: number = 0xfff3_0000 | 0;
const BIGINT = 0xfff4_0000 | 0;
export const ARRAY: number = 0xfff5_0000 | 0;
export const OBJECT: number = 0xfff6_0000 | 0;
export const RECORD: number = 0xfff7_0000 | 0;
export const TEXT: number = 0xfff8_0000 | 0;
const DIGEST = 0xfff9_0000 | 0;
const SLOTS = 0xfffa_0000 | 0;

/** How a text is written, if not with a byte for each character. Added to the unit before it. */
const WIDE = 1;
const UTF_8 = 2;
const MAX_NARROW = 256;
let utf8: InstanceType<typeof TextEncoder> | undefined;

const FALSE = 0;
const TRUE = 1;
const NULL = 2;
const UNDEFINED = 3;

let secret: Int32Array | undefined;

/** An argument that is a text of this length is hashed by itself, so that its hash can be remembered. */
const MIN_DIGESTED = 1024;
const MAX_DIGESTS = 16;
/**
 * The hashes of texts in this tick, because a parser is called with its whole text and each position. A text does not
 * change, and V8 compares one with itself at once.
 */
const textDigests = /* @__PURE__ */ new Map<string, string>();
const forgetTexts = (): void => textDigests.clear();

/** Hashes primitive values. */
export class Hasher {
  /** The units, and after them space for the word with the length. */
  readonly #words = new Int32Array(2 * BUFFER_UNITS + 2);
  protected readonly doubles: Float64Array = new Float64Array(this.#words.buffer);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  readonly #state = new Int32Array(8);
  /** The number of units in the buffer, and before it. */
  protected at: number = 0;
  #absorbed = 0;

  constructor() {
    // Otherwise, V8 may compile the loop of the first long value before it has seen the code behind the loop, discard
    // that five times, and give up: each hash then takes a microsecond more.
    for (let run = 0; run < WARM_UP_RUNS; run++) this.#rounds(1);
  }

  /** The hash of the slots of a call. Throws if a value has no key. */
  slots(slots: readonly unknown[], isUnshaped: boolean): string {
    if (slots.length === 1 && !isUnshaped && !isPrimitive(slots[0])) return this.digest(slots[0] as object);
    // Objects first: a unit of the call must not be in the buffer when the next one begins.
    const digests = slots.map((slot) => {
      if (!isPrimitive(slot)) return this.digest(slot as object);
      return typeof slot === "string" && slot.length >= MIN_DIGESTED ? this.#digestOfText(slot) : undefined;
    });
    this.begin();
    this.unit(SLOTS | (isUnshaped ? 1 : 0), slots.length);
    for (const [index, slot] of slots.entries()) {
      const digest = digests[index];
      if (digest === undefined) this.write(slot, 0);
      else this.#writeWide(DIGEST, digest);
    }
    return this.end();
  }

  #digestOfText(text: string): string {
    let digest = textDigests.get(text);
    if (digest === undefined) {
      this.begin();
      this.writeString(STRING, text);
      digest = this.end();
      if (textDigests.size === MAX_DIGESTS) forgetTexts();
      if (textDigests.size === 0) afterTick(forgetTexts);
      textDigests.set(text, digest);
    }
    return digest;
  }

  /** The hash of an argument that is an object. */
  protected digest(_value: object): string {
    throw NO_KEY;
  }

  protected write(value: unknown, depth: number): void {
    switch (typeof value) {
      case "number":
        if (value !== value) return this.unit(NAN, 0);
        if (this.at === BUFFER_UNITS) this.absorb();
        this.doubles[this.at++] = value;
        return;
      case "string":
        return this.writeString(STRING, value);
      case "boolean":
        return this.unit(ATOM, value ? TRUE : FALSE);
      case "undefined":
        return this.unit(ATOM, UNDEFINED);
      case "bigint":
        return this.writeString(BIGINT, value.toString(36));
      case "object":
        return value === null ? this.unit(ATOM, NULL) : this.writeObject(value, depth + 1);
      default:
        throw NO_KEY;
    }
  }

  protected writeObject(_value: object, _depth: number): void {
    throw NO_KEY;
  }

  protected writeString(kind: number, text: string): void {
    if (text.length > MAX_NARROW ? this.#writeUtf8(kind, text) : this.#writeNarrow(kind, text)) return;
    this.#writeWide(kind, text);
  }

  /** Writes a long text as UTF-8, which the engine does fastest. Returns `false` if it has no UTF-8. */
  #writeUtf8(kind: number, text: string): boolean {
    if ((text as { isWellFormed?: () => boolean }).isWellFormed?.() !== true) return false;
    this.unit(kind | UTF_8, text.length);
    for (let rest = text; rest !== "";) {
      if (this.at > BUFFER_UNITS / 2) this.absorb();
      const header = this.at++;
      const start = 8 * this.at;
      const { read, written } = (utf8 ??= new TextEncoder()).encodeInto(
        rest,
        this.#bytes.subarray(start, 8 * BUFFER_UNITS),
      );
      this.at += Math.ceil(written / 8);
      this.#bytes.fill(0, start + written, 8 * this.at);
      // Otherwise, zeros that fill up the last unit of a part could be characters of another text.
      this.#words[2 * header] = read;
      this.#words[2 * header + 1] = kind | UTF_8;
      rest = rest.slice(read);
    }
    return true;
  }

  #writeWide(kind: number, text: string): void {
    const { length } = text;
    this.unit(kind | WIDE, length);
    // Behind the end, `charCodeAt` returns NaN, which becomes 0.
    for (let at = 0; at < length; at += 4)
      this.unit(
        text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16),
        text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16),
      );
  }

  /** Writes a byte for each character. Returns `false` if one of them takes two. */
  #writeNarrow(kind: number, text: string): boolean {
    const { length } = text;
    if (this.at + MAX_NARROW / 8 >= BUFFER_UNITS) this.absorb();
    const words = this.#words;
    let word = 2 * this.at;
    words[word++] = length;
    words[word++] = kind;
    let seen = 0;
    let at = 0;
    while (at < length) {
      const a = text.charCodeAt(at++);
      const b = at < length ? text.charCodeAt(at++) : 0;
      const c = at < length ? text.charCodeAt(at++) : 0;
      const d = at < length ? text.charCodeAt(at++) : 0;
      seen |= a | b | c | d;
      words[word++] = a | (b << 8) | (c << 16) | (d << 24);
    }
    if (seen > 0xff) return false;
    if (word % 2) words[word++] = 0;
    this.at = word / 2;
    return true;
  }

  protected unit(high: number, low: number): void {
    if (this.at === BUFFER_UNITS) this.absorb();
    const at = 2 * this.at++;
    this.#words[at] = low;
    this.#words[at + 1] = high;
  }

  protected begin(): void {
    if (!secret) randomValues((secret = new Int32Array(4)));
    this.at = this.#absorbed = 0;
    const state = this.#state;
    for (let half = 0; half < 2; half++) {
      const k0 = secret[2 * half]!;
      const k1 = secret[2 * half + 1]!;
      state[4 * half] = k0;
      state[4 * half + 1] = k1 ^ 0xee;
      state[4 * half + 2] = k0 ^ 0x6c796765;
      state[4 * half + 3] = k1 ^ 0x74656462;
    }
  }

  /** The hash of all units: a zero, by which it is told from a text, and eight characters of 16 bits. */
  protected end(): string {
    const words = this.#words;
    const state = this.#state;
    const at = 2 * this.at;
    // The length in bytes, modulo 256.
    words[at] = (8 * (this.#absorbed + this.at)) << 24;
    this.#rounds(at + 1);
    words[0] = words[1] = words[2] = 0;
    state[2]! ^= 0xee;
    state[6]! ^= 0xee;
    this.#rounds(3);
    const a = state[1]! ^ state[3]!;
    const b = state[5]! ^ state[7]!;
    state[1]! ^= 0xdd;
    state[5]! ^= 0xdd;
    this.#rounds(3);
    const c = state[1]! ^ state[3]!;
    const d = state[5]! ^ state[7]!;
    return String.fromCharCode(0, a, a >>> 16, b, b >>> 16, c, c >>> 16, d, d >>> 16);
  }

  protected absorb(): void {
    this.#rounds(2 * this.at);
    this.#absorbed += this.at;
    this.at = 0;
  }

  /** Hashes the first words of the buffer. */
  #rounds(count: number): void {
    const words = this.#words;
    const state = this.#state;
    let a0 = state[0]!;
    let a1 = state[1]!;
    let a2 = state[2]!;
    let a3 = state[3]!;
    let b0 = state[4]!;
    let b1 = state[5]!;
    let b2 = state[6]!;
    let b3 = state[7]!;
    for (let at = 0; at < count; at++) {
      const word = words[at]!;
      a3 ^= word;
      b3 ^= word;
      a0 = (a0 + a1) | 0;
      b0 = (b0 + b1) | 0;
      a1 = ((a1 << 5) | (a1 >>> 27)) ^ a0;
      b1 = ((b1 << 5) | (b1 >>> 27)) ^ b0;
      a0 = (a0 << 16) | (a0 >>> 16);
      b0 = (b0 << 16) | (b0 >>> 16);
      a2 = (a2 + a3) | 0;
      b2 = (b2 + b3) | 0;
      a3 = ((a3 << 8) | (a3 >>> 24)) ^ a2;
      b3 = ((b3 << 8) | (b3 >>> 24)) ^ b2;
      a0 = (a0 + a3) | 0;
      b0 = (b0 + b3) | 0;
      a3 = ((a3 << 7) | (a3 >>> 25)) ^ a0;
      b3 = ((b3 << 7) | (b3 >>> 25)) ^ b0;
      a2 = (a2 + a1) | 0;
      b2 = (b2 + b1) | 0;
      a1 = ((a1 << 13) | (a1 >>> 19)) ^ a2;
      b1 = ((b1 << 13) | (b1 >>> 19)) ^ b2;
      a2 = (a2 << 16) | (a2 >>> 16);
      b2 = (b2 << 16) | (b2 >>> 16);
      a0 ^= word;
      b0 ^= word;
    }
    state[0] = a0;
    state[1] = a1;
    state[2] = a2;
    state[3] = a3;
    state[4] = b0;
    state[5] = b1;
    state[6] = b2;
    state[7] = b3;
  }
}

let Current = Hasher;
/** The hasher that no call uses. A getter may call a cached function while its object is hashed. */
let idle: Hasher | undefined;

/** Makes {@link hashSlots} use another hasher, which has the same hash for what the former one hashes. */
export function useHasher(other: typeof Hasher): void {
  if (Current !== other) idle = undefined;
  Current = other;
}

/**
 * Returns the hash of the slots of a call, or `undefined` if one of them has no key, or is an object and
 * `enableObjectHashes` was not called. Reads each own enumerable property once.
 *
 * @param isUnshaped see `UnshapedSlots`
 */
export function hashSlots(slots: readonly unknown[], isUnshaped: boolean): string | undefined {
  const hasher = idle ?? new Current();
  idle = undefined;
  try {
    return hasher.slots(slots, isUnshaped);
  } catch {
    return undefined;
  } finally {
    idle = hasher;
  }
}
