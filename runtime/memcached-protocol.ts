/** Memcached's binary protocol: what memjs's own commands leave out, packed so that a batch is one round trip. */
import { Buffer } from "node:buffer";
import { CacheError } from "./errors.ts";
import type { MemjsClient, MemjsServer, OnResponse, Response } from "./memjs.ts";

/**
 * The quiet forms: a get answers only if there is something, the others only if they failed. Whatever is not
 * answered by the time the closing no-op is, has been done.
 */
const OPCODES = { get: 0x0d, set: 0x11, add: 0x12, delete: 0x14 } as const;
const NO_OP = 0x0a;

const HEADER = 24;
/** Flags and expiry of what is stored. */
const EXTRAS = 8;
const REQUEST = 0x80;

/** Marks a value as ours; what has other flags was written by another program. */
const FLAGS = 0x616f7463;

/** Seconds up to which an expiry is counted from now; longer ones are a point in time. */
const THIRTY_DAYS = 30 * 24 * 3600;
/** The last second that every memcached can count to. */
const LATEST = 2 ** 31 - 1;

const STATUS: Readonly<Record<number, string>> = {
  4: "it refused the arguments",
  8: "it refused the user name or password",
  32: "it wants a user name and password",
  129: "it does not know the command",
  130: "it is out of memory",
  131: "it does not support the command",
  132: "it has an internal error",
  133: "it is busy",
  134: "it failed for the moment",
};
const OUT_OF_MEMORY = 130;
const TOO_LARGE = 3;
const NOT_FOUND = 1;
const EXISTS = 2;
const NOT_STORED = 5;

/** One thing to do. With `cas`, only if the value is still the one that was read. */
export interface Command {
  readonly do: keyof typeof OPCODES;
  readonly key: string;
  /** What to store: written one behind the other. */
  readonly value?: readonly Buffer[];
  /** Seconds as memcached takes them; see {@link seconds}. */
  readonly expires?: number;
  readonly cas?: Buffer;
}

/** Something that is stored. */
export interface Found {
  readonly value: Buffer;
  readonly cas: Buffer;
  /** Whether this driver wrote it. */
  readonly own: boolean;
}

/** What came of a batch. */
export interface Answers {
  /** What the gets found, by key. */
  readonly found: ReadonlyMap<string, Found>;
  /** Whether a command found the key not in the state that it asks for. */
  readonly refused: boolean;
}

/**
 * A ttl as memcached takes it: whole seconds, rounded up by as much as its clock may run ahead, so that the exact
 * expiry, which stands in the value, comes first.
 */
export function seconds(ttl: number, now: number): number {
  const wait = Math.ceil(ttl / 1000) + 1;
  if (wait <= THIRTY_DAYS) return wait;
  const end = Math.ceil(now / 1000) + wait;
  return end <= LATEST ? end : 0;
}

/** A server did not answer, or nothing that can be understood. */
export class ServerLost extends Error {
  /** Whether other servers are well, as far as is known: then the keys of this one are misses. */
  partial = false;
}

/** Sends commands to one server in one round trip. They are done in their order. */
export function exchange(
  client: MemjsClient,
  server: MemjsServer,
  commands: readonly Command[],
): Promise<Answers> {
  return new Promise((resolve, reject) => {
    client.incrSeq();
    const opaque = client.seq >>> 0; // memjs's own counter turns negative after 2^31.
    const found = new Map<string, Found>();
    let refused = false;
    let failure: Error | undefined;
    const take: OnResponse = (response) => {
      const { opcode, status, totalBodyLength, cas } = response.header;
      if (opcode === NO_OP) {
        if (failure) reject(failure);
        else resolve({ found, refused });
        return;
      }
      if (status === NOT_FOUND || status === EXISTS || status === NOT_STORED) refused = true;
      else if (status !== 0) failure ??= failureOf(status, server);
      else if (opcode === OPCODES.get)
        found.set(response.key.toString(), { value: response.val, cas, own: isOwn(response) });
      // memjs takes an answer without a body for the last one.
      if (totalBodyLength === 0) reject(failure ?? failureOf(status, server));
    };
    take.quiet = true;
    server.onResponse(opaque, take);
    server.onError(opaque, (error) => {
      // memjs itself would read the next connection's first answer as the rest of what was cut off here.
      if ("responseBuffer" in server) server.responseBuffer = Buffer.alloc(0);
      reject(new ServerLost(error instanceof Error ? error.message : String(error), { cause: error }));
    });
    server.write(pack(commands, opaque));
  });
}

function failureOf(status: number, { host, port }: MemjsServer): Error {
  if (status === TOO_LARGE) {
    return new CacheError(
      "unstorable",
      "The value is too large for memcached; start it with a larger item size (`-I 8m`), or keep less.",
    );
  }
  const error = new Error(`${host}:${port}: ${STATUS[status] ?? `it answers with status ${status}`}.`);
  // What it has, it still gives.
  return Object.assign(error, { partial: status === OUT_OF_MEMORY });
}

const isOwn = ({ extras }: Response): boolean => extras.length === 4 && extras.readUInt32BE(0) === FLAGS;

/** One buffer for all: a connection that is asked thousands of times a second has better to do than to join pieces. */
function pack(commands: readonly Command[], opaque: number): Buffer {
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
  const length = packet.write(key, at + HEADER + extras);
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

interface Head {
  readonly opcode: number;
  readonly opaque: number;
  /** Bytes of the key, of the extras, and of all that follows the head. */
  readonly key: number;
  readonly extras: number;
  readonly body: number;
}

function packHead(packet: Buffer, at: number, { opcode, opaque, key, extras, body }: Head): void {
  packet.fill(0, at, at + HEADER);
  packet[at] = REQUEST;
  packet[at + 1] = opcode;
  packet.writeUInt16BE(key, at + 2);
  packet[at + 4] = extras;
  packet.writeUInt32BE(body, at + 8);
  packet.writeUInt32BE(opaque, at + 12);
}

function lengthOf(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
