/** A TCP proxy that fails the way networks and servers do. */
import { createServer, type Server, type Socket } from "node:net";
import { Connection, type Direction, type ProxyConnection } from "./proxy-connection.ts";
import { newTraffic, PASS, type Traffic, type Treatment } from "./proxy-line.ts";
import { reservePort, type Port } from "./servers/ports.ts";

export type { Direction, ProxyConnection } from "./proxy-connection.ts";
export type { Replacement, Traffic, Treatment } from "./proxy-line.ts";

/** What happens to a client that connects. */
export type ConnectMode =
  | "pass"
  /** The port is closed: the client gets ECONNREFUSED. */
  | "refuse"
  /** Accepted and reset at once: the client gets ECONNRESET. */
  | "reset"
  /** Accepted without a server: requests are never answered. */
  | "hang";

/** A port in front of a server. The proxy can delay, drop, replace or cut traffic, and refuse connections. */
export interface Proxy {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly address: string;
  /** The open connections, oldest first. */
  readonly connections: readonly ProxyConnection[];
  /** The number of accepted connections. */
  readonly opened: number;
  /** Bytes of all connections. */
  readonly bytes: Readonly<Record<Direction, Readonly<Traffic>>>;
  /** Changes what happens to new connections. Open connections continue. */
  onConnect(mode: ConnectMode): Promise<void>;
  /** Changes the treatment of one direction of all open and new connections. */
  treat(direction: Direction, treatment: Treatment): void;
  /** Resets all open connections. */
  reset(): void;
  /** Passes everything from now on, as at the start. */
  heal(): Promise<void>;
  /** Resets all connections and releases the port. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a proxy in front of a port of 127.0.0.1. It passes everything at first.
 *
 * @example
 * await using proxy = await startProxy(redis);
 * const client = new Redis({ port: proxy.port });
 * proxy.treat("reply", { kind: "cut" });
 */
export async function startProxy(target: { readonly port: number }): Promise<Proxy> {
  const proxy = new TcpProxy(target.port, await reservePort());
  await proxy.onConnect("pass");
  return proxy;
}

class TcpProxy implements Proxy {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly address: string;
  readonly bytes: Record<Direction, Traffic> = { request: newTraffic(), reply: newTraffic() };
  opened = 0;
  readonly #target: number;
  readonly #reserved: Port;
  readonly #open = new Set<Connection>();
  readonly #treatments: Record<Direction, Treatment> = { request: PASS, reply: PASS };
  #connectMode: ConnectMode = "refuse";
  #server: Server | undefined;

  constructor(target: number, reserved: Port) {
    this.#target = target;
    this.#reserved = reserved;
    this.port = reserved.number;
    this.address = `${this.host}:${this.port}`;
  }

  get connections(): readonly ProxyConnection[] {
    return [...this.#open];
  }

  async onConnect(mode: ConnectMode): Promise<void> {
    this.#connectMode = mode;
    if (mode === "refuse") {
      // This closes the port now. The server itself closes with its last connection, which is not awaited.
      this.#server?.close();
      this.#server = undefined;
    } else {
      await this.#listen();
    }
  }

  #listen(): Promise<void> {
    if (this.#server) return Promise.resolve();
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: this.port, host: this.host, exclusive: true }, resolve);
    });
  }

  #accept(client: Socket): void {
    this.opened++;
    if (this.#connectMode === "refuse" || this.#connectMode === "reset") return void client.resetAndDestroy();
    const target = this.#connectMode === "hang" ? undefined : this.#target;
    const connection = new Connection({ client, target, treatments: this.#treatments, totals: this.bytes });
    this.#open.add(connection);
    client.once("close", () => this.#open.delete(connection));
  }

  treat(direction: Direction, treatment: Treatment): void {
    this.#treatments[direction] = treatment;
    for (const connection of this.#open) connection.treat(direction, treatment);
  }

  reset(): void {
    for (const connection of this.#open) connection.reset();
  }

  async heal(): Promise<void> {
    this.treat("request", PASS);
    this.treat("reply", PASS);
    await this.onConnect("pass");
  }

  async close(): Promise<void> {
    await this.onConnect("refuse");
    this.reset();
    this.#reserved.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
