/** Reserves ports for servers. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** A port of 127.0.0.1. No other caller in any process gets it until `release`. */
export interface Port {
  readonly number: number;
  release(): void;
}

/**
 * Ports are below the range that the kernel uses for outgoing connections. A client that connects to the port
 * of a dead server from within that range can get that same port and connect to itself.
 */
const FIRST_PORT = 10_000;
const LAST_PORT = 21_999;
/** Offset of a Redis node's cluster bus from its port. */
const CLUSTER_BUS_OFFSET = 10_000;

/**
 * Finds a free port and reserves it. Nothing listens on it while its server is dead, so a UDP socket with the
 * same number holds the reservation: the kernel releases that even if this process is killed.
 */
export async function reservePort(): Promise<Port> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const number = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    const release = await holdUdp(number);
    if (!release) continue;
    if ((await isFree(number)) && (await isFree(number + CLUSTER_BUS_OFFSET))) return { number, release };
    release();
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT}`);
}

function holdUdp(port: number): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    let held = true;
    const release = (): void => {
      if (held) socket.close();
      held = false;
    };
    socket.once("error", () => {
      release();
      resolve(undefined);
    });
    // Without `exclusive`, workers of node:cluster share sockets, and Vitest may run tests in them.
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      socket.unref();
      resolve(release);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
