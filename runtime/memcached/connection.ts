import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { Answer, bodyLength, HEADER, NO_OP } from "./packet.ts";
import type { MemjsServer, OnResponse, Response } from "./memjs.ts";

/** Where a server is, how long it may be silent (milliseconds), and who asks. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly timeout: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface Pending {
  take?: OnResponse;
  fail?: (error: unknown) => void;
  /** When it was sent. */
  since: number;
}

const SASL_AUTH = 0x21;
const REQUEST = 0x80;
const RESPONSE = 0x81;
/** No item of memcached is larger; a length beyond it is no length. */
const LARGEST = 2 ** 30;
/** How long a server that let somebody wait in vain is left alone before it is tried again. */
const REST = 1000;
/** Marks the question whether a server is back; memjs's numbers begin with 1. */
const TRIAL = 0;

/**
 * One server, as memjs's client wants it. memjs's own class is not used, since it does not survive what servers
 * do: it reads a new connection's first answer as the rest of one that the old connection cut off, lets the end
 * of an old socket disown the new one, and never gives up on a server that takes everything and answers nothing.
 *
 * Connects at the first command and again after each failure. What is written in one tick travels together. While a
 * server is silent nobody waits for it: commands fail at once, and one question now and then tells when it is back.
 */
export class Connection implements MemjsServer {
  readonly host: string;
  readonly port: number;
  readonly #options: ConnectionOptions;
  readonly #pending = new Map<number, Pending>();
  #socket: Socket | undefined;
  #ready = false;
  /** Packets that wait for the connection. */
  #unsent: Buffer[] = [];
  /** The beginning of an answer, in the pieces in which it came. */
  #pieces: Buffer[] = [];
  #received = 0;
  /** Length of the answer whose beginning is there. */
  #wanted = HEADER;
  #heard = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When a silent server is tried again; `undefined` while it is well. */
  #trialAt: number | undefined;

  constructor(options: ConnectionOptions) {
    this.host = options.host;
    this.port = options.port;
    this.#options = options;
  }

  onResponse(opaque: number, take: OnResponse): void {
    this.#expected(opaque).take = take;
  }

  onError(opaque: number, fail: (error: unknown) => void): void {
    this.#expected(opaque).fail = fail;
  }

  write(packets: Buffer): void {
    if (this.#trialAt === undefined) return this.#put(packets);
    const opaque = packets.readUInt32BE(12);
    const { fail } = this.#expected(opaque);
    this.#pending.delete(opaque);
    queueMicrotask(() => fail?.(this.#error("was silent a moment ago and is left alone")));
    if (performance.now() >= this.#trialAt) this.#try();
  }

  close(): void {
    this.#drop(this.#error("was left: the cache is closed"));
  }

  toString(): string {
    return `<Server ${this.host}:${this.port}>`;
  }

  #put(packets: Buffer): void {
    this.#expected(packets.readUInt32BE(12)).since = performance.now();
    this.#socket ??= this.#connect();
    if (this.#ready) this.#send(this.#socket, packets);
    else this.#unsent.push(packets);
    this.#watch(this.#options.timeout);
  }

  #try(): void {
    this.#trialAt = Infinity;
    this.onResponse(TRIAL, () => (this.#trialAt = undefined));
    this.onError(TRIAL, () => (this.#trialAt = performance.now() + REST));
    this.#put(packet(NO_OP, ""));
  }

  #expected(opaque: number): Pending {
    let pending = this.#pending.get(opaque);
    if (!pending) this.#pending.set(opaque, (pending = { since: performance.now() }));
    return pending;
  }

  #connect(): Socket {
    const { host, port, username, password } = this.#options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const mine =
      <T extends unknown[]>(react: (...args: T) => void) =>
      (...args: T): void => {
        // What an old socket still says is nobody's business.
        if (this.#socket === socket) react(...args);
      };
    socket.on(
      "connect",
      mine(() => {
        if (username && password) socket.write(packet(SASL_AUTH, "PLAIN", `\0${username}\0${password}`));
        else this.#begin(socket);
      }),
    );
    socket.on(
      "data",
      mine((bytes: Buffer) => this.#read(socket, bytes)),
    );
    socket.on(
      "error",
      mine((error: Error) => this.#drop(error)),
    );
    socket.on(
      "close",
      mine(() => this.#drop(this.#error("closed the connection"))),
    );
    return socket;
  }

  #begin(socket: Socket): void {
    this.#ready = true;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const packets of unsent) this.#send(socket, packets);
  }

  #send(socket: Socket, packets: Buffer): void {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(packets);
  }

  #read(socket: Socket, bytes: Buffer): void {
    this.#heard = performance.now();
    this.#pieces.push(bytes);
    this.#received += bytes.length;
    if (this.#received < this.#wanted) return;
    const all = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    let at = 0;
    this.#wanted = HEADER;
    while (all.length - at >= HEADER) {
      this.#wanted = HEADER + bodyLength(all, at);
      if (all[at] !== RESPONSE || this.#wanted > LARGEST) return this.#drop(this.#error("answers garbage"));
      if (all.length - at < this.#wanted) break;
      const answer = new Answer(all, at);
      if (!answer.isWhole) return this.#drop(this.#error("answers garbage"));
      at += this.#wanted;
      this.#wanted = HEADER;
      this.#respond(socket, answer);
      if (this.#socket !== socket) return;
    }
    const rest = at > 0 ? all.subarray(at) : all;
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#received = rest.length;
  }

  #respond(socket: Socket, response: Response): void {
    const { opcode, opaque, status, totalBodyLength } = response.header;
    if (opcode === SASL_AUTH) {
      if (status === 0) this.#begin(socket);
      else this.#drop(this.#error("refused the user name or password"));
      return;
    }
    const take = this.#pending.get(opaque)?.take;
    if (!take?.quiet || totalBodyLength === 0) this.#pending.delete(opaque);
    take?.(response);
  }

  /** Looks once in a while whether the server has been silent for too long while somebody waits. */
  #watch(ms: number): void {
    this.#timer ??= setTimeout(() => {
      // A process that was busy has not read yet what came in time: one round of the event loop reads it.
      setImmediate(() => {
        this.#timer = undefined;
        const [oldest] = this.#pending.values();
        if (!oldest) return;
        const left = Math.max(oldest.since, this.#heard) + this.#options.timeout - performance.now();
        if (left > 0) return this.#watch(Math.ceil(left));
        this.#trialAt = performance.now() + REST;
        this.#drop(this.#error(`did not answer within ${this.#options.timeout} ms`));
      });
    }, ms);
  }

  /** Gives up the connection, and with it all who wait for an answer. */
  #drop(error: Error): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#ready = false;
    this.#unsent = [];
    this.#pieces = [];
    this.#received = 0;
    this.#wanted = HEADER;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { fail } of pending) fail?.(error);
  }

  #error(what: string): Error {
    return new Error(`${this.host}:${this.port} ${what}.`);
  }
}

function packet(opcode: number, key: string, value = ""): Buffer {
  const body = Buffer.from(key + value);
  const head = Buffer.alloc(HEADER);
  head[0] = REQUEST;
  head[1] = opcode;
  head.writeUInt16BE(Buffer.byteLength(key), 2);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}
