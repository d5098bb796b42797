/** What stands before each value: when it expires, to the millisecond, and what had been cleared when it was written. */
import { Buffer } from "node:buffer";
import type { Data } from "../contract/driver.ts";

/** How often a server was cleared, in one life of its memory; see {@link Clears}. */
export interface Stamp {
  readonly epoch: number;
  readonly count: number;
}

export interface Entry {
  readonly data: Buffer;
  /** Milliseconds since 1970; `Infinity` without expiry; 0 for what stands in place of an invalidated value. */
  readonly expires: number;
  readonly stamp: Stamp;
}

const HEADER = 16;

/** The parts of an entry, to be written one behind the other: the data is not copied. */
export function writeEntry(data: Data, expires: number, { epoch, count }: Stamp): readonly Buffer[] {
  const header = Buffer.alloc(HEADER);
  header.writeDoubleBE(expires, 0);
  header.writeUInt32BE(epoch, 8);
  header.writeUInt32BE(count, 12);
  return [
    header,
    typeof data === "string" ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ];
}

/** Reads an entry; `undefined` for what is too short to be one. */
export function readEntry(bytes: Buffer): Entry | undefined {
  if (bytes.length < HEADER) return undefined;
  return {
    data: bytes.subarray(HEADER),
    expires: bytes.readDoubleBE(0),
    stamp: { epoch: bytes.readUInt32BE(8), count: bytes.readUInt32BE(12) },
  };
}

/** A stamp as it is stored on its own. */
export function writeStamp({ epoch, count }: Stamp): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(epoch, 0);
  bytes.writeUInt32BE(count, 4);
  return bytes;
}

export function readStamp(bytes: Buffer): Stamp | undefined {
  return bytes.length === 8 ? { epoch: bytes.readUInt32BE(0), count: bytes.readUInt32BE(4) } : undefined;
}
