import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import type { MemjsServer, OnResponse, Response } from "./memjs.ts";
import { bodyLength, HEADER_BYTES, NO_OP, ResponsePacket } from "./packet.ts";
import { countedMs } from "../platform/deadline.ts";
import { asMicrotask, clearTimeout, performance, setTimeout } from "../platform/real-timers.ts";
import { afterTick } from "../platform/after-tick.ts";

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that the server may be silent while replies are due. */
  readonly timeout: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface PendingRequest {
  onResponse?: OnResponse;
  onError?: (error: unknown) => void;
}

const SASL_AUTH = 0x21;
const REQUEST = 0x80;
const RESPONSE = 0x81;
/** No item of memcached is larger, so a longer packet is not valid. */
const MAX_PACKET_BYTES = 2 ** 30;
/** Parts of the timeout, by which silence is measured. */
const SILENT_PARTS = 8;
/** Pause before a server that did not answer is probed again. */
const PROBE_PAUSE_MS = 1000;
/** The opaque number of a probe. The numbers of memjs start with 1. */
const PROBE_OPAQUE = 0;

/**
 * The connection to one server, in the form that memjs's client needs. It replaces memjs's own class, which has three
 * faults: it reads the first reply of a new connection as the rest of a reply that the old connection cut off, the end
 * of an old socket discards the new one, and it waits forever for a server that accepts commands and never answers.
 *
 * Connects at the first command, and again after each failure. The packets of one tick are written together. After a
 * timeout, commands fail at once, and a probe from time to time shows when the server answers again.
 */
export class Connection implements MemjsServer {
  readonly host: string;
  readonly port: number;
  readonly #options: ConnectionOptions;
  /** By opaque number. */
  readonly #pending = new Map<number, PendingRequest>();
  #socket: Socket | undefined;
  #isReady = false;
  /** Packets that wait for the connection. */
  #unsent: Buffer[] = [];
  /** The received part of an incomplete reply. */
  #chunks: Buffer[] = [];
  #receivedBytes = 0;
  /** Length of the incomplete reply, as far as it is known. */
  #neededBytes = HEADER_BYTES;
  /** For how long the server has been silent, in milliseconds of free event loop. */
  #silentMs = 0;
  /** Since when, by `performance.now()`, it is to be measured. */
  #measuredAt = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When a silent server is probed next; `undefined` while it answers. */
  #probeAt: number | undefined;

  constructor(options: ConnectionOptions) {
    this.host = options.host;
    this.port = options.port;
    this.#options = options;
  }

  onResponse(opaque: number, listener: OnResponse): void {
    this.#request(opaque).onResponse = listener;
  }

  onError(opaque: number, listener: (error: unknown) => void): void {
    this.#request(opaque).onError = listener;
  }

