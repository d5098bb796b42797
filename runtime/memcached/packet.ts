/** Packets of Memcached's binary protocol: what is asked, and what is answered. */
import { Buffer } from "node:buffer";
import type { Response } from "./memjs.ts";

/**
 * The quiet forms: a get answers only if there is something, the others only if they failed. Whatever is not
 * answered by the time the closing no-op is, has been done.
 */
export const OPCODES = { get: 0x0d, set: 0x11, add: 0x12, delete: 0x14 } as const;
export const NO_OP = 0x0a;

export const HEADER = 24;
/** Flags and expiry of what is stored. */
const EXTRAS = 8;
const REQUEST = 0x80;

/** Marks a value as ours; what has other flags was written by another program. */
const FLAGS = 0x616f7463;

/** One thing to do. With `cas`, only if the value is still the one that was read. */
export interface Command {
  readonly do: keyof typeof OPCODES;
  readonly key: string;
  /** What to store: written one behind the other. */
  readonly value?: readonly Buffer[];
  /** Seconds as memcached takes them; see `seconds` of memcached-protocol.ts. */
  readonly expires?: number;
  readonly cas?: Buffer;
}

/** Packs gets alone. */
export function packGets(keys: readonly string[], opaque: number): Buffer {
  let size = HEADER;
  // A character of UTF-8 is three bytes long at the most for each code unit.
  for (const key of keys) size += HEADER + 3 * key.length;
  const packet = Buffer.allocUnsafe(size);
  let at = 0;
  for (const key of keys) {
    const length = writeKey(packet, at + HEADER, key);
    packHead(packet, at, { opcode: OPCODES.get, opaque, key: length, extras: 0, body: length });
    at += HEADER + length;
  }
  packHead(packet, at, { opcode: NO_OP, opaque, key: 0, extras: 0, body: 0 });
  return packet.subarray(0, at + HEADER);
}

/** One buffer for all: a connection that is asked thousands of times a second has better to do than to join pieces. */
export function pack(commands: readonly Command[], opaque: number): Buffer {
  let size = HEADER;
  for (const { key, value } of commands) {
    size += HEADER + Buffer.byteLength(key) + (value ? EXTRAS + lengthOf(value) : 0);
  }
  const packet = Buffer.allocUnsafe(size);
  let at = 0;
  for (const command of commands) at = packOne(packet, at, command, opaque);
  packHead(packet, at, { opcode: NO_OP, opaque, key: 0, extras: 0, body: 0 });
  return packet;
}

function packOne(packet: Buffer, at: number, command: Command, opaque: number): number {
  const { key, value, expires = 0, cas } = command;
  const extras = value ? EXTRAS : 0;
  const length = writeKey(packet, at + HEADER + extras, key);
  const body = extras + length + (value ? lengthOf(value) : 0);
  packHead(packet, at, { opcode: OPCODES[command.do], opaque, key: length, extras, body });
  cas?.copy(packet, at + 16);
  if (!value) return at + HEADER + body;
  packet.writeUInt32BE(FLAGS, at + HEADER);
  packet.writeUInt32BE(expires, at + HEADER + 4);
  let end = at + HEADER + extras + length;
  for (const part of value) end += part.copy(packet, end);
  return end;
}

/** Gives the length in bytes. */
const writeKey = (packet: Buffer, at: number, key: string): number => packet.write(key, at);

interface Head {
  readonly opcode: number;
  readonly opaque: number;
  /** Bytes of the key, of the extras, and of all that follows the head. */
  readonly key: number;
  readonly extras: number;
  readonly body: number;
}

/** Byte by byte: Node's own methods check each number again, and took a third of the time of a packet. */
function packHead(packet: Buffer, at: number, { opcode, opaque, key, extras, body }: Head): void {
  packet[at] = REQUEST;
  packet[at + 1] = opcode;
  packet[at + 2] = key >> 8;
  packet[at + 3] = key;
  packet[at + 4] = extras;
  packet[at + 5] = packet[at + 6] = packet[at + 7] = 0;
  write32(packet, at + 8, body);
  write32(packet, at + 12, opaque);
  write32(packet, at + 16, 0);
  write32(packet, at + 20, 0);
}

function write32(packet: Buffer, at: number, value: number): void {
  packet[at] = value >>> 24;
  packet[at + 1] = value >>> 16;
  packet[at + 2] = value >>> 8;
  packet[at + 3] = value;
}

function lengthOf(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

const read32 = (bytes: Buffer, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

/** Bytes of what follows the head of the packet that begins at an offset. */
export const bodyLength = (bytes: Buffer, at: number): number => read32(bytes, at + 8);

/** One answer, which is a part of what a socket read: nothing of it is looked at, or copied, before it is wanted. */
export class Answer implements Response {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #keyAt: number;
  readonly #valueAt: number;
  readonly #end: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#keyAt = at + HEADER + bytes[at + 4]!;
    this.#valueAt = this.#keyAt + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    this.#end = at + HEADER + bodyLength(bytes, at);
  }

  get isWhole(): boolean {
    return this.#valueAt <= this.#end;
  }

  get header(): this {
    return this;
  }

  get opcode(): number {
    return this.#bytes[this.#at + 1]!;
  }

  get status(): number {
    return (this.#bytes[this.#at + 6]! << 8) | this.#bytes[this.#at + 7]!;
  }

  get totalBodyLength(): number {
    return this.#end - this.#at - HEADER;
  }

  get opaque(): number {
    return read32(this.#bytes, this.#at + 12);
  }

  get cas(): Buffer {
    return this.#bytes.subarray(this.#at + 16, this.#at + 24);
  }

  get extras(): Buffer {
    return this.#bytes.subarray(this.#at + HEADER, this.#keyAt);
  }

  get key(): Buffer {
    return this.#bytes.subarray(this.#keyAt, this.#valueAt);
  }

  get val(): Buffer {
    return this.#bytes.subarray(this.#valueAt, this.#end);
  }
}

/** Whether this driver wrote what was answered. */
export const isOwn = ({ extras }: Response): boolean => extras.length === 4 && read32(extras, 0) === FLAGS;
