/** What the driver uses of memjs, which comes without types. */

/** An answer in memcached's binary protocol, as memjs parses it. */
export interface Response {
  readonly header: {
    readonly opcode: number;
    readonly status: number;
    readonly totalBodyLength: number;
    readonly opaque: number;
    readonly cas: Buffer;
  };
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly val: Buffer;
}

/** Takes the answers to one opaque number; `quiet`: several may come, and one without a body is the last. */
export type OnResponse = ((response: Response) => void) & { quiet?: boolean };

/** What memjs's client asks of a server, and nothing else: it takes anything that has these. */
export interface MemjsServer {
  readonly host: string;
  readonly port: number;
  onResponse(opaque: number, take: OnResponse): void;
  onError(opaque: number, fail: (error: unknown) => void): void;
  /** Sends packets that all carry one opaque number, whose callbacks are set. */
  write(packets: Buffer): void;
  close(): void;
}

export interface MemjsClient {
  readonly servers: readonly MemjsServer[];
  seq: number;
  incrSeq(): void;
  /** The server of a key; null if memjs has given up all of them for a while. */
  server(key: string): MemjsServer | null;
  close(): void;
}

export interface Memjs {
  readonly Client: new (servers: readonly MemjsServer[], options: object) => MemjsClient;
}
