/** The part of memjs that the driver uses. The package has no types. */

/** A reply in memcached's binary protocol, as memjs parses it. */
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

/** Called for each reply with an opaque number. With `quiet`, several may come; one without a body is the last. */
export type OnResponse = ((response: Response) => void) & { quiet?: boolean };

/** What memjs's client needs of a server. It accepts any object with these members. */
export interface MemjsServer {
  readonly host: string;
  readonly port: number;
  onResponse(opaque: number, listener: OnResponse): void;
  onError(opaque: number, listener: (error: unknown) => void): void;
  /** Sends packets that share one opaque number, after its listeners were set. */
  write(packets: Buffer): void;
  close(): void;
}

export interface MemjsClient {
  readonly servers: readonly MemjsServer[];
  seq: number;
  incrSeq(): void;
  /** The server of a key; null while memjs has given up all servers. */
  server(key: string): MemjsServer | null;
  close(): void;
}

export interface Memjs {
  readonly Client: new (servers: readonly MemjsServer[], options: object) => MemjsClient;
}
