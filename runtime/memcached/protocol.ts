/** Batches of commands in Memcached's binary protocol, which memjs does not have: one round trip per batch. */
import { Buffer } from "node:buffer";
import { CacheError } from "../contract/errors.ts";
import type { MemjsClient, MemjsServer, OnResponse, Response } from "./memjs.ts";
import { isOwn, NO_OP, OPCODES, pack, packGets, type Command } from "./packet.ts";

export type { Command } from "./packet.ts";

/** Memcached reads a longer expiry as seconds since 1970. */
const MAX_RELATIVE_EXPIRY_S = 30 * 24 * 3600;
/** The last second that every memcached can represent. */
const MAX_EXPIRY_S = 2 ** 31 - 1;

const STATUS_MESSAGES: Readonly<Record<number, string>> = {
  4: "it refused the arguments",
  8: "it refused the user name or password",
  32: "it needs a user name and password",
  129: "it does not know the command",
  130: "it is out of memory",
  131: "it does not support the command",
  132: "it has an internal error",
  133: "it is busy",
  134: "it failed temporarily",
};
const OUT_OF_MEMORY = 130;
const TOO_LARGE = 3;
const NOT_FOUND = 1;
const EXISTS = 2;
const NOT_STORED = 5;

/** A stored value. */
export interface FoundValue {
  readonly value: Buffer;
  /** Changes with every write; see `cas` of {@link Command}. */
  readonly cas: Buffer;
  /** Whether this driver wrote it. */
  readonly isOwn: boolean;
}

/** The outcome of a batch. */
export interface Answers {
  /** The values that the gets found, by key. */
  readonly found: ReadonlyMap<string, FoundValue>;
  /** Whether a command was refused: the key was missing, existed already, or had changed. */
  readonly isRefused: boolean;
}

/**
 * A ttl in memcached's form: whole seconds, and one more because its clock may run ahead. So the exact expiry in the
 * header of the value always comes first.
 */
export function seconds(ttl: number, now: number): number {
  const wait = Math.ceil(ttl / 1000) + 1;
  if (wait <= MAX_RELATIVE_EXPIRY_S) return wait;
  const end = Math.ceil(now / 1000) + wait;
  return end <= MAX_EXPIRY_S ? end : 0;
}

/** A server did not answer, or sent an invalid reply. */
export class ServerLost extends Error {
  /** Whether another server answered its last request: then the keys of this one are misses. */
  partial = false;
}

/** Sends commands to one server in one round trip. It executes them in their order. */
export function exchange(
  client: MemjsClient,
  server: MemjsServer,
  commands: readonly Command[],
): Promise<Answers> {
  const found = new Map<string, FoundValue>();
  let isRefused = false;
  let failure: Error | undefined;
  return send<Answers>(client, server, {
    pack: (opaque) => pack(commands, opaque),
    receive(response) {
      const { opcode, status, cas } = response.header;
      if (status === NOT_FOUND || status === EXISTS || status === NOT_STORED) isRefused = true;
      else if (status !== 0) failure ??= failureOf(status, server);
      else if (opcode === OPCODES.get)
        found.set(response.key.toString(), { value: response.val, cas, isOwn: isOwn(response) });
      return failure;
    },
    result: () => ({ found, isRefused }),
  });
}

/** The values of keys, in their order; `undefined` for a missing one. */
export type Values = readonly (Buffer | undefined)[];

/**
 * Reads keys of one server in one round trip. Values of other programs count as missing. The replies come in the order
 * of the keys, so no lookup by key is needed.
 */
export function readKeys(client: MemjsClient, server: MemjsServer, keys: readonly string[]): Promise<Values> {
  const values = new Array<Buffer | undefined>(keys.length).fill(undefined);
  let next = 0;
  let failure: Error | undefined;
  return send<Values>(client, server, {
    pack: (opaque) => packGets(keys, opaque),
    receive(response) {
      const { status } = response.header;
      if (status !== 0) return (failure ??= failureOf(status, server));
      const key = response.key.toString();
      while (next < keys.length && keys[next] !== key) next++;
      if (next === keys.length)
        return (failure ??= new ServerLost(`${server.host}:${server.port} sent an invalid reply.`));
      if (isOwn(response)) values[next] = response.val;
      next++;
      return undefined;
    },
    result: () => values,
  });
}

/** A batch for one server, and how its replies are read. */
interface Exchange<T> {
  readonly pack: (opaque: number) => Buffer;
  /** Reads one reply. Returns the error of the batch, if there is one so far. */
  readonly receive: (response: Response) => Error | undefined;
  /** The result of the batch, after the last reply. */
  readonly result: () => T;
}

function send<T>(client: MemjsClient, server: MemjsServer, batch: Exchange<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    client.incrSeq();
    const opaque = client.seq >>> 0; // The counter of memjs becomes negative after 2^31.
    let failure: Error | undefined;
    const listener: OnResponse = (response) => {
      const { opcode, status, totalBodyLength } = response.header;
      if (opcode === NO_OP) {
        if (failure) reject(failure);
        else resolve(batch.result());
        return;
      }
      failure = batch.receive(response);
      // memjs takes a reply without a body for the last one.
      if (totalBodyLength === 0) reject(failure ?? failureOf(status, server));
    };
    listener.quiet = true;
    server.onResponse(opaque, listener);
    server.onError(opaque, (error) => {
      // Otherwise memjs would read the first reply of the next connection as the rest of one that was cut off here.
      if ("responseBuffer" in server) server.responseBuffer = Buffer.alloc(0);
      reject(new ServerLost(error instanceof Error ? error.message : String(error), { cause: error }));
    });
    server.write(batch.pack(opaque));
  });
}

function failureOf(status: number, { host, port }: MemjsServer): Error {
  if (status === TOO_LARGE) {
    return new CacheError(
      "unstorable",
      "The value is too large for memcached; start it with a larger item size (`-I 8m`), or store less.",
    );
  }
  const error = new Error(
    `${host}:${port}: ${STATUS_MESSAGES[status] ?? `it answers with status ${status}`}.`,
  );
  // Reads still work.
  return Object.assign(error, { partial: status === OUT_OF_MEMORY });
}
