/** Memcached's binary protocol: what memjs's own commands leave out, packed so that a batch is one round trip. */
import { Buffer } from "node:buffer";
import { CacheError } from "../contract/errors.ts";
import { isOwn, NO_OP, OPCODES, pack, packGets, type Command } from "./packet.ts";
import type { MemjsClient, MemjsServer, OnResponse } from "./memjs.ts";

export type { Command } from "./packet.ts";

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

/** Something that is stored. */
export interface FoundValue {
  readonly value: Buffer;
  readonly cas: Buffer;
  /** Whether this driver wrote it. */
  readonly own: boolean;
}

/** What came of a batch. */
export interface Answers {
  /** What the gets found, by key. */
  readonly found: ReadonlyMap<string, FoundValue>;
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
  const found = new Map<string, FoundValue>();
  let refused = false;
  let failure: Error | undefined;
  return ask<Answers>(client, server, {
    pack: (opaque) => pack(commands, opaque),
    take(response) {
      const { opcode, status, cas } = response.header;
      if (status === NOT_FOUND || status === EXISTS || status === NOT_STORED) refused = true;
      else if (status !== 0) failure ??= failureOf(status, server);
      else if (opcode === OPCODES.get)
        found.set(response.key.toString(), { value: response.val, cas, own: isOwn(response) });
      return failure;
    },
    end: () => ({ found, refused }),
  });
}

/** What was read: of each key what is there, in their order. */
export type Values = readonly (Buffer | undefined)[];

/**
 * Reads keys of one server in one round trip: only what this driver wrote. Answers come in the order of the keys, so
 * that nothing need be looked up.
 */
export function readKeys(client: MemjsClient, server: MemjsServer, keys: readonly string[]): Promise<Values> {
  const values = new Array<Buffer | undefined>(keys.length).fill(undefined);
  let next = 0;
  let failure: Error | undefined;
  return ask<Values>(client, server, {
    pack: (opaque) => packGets(keys, opaque),
    take(response) {
      const { status } = response.header;
      if (status !== 0) return (failure ??= failureOf(status, server));
      const key = response.key.toString();
      while (next < keys.length && keys[next] !== key) next++;
      if (next === keys.length)
        return (failure ??= new ServerLost(`${server.host}:${server.port} answers garbage.`));
      if (isOwn(response)) values[next] = response.val;
      next++;
      return undefined;
    },
    end: () => values,
  });
}

/** A question to one server, and what is made of the answers. */
interface Exchange<T> {
  readonly pack: (opaque: number) => Buffer;
  /** Takes one answer; gives what is wrong, if anything is. */
  readonly take: (response: Parameters<OnResponse>[0]) => Error | undefined;
  /** What came of it, when the last answer is there. */
  readonly end: () => T;
}

function ask<T>(client: MemjsClient, server: MemjsServer, question: Exchange<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    client.incrSeq();
    const opaque = client.seq >>> 0; // memjs's own counter turns negative after 2^31.
    let failure: Error | undefined;
    const take: OnResponse = (response) => {
      const { opcode, status, totalBodyLength } = response.header;
      if (opcode === NO_OP) {
        if (failure) reject(failure);
        else resolve(question.end());
        return;
      }
      failure = question.take(response);
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
    server.write(question.pack(opaque));
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
