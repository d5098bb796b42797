/** One connection through the test proxy. */
import { connect, type Socket } from "node:net";
import { Line, newTraffic, type Traffic, type Treatment } from "./proxy-line.ts";

/** `request`: from the client to the server; `reply`: from the server to the client. */
export type Direction = "request" | "reply";

export interface ProxyConnection {
  /** Bytes of this connection. */
  readonly bytes: Readonly<Record<Direction, Readonly<Traffic>>>;
  /** Changes the treatment of one direction of this connection from now on. */
  treat(direction: Direction, treatment: Treatment): void;
  /** Resets both sides: the client gets ECONNRESET. */
  reset(): void;
}

interface Start {
  readonly client: Socket;
  /** The port of the server. `undefined`: there is no server, and requests are never answered. */
  readonly target: number | undefined;
  readonly treatments: Readonly<Record<Direction, Treatment>>;
  /** The counters for all connections together. */
  readonly totals: Readonly<Record<Direction, Traffic>>;
}

/** A client's connection to the proxy, with the proxy's connection to the server. */
export class Connection implements ProxyConnection {
  readonly bytes: Readonly<Record<Direction, Traffic>> = { request: newTraffic(), reply: newTraffic() };
  readonly #client: Socket;
  readonly #server: Socket | undefined;
  readonly #lines: Record<Direction, Line> | undefined;
  readonly #treatments: Record<Direction, Treatment>;

  constructor({ client, target, treatments, totals }: Start) {
    this.#client = client;
    this.#treatments = { ...treatments };
    // The close event that follows is enough.
    client.on("error", () => undefined);
    if (target === undefined) {
      client.on("data", (bytes: Buffer) => {
        for (const traffic of [this.bytes.request, totals.request]) traffic.arrived += bytes.length;
      });
      return;
    }

    const server = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#server = server;
    const cut = (): void => this.#cut();
    const counters = (direction: Direction): Traffic[] => [this.bytes[direction], totals[direction]];
    this.#lines = {
      request: new Line({ from: client, to: server, cut, counters: counters("request") }, treatments.request),
      reply: new Line({ from: server, to: client, cut, counters: counters("reply") }, treatments.reply),
    };
    client.once("close", () => server.destroy());
    server.on("error", () => {
      // On a dropped or held connection the client must not notice.
      const { kind } = this.#treatments.reply;
      if (kind !== "drop" && kind !== "hold") reset(client);
    });
  }

  treat(direction: Direction, treatment: Treatment): void {
    this.#treatments[direction] = treatment;
    this.#lines?.[direction].treat(treatment);
  }

  reset(): void {
    reset(this.#client);
    if (this.#server) reset(this.#server);
  }

  /**
   * Ends both sides after the pending writes. Both are still read and the bytes dropped: closing a socket
   * with unread bytes would be a reset, which can overtake pending writes.
   */
  #cut(): void {
    this.treat("request", { kind: "drop" });
    this.treat("reply", { kind: "drop" });
    this.#client.end();
    this.#server?.end();
  }
}

function reset(socket: Socket): void {
  // libuv refuses to reset a socket whose FIN is pending, and Node.js then never closes it: a process with
  // such a socket spins on exit.
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isEnding) socket.destroy();
  else socket.resetAndDestroy();
}
