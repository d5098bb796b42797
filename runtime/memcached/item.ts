/** The header before each value: its exact expiry, and the stamp of the clear log when it was written. */
import { Buffer } from "node:buffer";
import type { Data } from "../contract/driver.ts";

/** The state of a server's clear log. */
export interface Stamp {
  /** A random number that changes when the log is lost. */
  readonly epoch: number;
  /** How often the server was cleared in this epoch. */
  readonly count: number;
}

export interface Entry {
  readonly data: Buffer;
  /** Milliseconds since 1970; `Infinity` without expiry. */
  readonly expires: number;
  readonly stamp: Stamp;
}

const ENTRY_HEADER_BYTES = 16;

/** The parts of an entry, to be written one after the other. The data is not copied. */
export function writeEntry(data: Data, expires: number, { epoch, count }: Stamp): readonly Buffer[] {
  const header = Buffer.alloc(ENTRY_HEADER_BYTES);
  header.writeDoubleBE(expires, 0);
  header.writeUInt32BE(epoch, 8);
  header.writeUInt32BE(count, 12);
  return [
    header,
    typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ];
}

/** Reads an entry; `undefined` if the value is too short. */
export function readEntry(bytes: Buffer): Entry | undefined {
  if (bytes.length < ENTRY_HEADER_BYTES) return undefined;
  return {
    data: bytes.subarray(ENTRY_HEADER_BYTES),
    expires: bytes.readDoubleBE(0),
    stamp: { epoch: bytes.readUInt32BE(8), count: bytes.readUInt32BE(12) },
  };
}

/** Writes a stamp as an item of its own. */
export function writeStamp({ epoch, count }: Stamp): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(epoch, 0);
  bytes.writeUInt32BE(count, 4);
  return bytes;
}

export function readStamp(bytes: Buffer): Stamp | undefined {
  return bytes.length === 8 ? { epoch: bytes.readUInt32BE(0), count: bytes.readUInt32BE(4) } : undefined;
}
