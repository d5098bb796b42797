/**
 * Reads what `v8.serialize` writes for a JSON form. `v8.deserialize` reserves memory for lengths that the data only
 * claims, so a few bytes can end the process. Anything else than a JSON form throws.
 */
import { buffers } from "./bytes.ts";
import { MAX_VALUE_DEPTH } from "./unstorable.ts";

/** Format versions: 13 since Node.js 14, 15 since Node.js 18. */
const VERSION_TAG = 0xff;
const MIN_VERSION = 13;
const MAX_VERSION = 15;

/** Tags of values, see `value-serializer.cc` of V8. */
const [NULL, TRUE, FALSE, INTEGER, DOUBLE] = [48, 84, 70, 73, 78];
const [LATIN1, UTF16, PADDING] = [34, 99, 0];
const [OBJECT, END_OBJECT, ARRAY, END_ARRAY, SPARSE_ARRAY, END_SPARSE_ARRAY] = [111, 123, 65, 36, 97, 64];
const [REFERENCE, HOST_OBJECT] = [94, 92];

/** What Node.js writes for bytes in front of their length. */
const BYTE_VIEWS: readonly number[] = [1, 10];

/** The form of a value can have twice as many levels as the value. */
const MAX_DEPTH = 2 * MAX_VALUE_DEPTH + 2;

/** Up to this length, `Buffer` takes longer than a loop. */
const MAX_SHORT_TEXT = 16;

/** Returns the form. Throws for other data. */
export function readV8(data: Uint8Array): unknown {
  return new Reader(data).root();
}

class Reader {
  readonly #data: Buffer;
  readonly #objects: object[] = [];
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = buffers!.from(data.buffer, data.byteOffset, data.byteLength);
  }

  root(): unknown {
    const isVersioned = this.#byte() === VERSION_TAG;
    const version = this.#varint();
    if (!isVersioned || version < MIN_VERSION || version > MAX_VERSION) throw new TypeError("not of V8");
    const value = this.#value(0);
    if (this.#at !== this.#data.length) throw new TypeError("trailing data");
    return value;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new TypeError("nested too deep");
    const tag = this.#byte();
    switch (tag) {
      case NULL:
        return null;
      case TRUE:
        return true;
      case FALSE:
        return false;
      case INTEGER: {
        const zigzag = this.#varint();
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
      case DOUBLE:
        return this.#data.readDoubleLE(this.#take(8));
      case LATIN1:
        return this.#text("latin1");
      case PADDING:
        if (this.#byte() !== UTF16) break;
        return this.#text("utf16le");
      case UTF16:
        return this.#text("utf16le");
      case OBJECT:
        return this.#object(depth + 1);
      case ARRAY:
      case SPARSE_ARRAY:
        return this.#array(depth + 1, tag === SPARSE_ARRAY);
      case REFERENCE:
        return this.#objects[this.#varint()];
      case HOST_OBJECT:
        return this.#bytes();
    }
    throw new TypeError("not a JSON form");
  }

  #object(depth: number): object {
    const object: Record<string, unknown> = {};
    this.#objects.push(object);
    let count = 0;
    for (; !this.#ends(END_OBJECT); count++) {
      const key = this.#value(depth);
      if (key === "__proto__" || (typeof key !== "string" && typeof key !== "number"))
        throw new TypeError("not a key");
      object[key] = this.#value(depth);
    }
    this.#expect(count);
    return object;
  }

  #array(depth: number, isSparse: boolean): unknown[] {
    const array: unknown[] = [];
    this.#objects.push(array);
    const length = this.#varint();
    for (let i = 0; i < length; i++) {
      // An array that V8 once made with holes is written as pairs, also when none is left.
      if (isSparse && this.#value(depth) !== i) throw new TypeError("an array with holes");
      array.push(this.#value(depth));
    }
    if (!this.#ends(isSparse ? END_SPARSE_ARRAY : END_ARRAY)) throw new TypeError("an array with properties");
    this.#expect(isSparse ? length : 0);
    this.#expect(length);
    return array;
  }

  #bytes(): Uint8Array {
    if (!BYTE_VIEWS.includes(this.#varint())) throw new TypeError("not bytes");
    const length = this.#varint();
    const start = this.#take(length);
    const bytes = new Uint8Array(this.#data.subarray(start, start + length));
    this.#objects.push(bytes);
    return bytes;
  }

  #text(encoding: "latin1" | "utf16le"): string {
    const length = this.#varint();
    const start = this.#take(length);
    const end = start + length;
    if (encoding !== "latin1" || length > MAX_SHORT_TEXT) return this.#data.toString(encoding, start, end);
    let text = "";
    for (let at = start; at < end; at++) text += String.fromCharCode(this.#data[at]!);
    return text;
  }

  /** Skips a tag, if it is next. */
  #ends(tag: number): boolean {
    if (this.#data[this.#at] !== tag) return false;
    this.#at++;
    return true;
  }

  #expect(count: number): void {
    if (this.#varint() !== count) throw new TypeError("another count");
  }

  #byte(): number {
    return this.#data[this.#take(1)]!;
  }

  /** Takes the next bytes, and returns where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (length > this.#data.length - start) throw new TypeError("cut short");
    this.#at += length;
    return start;
  }

  /** Reads an unsigned integer of 32 bits, 7 bits a byte. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new TypeError("not an integer");
  }
}