  write(packets: Buffer): void {
    if (this.#probeAt === undefined) return this.#write(packets);
    const opaque = packets.readUInt32BE(12);
    const { onError } = this.#request(opaque);
    this.#pending.delete(opaque);
    asMicrotask(() => onError?.(this.#error("did not answer; commands skip it until it answers again")));
    if (performance.now() >= this.#probeAt) this.#probe();
  }

  close(): void {
    this.#disconnect(this.#error("was disconnected: the cache is closed"));
  }

  toString(): string {
    return `<Server ${this.host}:${this.port}>`;
  }

  #write(packets: Buffer): void {
    this.#request(packets.readUInt32BE(12));
    this.#socket ??= this.#connect();
    if (this.#isReady) this.#send(this.#socket, packets);
    else this.#unsent.push(packets);
    this.#watch();
  }

  #probe(): void {
    this.#probeAt = Infinity;
    this.onResponse(PROBE_OPAQUE, () => (this.#probeAt = undefined));
    this.onError(PROBE_OPAQUE, () => (this.#probeAt = performance.now() + PROBE_PAUSE_MS));
    this.#write(packet(NO_OP, ""));
  }

  #request(opaque: number): PendingRequest {
    let request = this.#pending.get(opaque);
    if (!request) this.#pending.set(opaque, (request = {}));
    return request;
  }

  #connect(): Socket {
    const { host, port, username, password } = this.#options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const ifCurrent =
      <T extends unknown[]>(listener: (...args: T) => void) =>
      (...args: T): void => {
        // Events of a replaced socket are ignored.
        if (this.#socket === socket) listener(...args);
      };
    socket.on(
      "connect",
      ifCurrent(() => {
        if (username && password) socket.write(packet(SASL_AUTH, "PLAIN", `\0${username}\0${password}`));
        else this.#sendUnsent(socket);
      }),
    );
    socket.on(
      "data",
      ifCurrent((bytes: Buffer) => this.#read(socket, bytes)),
    );
    socket.on(
      "error",
      ifCurrent((error: Error) => this.#disconnect(error)),
    );
    socket.on(
      "close",
      ifCurrent(() => this.#disconnect(this.#error("closed the connection"))),
    );
    return socket;
  }

  #sendUnsent(socket: Socket): void {
    this.#isReady = true;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const packets of unsent) this.#send(socket, packets);
  }

  #send(socket: Socket, packets: Buffer): void {
    if (socket.writableCorked === 0) {
      socket.cork();
      afterTick(() => socket.uncork());
    }
    socket.write(packets);
  }

  #read(socket: Socket, bytes: Buffer): void {
    this.#silentMs = 0;
    this.#measuredAt = performance.now();
    this.#chunks.push(bytes);
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes < this.#neededBytes) return;
    const all = this.#chunks.length === 1 ? bytes : Buffer.concat(this.#chunks);
    let at = 0;
    this.#neededBytes = HEADER_BYTES;
    while (all.length - at >= HEADER_BYTES) {
      this.#neededBytes = HEADER_BYTES + bodyLength(all, at);
      if (all[at] !== RESPONSE || this.#neededBytes > MAX_PACKET_BYTES)
        return this.#disconnect(this.#error("sent an invalid reply"));
      if (all.length - at < this.#neededBytes) break;
      const response = new ResponsePacket(all, at);
      if (!response.isValid) return this.#disconnect(this.#error("sent an invalid reply"));
      at += this.#neededBytes;
      this.#neededBytes = HEADER_BYTES;
      this.#receive(socket, response);
      if (this.#socket !== socket) return;
    }
    const rest = at > 0 ? all.subarray(at) : all;
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#receivedBytes = rest.length;
  }

  #receive(socket: Socket, response: Response): void {
    const { opcode, opaque, status, totalBodyLength } = response.header;
    if (opcode === SASL_AUTH) {
      if (status === 0) this.#sendUnsent(socket);
      else this.#disconnect(this.#error("refused the user name or password"));
      return;
    }
    const listener = this.#pending.get(opaque)?.onResponse;
    if (!listener?.quiet || totalBodyLength === 0) this.#pending.delete(opaque);
    listener?.(response);
  }

  /** Checks whether the server has been silent for too long, until no request is pending. */
  #watch(): void {
    if (this.#timer) return;
    this.#silentMs = 0;
    const { timeout } = this.#options;
    const partMs = timeout / SILENT_PARTS;
    this.#measuredAt = performance.now();
    const check = (): void => {
      this.#timer = undefined;
      if (this.#pending.size === 0) return;
      this.#silentMs += countedMs(this.#measuredAt, partMs);
      this.#measuredAt = performance.now();
      if (this.#silentMs < timeout) {
        this.#timer = setTimeout(check, partMs);
        return;
      }
      this.#probeAt = performance.now() + PROBE_PAUSE_MS;
      this.#disconnect(this.#error(`did not answer within ${timeout} ms`));
    };
    this.#timer = setTimeout(check, partMs);
  }

  /** Closes the connection and rejects all pending requests. */
  #disconnect(error: Error): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#isReady = false;
    this.#unsent = [];
    this.#chunks = [];
    this.#receivedBytes = 0;
    this.#neededBytes = HEADER_BYTES;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { onError } of pending) onError?.(error);
  }

  #error(what: string): Error {
    return new Error(`${this.host}:${this.port} ${what}.`);
  }
}

function packet(opcode: number, key: string, value = ""): Buffer {
  const body = Buffer.from(key + value);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = REQUEST;
  header[1] = opcode;
  header.writeUInt16BE(Buffer.byteLength(key), 2);
  header.writeUInt32BE(body.length, 8);
  return Buffer.concat([header, body]);
}
