/** Packets of Memcached's binary protocol: writes requests and reads replies. */
import { Buffer } from "node:buffer";
import type { Response } from "./memjs.ts";

/**
 * The quiet forms: a get is answered only if it finds a value, the others only if they fail. A batch ends with a no-op;
 * when that is answered, all commands have been executed.
 */
export const OPCODES = { get: 0x0d, set: 0x11, add: 0x12, delete: 0x14 } as const;
export const NO_OP = 0x0a;

export const HEADER_BYTES = 24;
/** Length of the flags and the expiry of a value. */
const EXTRAS_BYTES = 8;
const REQUEST = 0x80;

/** The flags of values that this driver writes ("aotc"). A value with other flags is from another program. */
const OWN_FLAGS = 0x616f7463;

/** One command. With `cas`, it is executed only if the value has not changed since it was read. */
export interface Command {
  readonly do: keyof typeof OPCODES;
  readonly key: string;
  /** The parts of the value, to be written one after the other. */
  readonly value?: readonly Buffer[];
  /** Expiry in memcached's form; see `seconds` in protocol.ts. */
  readonly expires?: number;
  readonly cas?: Buffer;
}

/** Packs a batch of gets and a no-op. */
export function packGets(keys: readonly string[], opaque: number): Buffer {
  let size = HEADER_BYTES;
  // UTF-8 takes at most three bytes per code unit.
  for (const key of keys) size += HEADER_BYTES + 3 * key.length;
  const packet = Buffer.allocUnsafe(size);
  let at = 0;
  for (const key of keys) {
    const length = writeKey(packet, at + HEADER_BYTES, key);
    writeHeader(packet, at, { opcode: OPCODES.get, opaque, key: length, extras: 0, body: length });
    at += HEADER_BYTES + length;
  }
  writeHeader(packet, at, { opcode: NO_OP, opaque, key: 0, extras: 0, body: 0 });
  return packet.subarray(0, at + HEADER_BYTES);
}

/** Packs a batch of commands and a no-op into one buffer: joining parts would cost time on a busy connection. */
export function pack(commands: readonly Command[], opaque: number): Buffer {
  let size = HEADER_BYTES;
  for (const { key, value } of commands) {
    size += HEADER_BYTES + Buffer.byteLength(key) + (value ? EXTRAS_BYTES + lengthOf(value) : 0);
  }
  const packet = Buffer.allocUnsafe(size);
  let at = 0;
  for (const command of commands) at = packOne(packet, at, command, opaque);
  writeHeader(packet, at, { opcode: NO_OP, opaque, key: 0, extras: 0, body: 0 });
  return packet;
}

function packOne(packet: Buffer, at: number, command: Command, opaque: number): number {
  const { key, value, expires = 0, cas } = command;
  const extras = value ? EXTRAS_BYTES : 0;
  const length = writeKey(packet, at + HEADER_BYTES + extras, key);
  const body = extras + length + (value ? lengthOf(value) : 0);
  writeHeader(packet, at, { opcode: OPCODES[command.do], opaque, key: length, extras, body });
  cas?.copy(packet, at + 16);
  if (!value) return at + HEADER_BYTES + body;
  packet.writeUInt32BE(OWN_FLAGS, at + HEADER_BYTES);
  packet.writeUInt32BE(expires, at + HEADER_BYTES + 4);
  let end = at + HEADER_BYTES + extras + length;
  for (const part of value) end += part.copy(packet, end);
  return end;
}

/** Returns the length in bytes. */
const writeKey = (packet: Buffer, at: number, key: string): number => packet.write(key, at);

interface PacketHeader {
  readonly opcode: number;
  readonly opaque: number;
  /** Bytes of the key, of the extras, and of all that follows the header. */
  readonly key: number;
  readonly extras: number;
  readonly body: number;
}

/** Writes byte by byte. Measured: Node's own methods check each number and took a third of the time of a packet. */
function writeHeader(packet: Buffer, at: number, { opcode, opaque, key, extras, body }: PacketHeader): void {
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

/** The number of bytes after the header of the packet at an offset. */
export const bodyLength = (bytes: Buffer, at: number): number => read32(bytes, at + 8);

/** A reply, as a view of the bytes that a socket read. Its parts are not parsed or copied before they are used. */
export class ResponsePacket implements Response {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #keyAt: number;
  readonly #valueAt: number;
  readonly #end: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#keyAt = at + HEADER_BYTES + bytes[at + 4]!;
    this.#valueAt = this.#keyAt + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
    this.#end = at + HEADER_BYTES + bodyLength(bytes, at);
  }

  /** Whether the lengths in the header agree. */
  get isValid(): boolean {
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
    return this.#end - this.#at - HEADER_BYTES;
  }

  get opaque(): number {
    return read32(this.#bytes, this.#at + 12);
  }

  get cas(): Buffer {
    return this.#bytes.subarray(this.#at + 16, this.#at + 24);
  }

  get extras(): Buffer {
    return this.#bytes.subarray(this.#at + HEADER_BYTES, this.#keyAt);
  }

  get key(): Buffer {
    return this.#bytes.subarray(this.#keyAt, this.#valueAt);
  }

  get val(): Buffer {
    return this.#bytes.subarray(this.#valueAt, this.#end);
  }
}

/** Whether this driver wrote the value of a reply. */
export const isOwn = ({ extras }: Response): boolean =>
  extras.length === 4 && read32(extras, 0) === OWN_FLAGS;
